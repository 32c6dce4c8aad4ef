"""Features as analysis agents write them, and owners of the classify role. Not a test."""

from collections.abc import Callable, Sequence
from hashlib import blake2b
from random import Random

import numpy as np

from features.blocks import BLOCK_NAMES, BLOCKS
from features.sound import SOUND_NAMES, VERSION
from models.classifier import LABELS, Judgement
from schemas.records import (
    ChunkHead,
    CloseReason,
    Facts,
    Features,
    Record,
    ReplayPart,
    SpectrumPart,
    Tone,
    TonesPart,
)
from streams.classify import ClassifyCore, Pair
from streams.classify.verdicts import VerdictMaker
from streams.lists import ListView
from streams.policy import Policy
from streams.runtime.acker import Slot
from streams.runtime.emission import Emission

BINS = 129
FACTS = Facts(direction="caller", opened_ms=1_000, tap_id="tap-1")


def readable(*, bins: int = BINS, rms_dbfs: float = -30.0) -> SpectrumPart:
    """A part of some sound that the model can be asked about."""
    bases = np.zeros((3, bins), "<f4")
    bases[:, bins // 20] = 1.0
    return SpectrumPart(
        bins=bins,
        bases=bases.tobytes(),
        singular_values=[3.0, 2.0, 1.0],
        rms_dbfs=rms_dbfs,
        features_version=VERSION,
        sound=bytes(4 * len(SOUND_NAMES)),
        blocks=bytes(4 * BLOCKS * len(BLOCK_NAMES)),
    )


def head(stream: str = "s", chunk: int = 0, *, last: bool = False, reason: CloseReason = "complete") -> ChunkHead:
    return ChunkHead(
        stream_id=stream,
        call_id=f"call-{stream}",
        ssrc=77,
        anchor=0,
        tap_epoch=1,
        chunk=chunk,
        facts=FACTS,
        coverage=0.0 if last else 1.0,
        received=100,
        lost=0,
        jitter_ms=1.0,
        close_reason="end" if last else reason,
        last=last,
        captured_ms=10_000 + 2_000 * chunk,
        tapped_ms=10_000 + 2_000 * chunk,
        closed_ms=10_000 + 2_000 * chunk,
    )


def tone(symbol: str = "5", *, continued: bool = False, start_s: float = 0.5) -> Tone:
    return Tone(
        symbol=symbol,
        start_s=start_s,
        duration_s=0.1,
        level_dbm0=-10.0,
        twist_db=0.0,
        frequency_error=0.0,
        snr_db=40.0,
        source="inband",
        continued=continued,
        continues=False,
    )


def features(
    of: ChunkHead,
    offset: int,
    *,
    spectrum: SpectrumPart | None = None,
    tones: TonesPart | None = None,
    replay: ReplayPart | None = None,
) -> Features:
    return Features(head=of, source_offset=offset, features_ms=1, spectrum=spectrum, tones=tones, replay=replay)


def both(of: ChunkHead, offset: int) -> Features:
    return features(of, offset, spectrum=SpectrumPart(), tones=TonesPart())


def judged(of: ChunkHead) -> Judgement:
    """What a model might say: a function of the chunk alone."""
    digest = blake2b(f"{of.stream_id}:{of.chunk}:{of.coverage}".encode(), digest_size=2).digest()
    label = LABELS[digest[0] % len(LABELS)]
    probability = (1 + digest[1]) / 256
    return Judgement(label, probability, {label: probability}, ["forest"])


def core(lists: ListView | None = None) -> ClassifyCore:
    return ClassifyCore(VerdictMaker(Policy.load(), "model", lambda: 5), lists or ListView())


class ClassifyOwner:
    """Takes batches as the role does: all are taken in, then all pairs are judged."""

    def __init__(self, judge: Callable[[ChunkHead], Judgement] = judged) -> None:
        self.core = core()
        self._judge = judge

    def feed(self, records: Sequence[Record], slots: Sequence[Slot]) -> list[Emission]:
        emissions: list[Emission] = []
        pairs: list[Pair] = []
        for record, slot in zip(records, slots, strict=True):
            assert isinstance(record, Features)
            taken = self.core.take(record, slot)
            emissions += taken.emissions
            pairs += taken.pairs
        for pair in pairs:
            spectrum, tones = pair.spectrum.spectrum, pair.tones.tones
            assert spectrum is not None
            assert tones is not None
            broken = spectrum.error or tones.error or pair.spectrum.head.last
            emissions += self.core.judge(pair, None if broken else self._judge(pair.spectrum.head))
        return emissions


def parts_log(rng: Random, heads: Sequence[ChunkHead], *, fused_from: int | None = None) -> list[Record]:
    """Parts of every chunk of a partition; ``heads`` stand at their offsets.

    Spectrum and tones go their own pace, and each starts again from an earlier chunk now and then. From an offset on
    one fused role may take over, which reads some chunks again. In the end one more stream goes past everything: until
    then a repeated part waits to learn that its partner does not come.
    """
    end = len(heads) if fused_from is None else fused_from
    log = _paced(rng, heads, {"spectrum": 0, "tones": 0}, end)
    if fused_from is not None:
        log += _paced(rng, heads, {"spectrum tones": rng.randint(0, fused_from)}, len(heads))
    for chunk in (0, 1):
        for kind in ("spectrum", "tones"):
            log += _measured(head("z", chunk, last=chunk == 1), len(heads) + chunk, kind)
    return log


def _paced(rng: Random, heads: Sequence[ChunkHead], at: dict[str, int], end: int) -> list[Record]:
    log: list[Record] = []
    restarts = dict.fromkeys(at, 3)
    while behind := [kind for kind in at if at[kind] < end]:
        kind = rng.choice(behind)
        stop = min(end, at[kind] + rng.choice((1, 1, 3, 15)))
        for offset in range(at[kind], stop):
            log += _measured(heads[offset], offset, kind)
        at[kind] = stop
        if restarts[kind] and rng.random() < 0.05:
            restarts[kind] -= 1
            at[kind] = rng.randint(0, stop)
    return log


def _measured(of: ChunkHead, offset: int, kinds: str) -> list[Record]:
    """What agents make of a chunk: a function of the chunk, whoever reads it."""
    hears = Random(f"{of.stream_id}:{of.chunk}")
    spectrum = SpectrumPart(error="broken" if hears.random() < 0.05 else None)
    tones = TonesPart(tones=[tone("cng")] if hears.random() < 0.05 else [])
    made: list[Record] = [
        features(
            of,
            offset,
            spectrum=spectrum if "spectrum" in kinds else None,
            tones=tones if "tones" in kinds else None,
        )
    ]
    if "tones" in kinds and hears.random() < 0.03:
        made.append(features(of, offset, replay=ReplayPart(campaign="c", false_match_probability=0.01)))
    return made


def features_log(rng: Random, *, streams: int = 8) -> list[Record]:
    """Parts of some streams' chunks, interleaved."""
    lengths = {f"s{number}": rng.choice((1, 2, 8, 9, 10, 11, 25)) for number in range(streams)}
    left = dict.fromkeys(lengths, 0)
    heads: list[ChunkHead] = []
    while left:
        stream = rng.choice(list(left)[:4])
        heads.append(head(stream, left[stream], last=left[stream] == lengths[stream]))
        left[stream] += 1
        if left[stream] > lengths[stream]:
            del left[stream]
    return parts_log(rng, heads, fused_from=rng.choice((None, None, 0, rng.randint(0, len(heads)))))
