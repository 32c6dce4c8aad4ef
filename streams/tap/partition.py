"""What waits to go to one partition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemas.frames import MAX_FRAMES, Frame, pack
from schemas.records import Facts, Segment, SegmentKind

if TYPE_CHECKING:
    from streams.tap.stream import Stream

FRAME_BYTES: Final = 16  # columns of one frame besides its payload
SEGMENT_BYTES: Final = 200  # times and identifiers, but for SIP's
FACTS_BYTES: Final = 400  # but for the numbers and the tap's name
HASH_BYTES: Final = 36  # of a number, or of one of its prefixes


class OpenSegment:
    """A segment that still takes frames: the frames of one chunk that follow one another."""

    __slots__ = (
        "begun",
        "captured_us",
        "chunk",
        "comfort_noise",
        "end_reason",
        "facts",
        "frames",
        "head_bytes",
        "kind",
        "stream",
    )

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
        self.facts: Facts | None = None
        self.end_reason = end_reason
        self.comfort_noise = stream.comfort_noise
        self.frames: list[Frame] = []
        self.head_bytes = SEGMENT_BYTES + len((stream.call.sip_call_id or "").encode("utf-8", "replace"))
        if facts is not None:
            self.tell(facts)

    def tell(self, facts: Facts) -> int:
        """Let facts go along; bytes that they add."""
        more = facts_bytes(facts) - (0 if self.facts is None else facts_bytes(self.facts))
        self.facts = facts
        self.head_bytes += more
        return more

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


def facts_bytes(facts: Facts) -> int:
    """Bytes that facts take in a record, at most."""
    numbers = [number for number in (facts.caller, facts.callee, facts.old_caller) if number is not None]
    hashes = sum(1 + len(number.prefixes) for number in numbers)
    return FACTS_BYTES + HASH_BYTES * hashes + len(facts.tap_id.encode())


class Partition:
    """Segments gathered for one partition, in the order they began.

    Attributes
    ----------
    urgent
        Streams whose segments should not wait for the others'. Whatever moves a window on is urgent, and so is a frame
        of a chunk that closes already: so no batch tells a later clock than that of an urgent segment left behind.
    size
        Bytes that wait, estimated from above.
    """

    __slots__ = ("number", "sent_us", "size", "urgent", "waiting")

    def __init__(self, number: int, clock_us: int) -> None:
        self.number = number
        self.sent_us = clock_us
        self.waiting: list[OpenSegment] = []
        self.size = 0
        self.urgent: set[Stream] = set()

    def add(self, segment: OpenSegment) -> None:
        """Queue a segment."""
        self.waiting.append(segment)
        self.size += segment.head_bytes

    def take(self, clock_us: int) -> list[Segment]:
        """All that waits, closed."""
        going, self.waiting, self.size = self.waiting, [], 0
        return self._close(going, clock_us)

    def take_urgent(self, clock_us: int) -> list[Segment]:
        """What waits of the urgent streams, closed; segments of the others gather more frames."""
        going = [segment for segment in self.waiting if segment.stream in self.urgent]
        self.waiting = [segment for segment in self.waiting if segment.stream not in self.urgent]
        for segment in going:
            self.size -= segment.head_bytes + sum(FRAME_BYTES + len(frame.payload) for frame in segment.frames)
        return self._close(going, clock_us)

    def _close(self, going: list[OpenSegment], clock_us: int) -> list[Segment]:
        self.urgent.clear()
        self.sent_us = clock_us
        return [segment.close() for segment in going]
