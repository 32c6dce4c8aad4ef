"""Calls with sound, verdicts and outcomes, as they stand in the store once they are over. Not a test."""

from functools import cache
from typing import Any

import numpy as np
import verdict_world
from chunk_world import chunk, run
from numpy.typing import NDArray
from verdict_world import NOON

from features.sound import VERSION
from models.sounds.noise import noise
from models.vector import FEATURE_NAMES
from schemas.records import Facts, Features, NumberHash, SpectrumPart, Tone, TonesPart, Verdict
from streams.sink import SinkCore
from streams.spectrum import spectrum_part
from streams.store import Store
from streams.store.base import day_of

HOUR_MS = 3_600_000
HOUR = NOON // HOUR_MS * HOUR_MS


@cache
def spectrum(level_dbfs: float = -65.0, seed: int = 1, gain_db: float = 0.0) -> SpectrumPart:
    """What is measured of two seconds of noise of such a level."""
    sound = noise(np.random.default_rng(seed), 16_000, level_dbfs).astype(np.float64) * 10 ** (gain_db / 20)
    return spectrum_part(chunk(run(np.round(sound).astype(np.int16))))


def make_facts(call: str, direction: Any = "caller") -> Facts:
    return Facts(direction=direction, opened_ms=NOON - 100, tap_id="tap", caller=NumberHash(number=f"caller of {call}"))


def make_features(call: str, number: int = 0, *, part: SpectrumPart | None = None, **head: Any) -> Features:
    made = chunk(number=number).head
    for name, value in ({"call_id": call, "stream_id": f"stream of {call}", "facts": make_facts(call)} | head).items():
        setattr(made, name, value)
    made.captured_ms = head.get("captured_ms", NOON + 2000 * number)
    return Features(head=made, source_offset=1, features_ms=NOON, spectrum=part or spectrum())


def make_verdict(call: str, label: str, number: int = 0, **changes: Any) -> Verdict:
    action = "challenge" if label == "dead_air" else "allow"
    values = {"scope": "chunk", "label": label, "probability": 0.9, "action": action, "facts": make_facts(call)}
    return verdict_world.make_verdict(call, number, **(values | changes))


def feed_call(core: SinkCore, call: str, label: str, *, part: SpectrumPart | None = None, **changes: Any) -> None:
    """A call of one chunk: what was measured, and verdicts on the chunk and on the call."""
    core.feed_features(make_features(call, part=part))
    for scope in ("chunk", "call"):
        core.feed_verdict(make_verdict(call, label, scope=scope, **changes))


def feed_tones(core: SinkCore, call: str, *tones: Tone) -> None:
    told = make_features(call)
    told.spectrum, told.tones = None, TonesPart(tones=list(tones))
    core.feed_features(told)


def fill_hours(store: Store, hours: int, sample: NDArray[np.float32], *, each: int, first_hour: int = 0) -> None:
    """So many first chunks in each hour, drawn from a sample of the model's columns."""
    random = np.random.default_rng(first_hour)
    columns = FEATURE_NAMES.index("coverage")
    for hour in range(first_hour, first_hour + hours):
        rows = sample[random.integers(0, len(sample), each), :columns]
        moments = HOUR + hour * HOUR_MS + random.integers(0, HOUR_MS, each)
        calls = [f"{hour}-{number}" for number in range(each)]
        store.insert(
            "chunk_features",
            {
                "call_id": calls,
                "stream_id": calls,
                "chunk": [0] * each,
                "direction": ["caller"] * each,
                "coverage": [1.0] * each,
                "rms_dbfs": [-60.0] * each,
                "features_version": [VERSION] * each,
                "values": rows.tolist(),
                "captured_ms": moments.tolist(),
                "features_ms": moments.tolist(),
                "captured_date": [day_of(int(moment)) for moment in moments],
            },
        )


def feed_labels(store: Store, hour: int, **counts: int) -> None:
    """So many first chunks of each label in an hour."""
    core = SinkCore()
    for label, count in counts.items():
        for number in range(count):
            verdict = make_verdict(f"{hour} {label} {number}", label, captured_ms=HOUR + hour * HOUR_MS + number)
            core.feed_verdict(verdict)
    core.write(store)
