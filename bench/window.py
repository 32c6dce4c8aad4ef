"""Batches of one partition through the window core."""

from typing import Final

import msgspec

from bench.material import calls, windowed
from bench.registry import Benchmark
from bench.result import Findings
from bench.timing import Contender, Effort, compare, each
from schemas.frames import unpack
from schemas.records import FrameBatch
from streams.audio import CHUNK_SAMPLES

CROWD: Final = 60


def _joined(batches: list[FrameBatch]) -> dict[tuple[str, int], bytes]:
    """Payloads by chunk, put in order of timestamp: no loss told, no lead-in, no ends, nothing held or given back."""
    parts: dict[tuple[str, int], dict[int, bytes]] = {}
    for batch in batches:
        for segment in batch.segments:
            rows = unpack(segment)
            starts, lengths = rows.start.tolist(), rows.length.tolist()
            for at, timestamp in enumerate(rows.timestamp.tolist()):
                position = (timestamp - segment.anchor) & 0xFFFFFFFF
                payload = rows.payload[starts[at] : starts[at] + lengths[at]]
                parts.setdefault((segment.call_id, position // CHUNK_SAMPLES), {})[position] = payload
    return {key: b"".join(frames[at] for at in sorted(frames)) for key, frames in parts.items()}


def measure(effort: Effort) -> Findings:
    """Compare the core with putting payloads in order, the least that a window must do, and with itself in a crowd."""
    some, crowd = calls(effort.seed), calls(effort.seed, CROWD, spread_s=2.0)
    found = compare(
        "call-seconds",
        [
            Contender(
                "callsieve",
                "streams.window: chunks with coverage, lead-in, events, holds",
                each([some], lambda these: windowed(these.batches), round(some.call_seconds)),
            ),
            Contender(
                "payloads in order",
                "a dictionary by timestamp, joined",
                each([some], lambda these: _joined(these.batches), round(some.call_seconds)),
            ),
            Contender(
                "callsieve in a crowd",
                f"the same with {CROWD} calls at once on the partition",
                each([crowd], lambda these: windowed(these.batches), round(crowd.call_seconds)),
            ),
        ],
        effort,
    )
    facts: dict[str, int | float | str] = {
        "call_seconds": round(some.call_seconds),
        "frames_per_segment": some.per_segment,
        "frames_per_segment_in_a_crowd": crowd.per_segment,
    }
    return msgspec.structs.replace(found, parameters=facts)


BENCHMARK: Final = Benchmark(
    title="Frames to chunks",
    about="How many seconds of a call a CPU second puts together to chunks, decoding apart.",
    measure=measure,
)
