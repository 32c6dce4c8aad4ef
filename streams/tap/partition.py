"""What waits to go to one partition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemas.frames import MAX_FRAMES, Frame, pack
from schemas.records import Facts, Segment, SegmentKind

if TYPE_CHECKING:
    from streams.tap.stream import Stream

FRAME_BYTES: Final = 16  # columns of one frame besides its payload
SEGMENT_BYTES: Final = 400  # identifiers, and facts with both numbers' hashes where they go along
FACTS_BYTES: Final = 1600


class OpenSegment:
    """A segment that still takes frames: the frames of one chunk that follow one another."""

    __slots__ = ("begun", "captured_us", "chunk", "comfort_noise", "end_reason", "facts", "frames", "kind", "stream")

    def __init__(
        self,
        stream: Stream,
        kind: SegmentKind,
        chunk: int,
        captured_us: int,
        facts: Facts | None,
        end_reason: str | None,
    ) -> None:
        self.stream = stream
        self.kind = kind
        self.chunk = chunk
        self.begun = stream.begun
        self.captured_us = captured_us
        self.facts = facts
        self.end_reason = end_reason
        self.comfort_noise = stream.comfort_noise
        self.frames: list[Frame] = []

    def is_full(self) -> bool:
        """Whether it holds as many frames as a segment may."""
        return len(self.frames) >= MAX_FRAMES

    def close(self) -> Segment:
        """The record; the stream's next frame begins another."""
        stream = self.stream
        if stream.segment is self:
            stream.segment = None
        captured_ms = self.captured_us // 1000
        segment = Segment(
            kind=self.kind,
            call_id=stream.call.call_id,
            direction=stream.direction,
            ssrc=stream.ssrc,
            anchor=stream.anchor,
            chunk=self.chunk,
            begun=self.begun,
            captured_ms=captured_ms,
            sip_call_id=stream.call.sip_call_id,
            facts=self.facts,
            end_reason=self.end_reason,
            comfort_noise=self.comfort_noise,
        )
        if self.frames:
            for name, column in pack(self.frames, captured_ms).items():
                setattr(segment, name, column)
        return segment


class Partition:
    """Segments gathered for one partition, in the order they began."""

    __slots__ = ("number", "sent_us", "size", "urgent", "waiting")

    def __init__(self, number: int, clock_us: int) -> None:
        self.number = number
        self.sent_us = clock_us
        self.waiting: list[OpenSegment] = []
        self.size = 0  # bytes, estimated from above
        self.urgent = False

    def add(self, segment: OpenSegment) -> None:
        """Queue a segment."""
        self.waiting.append(segment)
        self.size += SEGMENT_BYTES if segment.facts is None else SEGMENT_BYTES + FACTS_BYTES

    def take(self, clock_us: int) -> list[Segment]:
        """All that waits, closed."""
        segments = [segment.close() for segment in self.waiting]
        self.waiting = []
        self.size = 0
        self.urgent = False
        self.sent_us = clock_us
        return segments
