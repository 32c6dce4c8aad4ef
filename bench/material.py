"""Simulated calls at every stage of their way, so that a benchmark works on what its stage really gets."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from schemas.records import Chunk, Features, FrameBatch
from streams.capture import Packet
from streams.numbers import NumberHasher
from streams.roles.analysis import features_of
from streams.runtime.acker import PartitionAcker
from streams.simulate.planning import plan_calls
from streams.simulate.stream import simulated_packets
from streams.tap import Tap
from streams.window import WindowCore

CALLS: Final = 28  # two of each kind
KEY: Final = b"a key for benchmarks only"


@dataclass(frozen=True, slots=True)
class Material:
    """The same calls as packets, as batches of one partition, and as chunks with audio.

    ``call_seconds`` is the audio that the batches hold, of one direction; ``per_segment`` the frames of a segment:
    the more calls share a partition, the more often a batch goes early, and the fewer they are.
    """

    packets: list[Packet]
    batches: list[FrameBatch]
    chunks: list[Chunk]
    call_seconds: float
    per_segment: float


def new_tap() -> Tap:
    """Make a tap of one partition."""
    return Tap("bench", 1, 1, NumberHasher(KEY, "bench"))


def windowed(batches: list[FrameBatch]) -> list[Chunk]:
    """Put batches through a window of their own, every send delivered at once."""
    core, acker = WindowCore(0, 1), PartitionAcker()
    chunks: list[Chunk] = []
    for batch in batches:
        slot = acker.add(lambda: None)
        for emission in core.feed(batch, slot, batch.clock_ms).emissions:
            if isinstance(emission.record, Chunk):
                chunks.append(emission.record)
            emission.release()
        slot.release()
    return chunks


@lru_cache(maxsize=4)
def calls(seed: int, count: int = CALLS, *, spread_s: float = 12.0) -> Material:
    """Make calls of all kinds, in both laws, with the losses and the jitter that simulated calls have.

    They begin within ``spread_s`` and last 8 to 16 s.
    """
    plan = plan_calls(seed, count, seconds_per_call=(8.0, 16.0), spread_s=spread_s, heard_before_s=0.0)
    packets = list(simulated_packets(plan))
    tap = new_tap()
    batches = [batch for packet in packets for _, batch in tap.feed(packet)]
    batches += [batch for _, batch in tap.close()]
    chunks = [chunk for chunk in windowed(batches) if chunk.head.coverage > 0]
    samples = sum(run.length for chunk in chunks for run in chunk.runs)
    segments = [segment for batch in batches for segment in batch.segments]
    frames = sum(len(segment.encoding) for segment in segments)
    return Material(packets, batches, chunks, samples / 8000, round(frames / len(segments), 2))


@lru_cache(maxsize=4)
def measured(seed: int, count: int = CALLS) -> list[Features]:
    """What spectrum and tones make of the chunks of `calls`."""
    parts = ("spectrum", "tones")
    return [
        features_of(chunk, offset, parts, show_digits=False, clock=lambda: 0.0)
        for offset, chunk in enumerate(calls(seed, count).chunks)
    ]
