"""One stream: its clock, its chunk numbers, its segments."""

from typing import Final

from schemas.frames import COMFORT_NOISE, TELEPHONE_EVENT, Frame
from schemas.records import Direction, Facts, SegmentKind
from streams.audio import CHUNK_SAMPLES
from streams.rtp.packet import RtpPacket
from streams.tap.call import Call
from streams.tap.partition import FRAME_BYTES, OpenSegment

SAMPLE_US: Final = 125
TICK_AFTER_US: Final = 500_000  # past the end of a chunk: docs/design.md, Tap
JUMP_US: Final = 1_000_000
LEAD_US: Final = 5_000_000  # over capture time since the first frame: a burst may follow a late first frame
DRIFT_PARTS: Final = 100  # 1 %: far more than clocks drift
JUMP_SEQUENCE: Final = 1000
WRAP: Final = 0xFFFFFFFF
ZERO_SSRC: Final = WRAP  # a sender's SSRC 0 is written so: 0 is the stream before a call's first frame


class Stream:
    """Numbering of one stream.

    ``begun`` is the highest chunk number begun; ``position`` the furthest sample a frame's timestamp told (an
    event's: timestamp + duration), counted from the anchor, and ``newest_us`` when that frame was captured. The
    stream before a call's first frame has SSRC 0 and never any frames; its position 0 is the call's opening.
    ``expected`` (by sequence numbers), ``received`` and ``jitter_us`` are RFC 3550's.
    """

    __slots__ = (
        "anchor",
        "begun",
        "call",
        "comfort_noise",
        "comfort_noise_from",
        "direction",
        "due_us",
        "ended",
        "expected",
        "facts",
        "first_us",
        "jitter_us",
        "newest_us",
        "partition",
        "position",
        "received",
        "segment",
        "sent_facts_chunk",
        "sequence",
        "ssrc",
        "tap_id",
        "transit_us",
        "wire_ssrc",
    )

    def __init__(
        self, call: Call, direction: Direction, wire_ssrc: int, anchor: int, captured_us: int, tap_id: str
    ) -> None:
        self.call = call
        self.partition = call.partition
        self.direction: Direction = direction
        self.wire_ssrc = wire_ssrc  # -1 before the first frame
        self.ssrc = 0 if wire_ssrc < 0 else wire_ssrc or ZERO_SSRC
        self.anchor = anchor
        self.first_us = self.newest_us = captured_us
        self.tap_id = tap_id
        self.begun = -1
        self.position = 0
        self.sequence = 0
        self.expected = 1
        self.received = 0
        self.jitter_us = 0.0
        self.transit_us = captured_us
        self.comfort_noise = -1
        self.comfort_noise_from = -1
        self.ended = False
        self.segment: OpenSegment | None = None
        self.sent_facts_chunk = -1
        self.due_us = 0
        self.facts = self._facts()

    def _facts(self) -> Facts:
        call, ends = self.call, self.call.ends
        return Facts(
            direction=self.direction,
            opened_ms=call.opened_us // 1000,
            tap_id=self.tap_id,
            key_id=ends.key_id,
            caller=ends.caller,
            callee=ends.callee,
            trunk=ends.trunk,
            answered_ms=None if call.answered_us is None else (call.answered_us - self.first_us) // 1000,
            old_key_id=ends.old_key_id,
            old_caller=ends.old_caller,
            old_trunk=ends.old_trunk,
        )

    def offset_of(self, timestamp: int) -> int:
        """Samples after the anchor of a raw timestamp, unwrapped next to the newest frame's."""
        expected = self.anchor + self.position
        return self.position + ((timestamp - expected + 0x80000000 & WRAP) - 0x80000000)

    def expected_offset(self, captured_us: int) -> int:
        """Where real time says the stream is."""
        return self.position + (captured_us - self.newest_us) // SAMPLE_US

    def is_near_in_time(self, position: int, captured_us: int) -> bool:
        """Whether a position lies within a second of where real time says.

        As seen from the newest frame; seen from the first one it must not be too far ahead, or many steps of almost
        a second would make chunks as fast as packets come.
        """
        elapsed_us = captured_us - self.newest_us
        if not -JUMP_US <= (position - self.position) * SAMPLE_US - elapsed_us <= JUMP_US:
            return False
        since_first_us = captured_us - self.first_us
        return position * SAMPLE_US <= since_first_us + since_first_us // DRIFT_PARTS + LEAD_US

    def is_near_in_sequence(self, sequence: int, captured_us: int) -> bool:
        """Whether a sequence number may follow, however many packets were lost since the newest frame."""
        steps = (sequence - self.sequence + 0x8000 & 0xFFFF) - 0x8000
        return abs(steps) <= JUMP_SEQUENCE + (captured_us - self.newest_us) // 10_000

    def open(self) -> None:
        """Queue the opening; the frames of chunk 0 that follow go with it."""
        self.segment = self._queue("open", 0, self.first_us)

    def open_empty(self) -> None:
        """Queue the opening of the stream before a call's first frame; chunk 0 begins."""
        self._queue("open", 0, self.first_us)
        self.begun = 0

    def add(
        self, rtp: RtpPacket, timestamp: int, captured_us: int, encoding: int, payload: bytes, start: int, reach: int
    ) -> None:
        """Queue a frame.

        Parameters
        ----------
        timestamp
            Raw timestamp on the 8 kHz clock.
        start, reach
            Offset of its first sample, and one past the last; of an event, of its start and its present end.
        """
        last = max(start, reach - 1) // CHUNK_SAMPLES
        chunk = last if encoding == TELEPHONE_EVENT else start // CHUNK_SAMPLES
        segment = self.segment
        if segment is None or segment.chunk != chunk or segment.is_full():
            if segment is not None and not segment.frames and segment.kind == "open":
                segment.chunk = chunk  # a stream may open with an event that reaches further
                self.sent_facts_chunk = chunk
            else:
                segment = self.segment = self._queue("audio", chunk, captured_us)
        segment.frames.append(
            Frame(rtp.sequence, timestamp, captured_us, rtp.marker, rtp.payload_type, encoding, payload)
        )
        partition = self.partition
        partition.size += FRAME_BYTES + len(payload)
        if last > self.begun:
            if self.begun >= 0:
                partition.urgent.add(self)
            self.begun = last
            partition.size += segment.tell(self.facts)  # for the chunk it begins, should nothing else come for that
        elif chunk < self.begun:
            partition.urgent.add(self)  # its chunk closes soon
        self._note(rtp.sequence, captured_us, encoding, payload, start, reach)

    def _note(self, sequence: int, captured_us: int, encoding: int, payload: bytes, start: int, reach: int) -> None:
        if encoding == COMFORT_NOISE:
            if start >= self.comfort_noise_from:
                self.comfort_noise, self.comfort_noise_from = payload[0] & 0x7F, start
        elif encoding != TELEPHONE_EVENT and start >= self.comfort_noise_from:
            self.comfort_noise, self.comfort_noise_from = -1, start
        if encoding == TELEPHONE_EVENT:
            position = reach
        else:
            position = start
            transit_us = captured_us - start * SAMPLE_US
            self.jitter_us += (abs(transit_us - self.transit_us) - self.jitter_us) / 16
            self.transit_us = transit_us
        if position >= self.position:
            self.position, self.newest_us = position, captured_us
        self.received += 1
        steps = sequence - self.sequence & 0xFFFF
        if steps < 0x8000:
            self.expected += steps
            self.sequence = sequence

    def answer(self, captured_us: int) -> None:
        """Queue the mark that the call was answered."""
        self.facts = self._facts()
        self._mark("answered", captured_us)

    def tick(self, captured_us: int) -> None:
        """Begin the next chunk without a frame."""
        self._mark("audio", captured_us, self.begun + 1)
        self.begun += 1
        self.partition.urgent.add(self)

    def end(self, captured_us: int, reason: str) -> None:
        """Queue the end; nothing may follow."""
        self._mark("end", captured_us, end_reason=reason)
        self.ended = True
        self.partition.urgent.add(self)

    def tick_due_us(self) -> int:
        """When the next chunk begins without a frame: 500 ms after the begun one's end."""
        return self.newest_us + ((self.begun + 1) * CHUNK_SAMPLES - self.position) * SAMPLE_US + TICK_AFTER_US

    def _mark(
        self, kind: SegmentKind, captured_us: int, chunk: int | None = None, end_reason: str | None = None
    ) -> None:
        chunk = max(self.begun, 0) if chunk is None else chunk
        self._queue(kind, chunk, captured_us, end_reason, with_facts=True)
        self.segment = None

    def _queue(
        self,
        kind: SegmentKind,
        chunk: int,
        captured_us: int,
        end_reason: str | None = None,
        *,
        with_facts: bool = False,
    ) -> OpenSegment:
        if chunk > self.sent_facts_chunk:
            with_facts, self.sent_facts_chunk = True, chunk
        segment = OpenSegment(self, kind, chunk, captured_us, self.facts if with_facts else None, end_reason)
        self.partition.add(segment)
        return segment
