"""The window of one partition: batches of frames in, chunks out, each input held until nothing needs it."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, Literal

import msgspec

from schemas.codec import encode
from schemas.frames import BrokenSegmentError
from schemas.ids import partition_of, stream_id
from schemas.records import CloseReason, FrameBatch, Segment
from streams.runtime.acker import Hold
from streams.runtime.emission import DeadLetter, Emission
from streams.topics import CHUNKS
from streams.window.intake import BrokenBatchError, check_batch, place
from streams.window.outcome import WindowCounters, WindowOutcome
from streams.window.stream import ClosedChunk, StreamWindow
from streams.window.taps import Tap, Taps

Ending = Literal["tap_lost", "tap_restart", "stream_lost", "crowded_out"]
"""Why a stream ends without its tap's word; told as the last chunk's ``end_reason``."""

MAX_ENDED: Final = 100_000  # ended streams remembered, so that what comes after their end is dropped
MAX_STREAMS: Final = 10_000  # open on one partition: ten times what a partition is meant for
MAX_CHUNKS: Final = 20_000  # made of one record, but for the ends of lost and restarted taps


class WindowCore:
    """Windows of all streams on one partition.

    Parameters
    ----------
    partition, partitions
        Which partition this is, of how many; a call that belongs elsewhere is refused.
    most
        Streams that may be open. For more the oldest stray (audio in one record at most) of the tap with the most
        strays goes; where there are none the newcomer is refused. So a flood of strays leaves calls in progress alone,
        and those of other taps even at their beginning.
    """

    def __init__(self, partition: int, partitions: int, most: int = MAX_STREAMS) -> None:
        self.counters = WindowCounters()
        self._partition = partition
        self._partitions = partitions
        self._most = most
        self._taps = Taps()
        self._streams: dict[str, StreamWindow] = {}
        self._waiting: dict[str, dict[str, int]] = {}  # tap -> streams with a chunk that closes by its clock, and when
        self._ended: OrderedDict[str, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._streams)

    def feed(self, batch: FrameBatch, hold: Hold, now_ms: int) -> WindowOutcome:
        """Take in a batch.

        Parameters
        ----------
        batch
            What a tap sent.
        hold
            Stands for its record.
        now_ms
            When the record was written, ms since 1970: a part of the input, so that every owner concludes the same.
            Only silent taps are told by it, for a capture's own clock runs as fast as it is fed.

        Raises
        ------
        BrokenBatchError
            If the batch's clocks can't be meant, or more taps are heard than may be; nothing was done.
        """
        check_batch(batch, now_ms)
        outcome = WindowOutcome()
        tap = self._heard(batch, now_ms, outcome)
        if tap is None:
            self.counters.old_epoch += len(batch.segments)
            return outcome
        most = len(outcome.emissions) + MAX_CHUNKS
        for segment in batch.segments:
            try:
                if len(outcome.emissions) >= most:
                    raise BrokenSegmentError(f"more than {MAX_CHUNKS} chunks from one record")
                self._segment(segment, batch, tap, hold, outcome)
            except Exception as error:  # whatever it is, it costs one segment
                outcome.broken.append(_letter(error, batch, segment))
        self._advance(batch, tap, outcome, most)
        for stream in tap.silent():
            if len(outcome.emissions) >= most:
                break
            self.counters.stream_lost += 1
            self._end(stream, batch.tap_id, "stream_lost", batch, outcome)
        return outcome

    def _heard(self, batch: FrameBatch, now_ms: int, outcome: WindowOutcome) -> Tap | None:
        """Keep the taps' clocks; end what a restarted or silent tap left behind."""
        tap = self._taps.get(batch.tap_id)
        if tap is None:
            tap = self._new_tap(batch, now_ms, outcome)
        if batch.tap_epoch < tap.epoch:
            return None
        if batch.tap_epoch > tap.epoch:
            self._end_all(batch.tap_id, "tap_restart", batch, outcome)
            tap.restart(batch.tap_epoch, batch.clock_ms)
        tap.hear(batch.clock_ms, now_ms)
        for tap_id, lost in self._taps.lost(batch.tap_id, now_ms):
            self._lose(tap_id, lost, batch, outcome)
        return tap

    def _new_tap(self, batch: FrameBatch, now_ms: int, outcome: WindowOutcome) -> Tap:
        try:
            leaving = self._taps.in_the_way(now_ms)
        except LookupError as error:
            raise BrokenBatchError(str(error)) from error
        if leaving is not None:
            if self._taps[leaving].streams:
                self._lose(leaving, self._taps[leaving], batch, outcome)
            self._taps.remove(leaving)
            self._waiting.pop(leaving, None)
        tap = Tap(batch.tap_epoch, batch.clock_ms)
        self._taps.add(batch.tap_id, tap)
        return tap

    def _lose(self, tap_id: str, tap: Tap, batch: FrameBatch, outcome: WindowOutcome) -> None:
        tap.lost = True
        self.counters.tap_lost += 1
        self._end_all(tap_id, "tap_lost", batch, outcome)

    def _end_all(
        self, tap_id: str, reason: Literal["tap_lost", "tap_restart"], batch: FrameBatch, outcome: WindowOutcome
    ) -> None:
        for stream in sorted(self._taps[tap_id].streams):
            self._end(stream, tap_id, reason, batch, outcome)

    def _end(self, stream: str, tap_id: str, reason: Ending, batch: FrameBatch, outcome: WindowOutcome) -> None:
        """End a stream that its tap does not end."""
        window = self._streams[stream]
        why: CloseReason = reason if reason in ("tap_lost", "tap_restart") else "end"
        self._send(window, partial(window.end, why, reason, None, window.begun), batch, None, outcome)
        self._forget(stream, tap_id)

    def _has_room(self, batch: FrameBatch, outcome: WindowOutcome) -> bool:
        """Whether one more stream may be opened; a stray goes for it where there is one."""
        if len(self._streams) < self._most:
            return True
        tap = self._taps.most_strays()
        if tap is None:
            return False
        stream = next(iter(tap.strays))
        window = self._streams[stream]
        self.counters.crowded_out += 1
        if window.is_untold:  # nobody has heard of it, so nobody waits for its end
            _emit(iter([ClosedChunk(None, window.abandon())]), outcome)
            self._drop(stream, window.tap_id)
        else:
            self._end(stream, window.tap_id, "crowded_out", batch, outcome)
        return True

    def _segment(self, segment: Segment, batch: FrameBatch, tap: Tap, hold: Hold, outcome: WindowOutcome) -> None:
        stream = stream_id(
            segment.call_id, segment.direction, segment.ssrc, batch.tap_id, batch.tap_epoch, segment.anchor
        )
        window = self._streams.get(stream)
        if window is None and stream in self._ended:
            self.counters.after_end += 1
            return
        placed = place(segment)
        if window is None:
            if partition_of(segment.call_id, self._partitions) != self._partition:
                raise BrokenSegmentError("wrong_partition")
            window = StreamWindow(stream, segment, batch.tap_id, batch.tap_epoch, tap.clock_ms)
        if window.skips_too_far(segment, tap.clock_ms):
            raise BrokenSegmentError(f"chunk {segment.chunk}, {segment.begun} begun: too far from {window.begun}")
        if stream not in self._streams:
            if segment.kind != "end" and not self._has_room(batch, outcome):
                self.counters.refused_streams += 1
                return
            self.counters.taken_over += window.taken_over
            self._streams[stream] = window
            tap.strays[stream] = None
        tap.feed(stream)
        if segment.kind == "end":
            window.learn(segment.facts)
            end = partial(window.end, "end", segment.end_reason, hold, segment.begun)
            self._send(window, end, batch, segment, outcome)
            self._forget(stream, batch.tap_id)
            return
        try:
            window.feed(segment, placed, hold, tap.clock_ms)
        finally:
            self._note_due(stream, window)
        if not window.is_stray:
            tap.strays.pop(stream, None)
        self._send(window, window.complete, batch, segment, outcome)
        self._note_due(stream, window)

    def _note_due(self, stream: str, window: StreamWindow) -> None:
        waiting = self._waiting.setdefault(window.tap_id, {})
        if window.due_ms is None:
            waiting.pop(stream, None)
        else:
            waiting[stream] = window.due_ms

    def _advance(self, batch: FrameBatch, tap: Tap, outcome: WindowOutcome, most: int) -> None:
        """Close what the tap's clock closes; what would be too much for one record waits for the next."""
        waiting = self._waiting.get(batch.tap_id, {})
        for stream in sorted(stream for stream, due_ms in waiting.items() if due_ms <= tap.clock_ms):
            if len(outcome.emissions) >= most:
                return
            window = self._streams[stream]
            self._send(window, partial(window.advance, tap.clock_ms), batch, None, outcome)
            self._note_due(stream, window)

    def _send(
        self,
        window: StreamWindow,
        closing: Callable[[], Iterator[ClosedChunk]],
        batch: FrameBatch,
        segment: Segment | None,
        outcome: WindowOutcome,
    ) -> None:
        """Take out what closes; frames that can't be put together are dropped, so that numbers and holds go on."""
        try:
            _emit(closing(), outcome)
        except Exception as error:
            outcome.broken.append(_letter(error, batch, segment))
            window.drop_frames()
            _emit(closing(), outcome)

    def _forget(self, stream: str, tap_id: str) -> None:
        """Let go of a stream that has ended, and remember that it has."""
        self._drop(stream, tap_id)
        self._ended[stream] = None
        if len(self._ended) > MAX_ENDED:
            self._ended.popitem(last=False)

    def _drop(self, stream: str, tap_id: str) -> None:
        window = self._streams.pop(stream)
        self.counters.late += window.late
        self.counters.broken_events += window.broken_events
        self.counters.nameless_events += window.nameless_events
        self._taps[tap_id].forget(stream)
        self._waiting.get(tap_id, {}).pop(stream, None)


def _emit(closed: Iterator[ClosedChunk], outcome: WindowOutcome) -> None:
    for each in closed:
        if each.chunk is None:
            for hold in each.releases:
                hold.release()
        else:
            outcome.emissions.append(Emission(CHUNKS, each.chunk.head.call_id, each.chunk, each.releases))


def _letter(error: Exception, batch: FrameBatch, segment: Segment | None) -> DeadLetter:
    """A segment alone, or a batch without any where the fault is in none of its own."""
    reason = str(error) if isinstance(error, BrokenSegmentError) else f"{type(error).__name__}: {error}"
    alone = msgspec.structs.replace(batch, segments=[segment] if segment else [])
    return DeadLetter(reason, encode(alone), segment.call_id.encode() if segment else None)
