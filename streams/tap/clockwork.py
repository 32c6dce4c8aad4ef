"""The capture clock: what is due when, and batches on their way out."""

import heapq
from collections.abc import Callable
from typing import Final

from schemas.records import FrameBatch, Segment
from streams.tap.partition import Partition
from streams.tap.settings import TapCounters, TapSettings
from streams.tap.stream import Stream

NEVER: Final = 1 << 62
LEAP_US: Final = 1_000_000  # a capture that is silent for longer is not filled with empty batches
EARLIER_US: Final = 100_000  # streams are not scheduled afresh for less

Batches = list[tuple[int, FrameBatch]]


class Clockwork:
    """Partitions and everything that waits for the capture clock.

    Parameters
    ----------
    stream_due
        Called with a stream and the time at which it asked to be looked at; returns when next, or None when it has
        ended.
    sweep
        Called with the time, every half idle timeout.
    """

    def __init__(
        self,
        tap_id: str,
        tap_epoch: int,
        partitions: int,
        settings: TapSettings,
        counters: TapCounters,
        stream_due: Callable[[Stream, int], int | None],
        sweep: Callable[[int], None],
    ) -> None:
        self.now_us = -1
        self.wake_us = -1  # nothing is due earlier
        self.partitions = [Partition(number, 0) for number in range(partitions)]
        self.out: Batches = []
        self._tap_id = tap_id
        self._tap_epoch = tap_epoch
        self._counters = counters
        self._stream_due = stream_due
        self._sweep = sweep
        self._batch_us = settings.batch_ms * 1000
        self._boundary_us = settings.boundary_ms * 1000
        self._max_bytes = settings.max_batch_bytes
        self._sweep_every_us = max(round(settings.idle_timeout_s * 500_000), self._batch_us)
        self._round_us = self._sweep_us = self._urgent_us = NEVER
        self._serial = 0
        self._dues: list[tuple[int, int, Stream]] = []

    def advance(self, clock_us: int) -> None:
        """Let time pass: do all that is due until then, in order of time."""
        if self.now_us < 0:
            self.now_us = clock_us
            self._round_us = clock_us + self._batch_us
            self._sweep_us = clock_us + self._sweep_every_us
            for partition in self.partitions:
                partition.sent_us = clock_us
        while (due_us := self._next_us()) <= clock_us:
            self.now_us = max(self.now_us, due_us)
            if self._urgent_us <= due_us:
                self.send_urgent()
            elif self._dues and self._dues[0][0] <= due_us:
                self._look_at_stream()
            elif self._sweep_us <= due_us:
                self._sweep(self.now_us)
                self._sweep_us = max(due_us, clock_us - LEAP_US) + self._sweep_every_us
            else:
                self._round(due_us, clock_us)
        self.now_us = max(self.now_us, clock_us)

    def _next_us(self) -> int:
        stream_us = self._dues[0][0] if self._dues else NEVER
        self.wake_us = min(stream_us, self._round_us, self._urgent_us, self._sweep_us)
        return self.wake_us

    def _look_at_stream(self) -> None:
        due_us, _, stream = heapq.heappop(self._dues)
        if stream.ended or stream.due_us != due_us:  # scheduled afresh meanwhile
            return
        next_us = self._stream_due(stream, self.now_us)
        if next_us is not None:
            self.watch(stream, next_us)
        if stream.partition.urgent:
            self.hurry(stream.partition)

    def watch(self, stream: Stream, due_us: int) -> None:
        """Look at a stream at a time; replaces what was asked for it before."""
        stream.due_us = due_us
        self._serial += 1
        heapq.heappush(self._dues, (due_us, self._serial, stream))
        self.wake_us = min(self.wake_us, due_us)

    def hurry(self, partition: Partition) -> None:
        """A partition has something that should go at once, or more than a batch may hold."""
        due_us = partition.sent_us + self._boundary_us
        if partition.size >= self._max_bytes:
            self.send(partition)
            return
        if self.now_us >= due_us:
            self._batch(partition, partition.take_urgent(self.now_us))
            return
        self._urgent_us = min(self._urgent_us, due_us)
        self.wake_us = min(self.wake_us, due_us)

    def send_urgent(self) -> None:
        """Send the partitions in a hurry whose time has come, and those that have more than a batch may hold."""
        self._urgent_us = NEVER
        for partition in self.partitions:
            if partition.urgent or partition.size >= self._max_bytes:
                self.hurry(partition)

    def _round(self, due_us: int, clock_us: int) -> None:
        leap = clock_us - due_us > LEAP_US
        for partition in self.partitions:
            if partition.waiting or (not leap and due_us - partition.sent_us >= self._batch_us):
                self.send(partition)
        self._round_us = due_us + self._batch_us
        if leap:  # nothing waits now: the next to happen is a stream's due time, or the end of the leap
            stream_us = self._dues[0][0] if self._dues else NEVER
            self._round_us = max(self._round_us, min(stream_us, clock_us))

    def send(self, partition: Partition) -> None:
        """Batch all that a partition has, nothing included."""
        self._batch(partition, partition.take(self.now_us))

    def _batch(self, partition: Partition, segments: list[Segment]) -> None:
        self._counters.batches += 1
        batch = FrameBatch(
            tap_id=self._tap_id, tap_epoch=self._tap_epoch, clock_ms=self.now_us // 1000, segments=segments
        )
        self.out.append((partition.number, batch))

    def take(self) -> Batches:
        """Batches made since the last time."""
        out, self.out = self.out, []
        return out
