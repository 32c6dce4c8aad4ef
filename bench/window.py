"""Batches of one partition through the window core."""

from typing import Final

import msgspec

from bench.material import calls, windowed
from bench.registry import Benchmark
from bench.result import Findings
from bench.timing import Contender, Effort, compare
from schemas.frames import unpack
from schemas.records import FrameBatch
from streams.audio import CHUNK_SAMPLES


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
    """Compare the core with putting payloads in order, the least that a window must do."""
    material = calls(effort.seed)
    second = round(material.call_seconds)

    def core() -> int:
        windowed(material.batches)
        return second

    def plain() -> int:
        _joined(material.batches)
        return second

    found = compare(
        "call-seconds",
        [
            Contender("callsieve", "streams.window: chunks with coverage, lead-in, events, holds", core),
            Contender("payloads in order", "a dictionary by timestamp, joined", plain),
        ],
        effort,
    )
    return msgspec.structs.replace(found, parameters={"call_seconds": second, "batches": len(material.batches)})


BENCHMARK: Final = Benchmark(
    title="Frames to chunks",
    about="How many seconds of a call a CPU second puts together to chunks, decoding apart.",
    measure=measure,
)
