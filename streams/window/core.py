"""The window of one partition: batches of frames in, chunks out, each input held until nothing needs it."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Literal

import msgspec

from schemas.codec import encode
from schemas.frames import BrokenSegmentError
from schemas.ids import partition_of, stream_id
from schemas.records import FrameBatch, Segment
from streams.acker import Hold
from streams.emission import DeadLetter, Emission
from streams.topics import CHUNKS
from streams.window.intake import check_batch, place
from streams.window.stream import ClosedChunk, StreamWindow

TAP_SILENCE_MS: Final = 10_000  # of a tap, by the timestamps of another tap's records on the same partition
MAX_ENDED: Final = 100_000  # ended streams remembered, so that what comes after their end is dropped


@dataclass(slots=True)
class WindowCounters:
    """What was dropped and why; all counts."""

    after_end: int = 0
    old_epoch: int = 0
    late: int = 0
    broken_events: int = 0
    taken_over: int = 0
    tap_lost: int = 0


@dataclass(slots=True)
class _Tap:
    epoch: int
    clock_ms: int
    lost: bool = False
    others: dict[str, int] = field(default_factory=dict)  # when other taps were first heard since this one was
    streams: set[str] = field(default_factory=set)


@dataclass(slots=True)
class WindowOutcome:
    """What a batch led to: chunks to send in order, holds to release at once, and what was broken."""

    emissions: list[Emission] = field(default_factory=list)
    broken: list[DeadLetter] = field(default_factory=list)


class WindowCore:
    """Windows of all streams on one partition.

    Parameters
    ----------
    partition, partitions
        Which partition this is, of how many; a call that belongs elsewhere is refused.
    """

    def __init__(self, partition: int, partitions: int) -> None:
        self.counters = WindowCounters()
        self._partition = partition
        self._partitions = partitions
        self._taps: dict[str, _Tap] = {}
        self._streams: dict[str, StreamWindow] = {}
        self._waiting: dict[str, set[str]] = {}  # tap -> streams with a chunk that closes by its clock
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
            If the batch's clocks can't be meant; nothing was done.
        """
        check_batch(batch)
        outcome = WindowOutcome()
        tap = self._heard(batch, now_ms, outcome)
        if tap is None:
            self.counters.old_epoch += len(batch.segments)
            return outcome
        for segment in batch.segments:
            try:
                self._segment(segment, batch, tap, hold, outcome)
            except Exception as error:  # whatever it is, it costs one segment
                outcome.broken.append(_letter(error, batch, segment))
        self._advance(batch, tap, outcome)
        return outcome

    def _heard(self, batch: FrameBatch, now_ms: int, outcome: WindowOutcome) -> _Tap | None:
        """Keep the taps' clocks; end what a restarted or silent tap left behind."""
        tap = self._taps.get(batch.tap_id)
        if tap is None:
            tap = self._taps[batch.tap_id] = _Tap(batch.tap_epoch, batch.clock_ms)
        if batch.tap_epoch < tap.epoch:
            return None
        if batch.tap_epoch > tap.epoch:
            self._end_all(batch.tap_id, tap, "tap_restart", batch, outcome)
            tap.epoch, tap.clock_ms = batch.tap_epoch, batch.clock_ms
        tap.clock_ms = max(tap.clock_ms, batch.clock_ms)
        tap.lost = False
        tap.others.clear()
        for other_id, other in self._taps.items():
            if other is tap or other.lost:
                continue
            if now_ms - other.others.setdefault(batch.tap_id, now_ms) >= TAP_SILENCE_MS:
                other.lost = True
                self.counters.tap_lost += 1
                self._end_all(other_id, other, "tap_lost", batch, outcome)
        return tap

    def _end_all(
        self,
        tap_id: str,
        tap: _Tap,
        reason: Literal["tap_lost", "tap_restart"],
        batch: FrameBatch,
        outcome: WindowOutcome,
    ) -> None:
        for stream in sorted(tap.streams):
            window = self._streams[stream]
            end = partial(window.end, reason, reason, None, window.begun)
            self._send(window, end, batch, None, outcome)
            self._forget(stream, tap_id, tap)

    def _segment(self, segment: Segment, batch: FrameBatch, tap: _Tap, hold: Hold, outcome: WindowOutcome) -> None:
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
            window = StreamWindow(segment, batch.tap_id, batch.tap_epoch)
        if window.skips_too_far(segment):
            raise BrokenSegmentError(f"chunk {segment.chunk}, {segment.begun} begun: too far from {window.begun}")
        if stream not in self._streams:
            self.counters.taken_over += window.taken_over
            self._streams[stream] = window
            tap.streams.add(stream)
        if segment.kind == "end":
            window.learn(segment.facts)
            end = partial(window.end, "end", segment.end_reason, hold, segment.begun)
            self._send(window, end, batch, segment, outcome)
            self._forget(stream, batch.tap_id, tap)
            return
        try:
            window.feed(segment, placed, hold, tap.clock_ms)
        finally:
            if window.waiting:
                self._waiting.setdefault(batch.tap_id, set()).add(stream)
        self._send(window, window.complete, batch, segment, outcome)

    def _advance(self, batch: FrameBatch, tap: _Tap, outcome: WindowOutcome) -> None:
        waiting = self._waiting.get(batch.tap_id)
        if not waiting:
            return
        for stream in sorted(waiting):
            window = self._streams[stream]
            self._send(window, partial(window.advance, tap.clock_ms), batch, None, outcome)
            if not window.waiting:
                waiting.discard(stream)

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

    def _forget(self, stream: str, tap_id: str, tap: _Tap) -> None:
        window = self._streams.pop(stream)
        self.counters.late += window.late
        self.counters.broken_events += window.broken_events
        tap.streams.discard(stream)
        self._waiting.get(tap_id, set()).discard(stream)
        self._ended[stream] = None
        if len(self._ended) > MAX_ENDED:
            self._ended.popitem(last=False)


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
