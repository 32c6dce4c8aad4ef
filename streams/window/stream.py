"""One stream's chunks: open, closing, delivered."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from schemas.records import Chunk, ChunkHead, CloseReason, Facts, Run, Segment, TelephoneEvent
from streams.audio import CHUNK_SAMPLES, RATE
from streams.runtime.acker import Hold
from streams.window.assembly import (
    MAX_FRAMES,
    MAX_SAMPLES,
    Gathered,
    Piece,
    gather,
    is_complete,
    lead_in_of,
    reception_of,
    runs_of,
)
from streams.window.events import events_of, lead_in_events
from streams.window.intake import Placed

CHUNK_MS: Final = CHUNK_SAMPLES * 1000 // RATE
GRACE_MS: Final = 100  # a chunk waits this long, by the tap's clock, after a later one has begun
MAX_SKIP: Final = 1_800  # chunks, an hour: the tap begins a chunk every two seconds, so a wider gap is broken
MAX_LEAD: Final = 10  # chunks ahead of the tap's clock: the tap allows 5 s, an event of 8 s and a second besides
DRIFT_PARTS: Final = 100  # 1 %, as the tap allows
MAX_OPEN: Final = 4  # chunks open at once: a tap's clock closes them long before, unless it stands still
HISTORY: Final = 1  # a chunk's lead-in comes from the chunk before


@dataclass(slots=True)
class OpenChunk:
    """A chunk that has begun."""

    gathered: Gathered = field(default_factory=Gathered)
    holds: list[Hold] = field(default_factory=list)
    captured_ms: int = 0
    tapped_ms: int = 0

    def touch(self, hold: Hold, captured_ms: int, tapped_ms: int) -> None:
        """Note that a record fed this chunk."""
        if not self.holds or self.holds[-1] is not hold:
            hold.hold()
            self.holds.append(hold)
        if captured_ms >= self.captured_ms:
            self.captured_ms, self.tapped_ms = captured_ms, tapped_ms


@dataclass(slots=True)
class ClosedChunk:
    """A chunk to send (None: its former owner delivered it), and the holds that its delivery releases."""

    chunk: Chunk | None
    releases: list[Hold]


class StreamWindow:
    """The chunks of one stream, in order.

    A new owner of the partition meets a stream in its middle: every record that it no longer sees had been
    acknowledged, the opening among them, and a chunk's records are held until the chunk after it is delivered. So with
    ``begun`` chunks begun before the first segment it sees, all up to ``begun + 1`` were delivered; it makes the later
    ones, whole.
    """

    def __init__(self, stream: str, segment: Segment, tap_id: str, tap_epoch: int, clock_ms: int) -> None:
        self.stream_id = stream
        self.tap_id = tap_id
        self.tap_epoch = tap_epoch
        self.late = 0
        self.broken_events = 0
        self.nameless_events = 0
        self._call_id = segment.call_id
        self._sip_call_id = segment.sip_call_id
        self._ssrc = segment.ssrc
        self._anchor = segment.anchor
        self._facts = segment.facts or Facts(direction=segment.direction, opened_ms=segment.captured_ms, tap_id=tap_id)
        self.taken_over = segment.kind != "open"
        self.begun = max(segment.begun, 0) if self.taken_over else -1  # an opening begins chunk 0
        self._emit_from = self.begun + HISTORY + 1 if self.taken_over else 0
        self._next = self.begun + 1  # lowest number not closed
        self._first = (self.begun, clock_ms)
        self._records_with_audio = 0
        self._open: dict[int, OpenChunk] = {}
        self._deadlines: list[tuple[int, int]] = []  # (clock, close all below this number)
        self._held: list[Hold] = []  # the records of the chunk before _next
        self._lead_in: list[Run] = []
        self._events: list[TelephoneEvent] = []
        self._sequence = -1
        self._captured_ms = segment.captured_ms
        self._tapped_ms = segment.captured_ms

    def skips_too_far(self, segment: Segment, clock_ms: int) -> bool:
        """Whether a segment's numbers can't be meant: wide of the newest one's, or faster than time goes by.

        Chunks take two seconds, so a stream may have begun as many as its tap's clock says, and a few; or else a few
        bytes could make chunks without end.
        """
        number = max(segment.chunk, segment.begun)
        begun, since_ms = self._first
        due = (clock_ms - since_ms) * (1 + 1 / DRIFT_PARTS) / CHUNK_MS
        return number - self.begun > MAX_SKIP or number - max(begun, 0) > due + MAX_LEAD

    @property
    def is_stray(self) -> bool:
        """Whether audio came in one record at most."""
        return self._records_with_audio < 2

    @property
    def is_untold(self) -> bool:
        """Whether nobody has heard of the stream: no chunk of it was made, by this owner or an earlier one."""
        return not self.taken_over and self._next == 0

    def learn(self, facts: Facts | None) -> None:
        """Take in facts that changed."""
        if facts is not None:
            self._facts = facts

    def feed(self, segment: Segment, placed: Placed, hold: Hold, clock_ms: int) -> None:
        """Put a segment's frames into its chunk.

        Frames that come too late for their chunk still begin the next one, if they reach into it, and are held for it:
        the tap has counted it as begun, and a later owner goes by that.
        """
        self.learn(segment.facts)
        self.begun = max(self.begun, segment.begun)
        columns = placed.columns
        captured_ms = int(columns.captured_ms.max()) if len(columns.captured_ms) else segment.captured_ms
        chunk = OpenChunk()
        in_time = segment.chunk >= self._next
        if in_time:
            chunk = self._begin(segment.chunk, clock_ms)
            chunk.touch(hold, captured_ms, clock_ms)
            if segment.comfort_noise >= 0 and not chunk.gathered.frames:
                chunk.gathered.noise_before = segment.comfort_noise
        if len(columns.encoding) == 0:
            return
        self._records_with_audio += 1
        if not in_time or not chunk.gathered.has_room(placed):
            self.late += len(columns.encoding)
            chunk = OpenChunk()
        already = len(chunk.gathered.pieces)
        if gather(chunk.gathered, placed) and segment.chunk + 1 >= self._next:
            later = self._begin(segment.chunk + 1, clock_ms)
            later.touch(hold, captured_ms, clock_ms)
            _spill(chunk.gathered.pieces[already:], later.gathered)

    def _begin(self, number: int, clock_ms: int) -> OpenChunk:
        chunk = self._open.get(number)
        if chunk is None:
            chunk = self._open[number] = OpenChunk()
            if number > self._next:
                self._deadlines.append((clock_ms + GRACE_MS, number))
        self.begun = max(self.begun, number)
        return chunk

    def complete(self) -> Iterator[ClosedChunk]:
        """Close what is complete, and the lowest of more chunks than may be open."""
        while True:
            chunk = self._open.get(self._next)
            if chunk and is_complete(chunk.gathered):
                yield self._close("complete")
            elif len(self._open) > MAX_OPEN:
                yield self._close("later_chunk")
            else:
                break
        while self._deadlines and self._deadlines[0][1] <= self._next:  # nothing is left to be closed by it
            self._deadlines.pop(0)

    def advance(self, clock_ms: int) -> Iterator[ClosedChunk]:
        """The tap's clock has moved: chunks whose grace is over close."""
        while self._deadlines and self._deadlines[0][0] <= clock_ms:
            if self._next < self._deadlines[0][1]:
                yield self._close("later_chunk")
            yield from self.complete()

    @property
    def due_ms(self) -> int | None:
        """When, by the tap's clock, some chunk closes; None where none waits for that."""
        return self._deadlines[0][0] if self._deadlines else None

    def end(self, reason: CloseReason, end_reason: str | None, hold: Hold | None, begun: int) -> Iterator[ClosedChunk]:
        """Close everything, then make one more chunk, the last."""
        self.begun = max(self.begun, begun)
        while self._next <= self.begun:
            yield self._close(reason)
        if hold is not None:
            self._open.setdefault(self._next, OpenChunk()).touch(hold, self._captured_ms, self._tapped_ms)
        last = self._close(reason, end_reason, last=True)
        last.releases.extend(self._held)
        self._held = []
        yield last

    def abandon(self) -> list[Hold]:
        """Let go of a stream that nobody has heard of; the holds to release."""
        held = self._held + [hold for chunk in self._open.values() for hold in chunk.holds]
        self._held, self._open = [], {}
        return held

    def drop_frames(self) -> None:
        """Go on without the frames at hand, which can't be put together; chunks and holds stay as they are."""
        for chunk in self._open.values():
            chunk.gathered = Gathered()
        self._lead_in, self._events, self._sequence = [], [], -1

    def _close(self, reason: CloseReason, end_reason: str | None = None, *, last: bool = False) -> ClosedChunk:
        number = self._next
        chunk = self._open.get(number) or OpenChunk()
        gathered = chunk.gathered
        runs = runs_of(gathered)
        told = events_of(gathered.events, self._events)
        reception = reception_of(gathered, self._sequence)
        if chunk.captured_ms:
            self._captured_ms, self._tapped_ms = chunk.captured_ms, chunk.tapped_ms
        made = None
        if number >= self._emit_from:
            head = ChunkHead(
                stream_id=self.stream_id,
                call_id=self._call_id,
                sip_call_id=self._sip_call_id,
                ssrc=self._ssrc,
                anchor=self._anchor,
                tap_epoch=self.tap_epoch,
                chunk=number,
                facts=self._facts,
                encodings=sorted(gathered.encodings),
                coverage=sum(run.length for run in runs) / CHUNK_SAMPLES,
                received=reception.received,
                lost=reception.lost,
                late=self.late,
                duplicates=reception.duplicates,
                jitter_ms=reception.jitter_ms,
                close_reason=reason,
                end_reason=end_reason,
                last=last,
                captured_ms=self._captured_ms,
                tapped_ms=self._tapped_ms,
                closed_ms=0,  # the agent's wall clock: the core has none
            )
            events = lead_in_events(told.events, self._events) + told.events
            made = Chunk(head=head, runs=runs, lead_in=self._lead_in, events=events)
        # from here on nothing can fail: a chunk that could not be made is still open, with its holds
        self._open.pop(number, None)
        self.late = 0 if made else self.late
        self.broken_events += told.broken
        self.nameless_events += told.nameless
        releases, self._held = (self._held, chunk.holds) if made else ([], self._held + chunk.holds)
        self._lead_in = lead_in_of(runs)
        self._events = told.events
        self._sequence = reception.newest_sequence
        self._next = number + 1
        self.begun = max(self.begun, number)
        return ClosedChunk(made, releases)


def _spill(pieces: list[Piece], into: Gathered) -> None:
    """Give what pieces of one chunk hold of the next to that."""
    for piece in pieces:
        rest = piece.cut(CHUNK_SAMPLES, 2 * CHUNK_SAMPLES)
        if rest.length > 0 and len(into.pieces) < MAX_FRAMES and into.samples < MAX_SAMPLES:
            into.encodings.add(rest.encoding)
            into.add_piece(Piece(rest.start - CHUNK_SAMPLES, rest.length, rest.encoding, rest.data))
