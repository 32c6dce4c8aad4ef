"""One process, one thread: packets from the kernel through the tap to Kafka."""

import selectors
import time
from collections.abc import Callable
from typing import Final

import msgspec

from streams.live.control import ControlPort
from streams.live.errors import LiveError
from streams.live.figures import Figures, Source, Stopwatch, memory_peak_mb
from streams.live.outlet import Outlet
from streams.tap import Tap

WAKE_S: Final = 0.05  # the tap's clock goes on without packets too
MAX_READS: Final = 16  # before the control channel has its turn
TELL_S: Final = 1.0
FLUSH_S: Final = 20.0  # at the end, for Kafka to take what is queued
DRAIN_S: Final = 5.0  # at the end, for packets that the kernel has already
LATE_S: Final = 0.1  # the last of them may be handed over so late

Tell = Callable[[Figures], None]


class LiveTap:
    """A tap between a source of packets and Kafka.

    Parameters
    ----------
    tap_id, tap_epoch
        As ``tap`` has them, for the figures.
    tell
        Called with the figures about once a second, from the thread that runs.

    Attributes
    ----------
    beat_s
        When packets were last asked for, by ``time.monotonic``.
    figures
        As of the last second.
    """

    def __init__(
        self,
        tap_id: str,
        tap_epoch: int,
        tap: Tap,
        source: Source,
        outlet: Outlet,
        control: ControlPort | None = None,
        tell: Tell | None = None,
    ) -> None:
        self.beat_s = time.monotonic()
        self.outlet = outlet
        self._tap = tap
        self._source = source
        self._control = control
        self._tell = tell
        self._watch = Stopwatch()
        self._told_s = 0.0
        self._unread = 0
        self.figures = Figures(
            tap_id=tap_id,
            tap_epoch=tap_epoch,
            capture={},
            tap=tap.counters,
            outlet=outlet.counters,
            control=None if control is None else control.counters,
        )

    def run(self, stopped: Callable[[], bool]) -> Figures:
        """Go on until asked to stop; then end all streams, and wait until Kafka knows.

        Raises
        ------
        LiveError
            If it can't go on: the interface is gone, Kafka refuses or there is no room for marks. All streams have
            been ended as far as Kafka takes it.
        """
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(self._source, selectors.EVENT_READ)
                if self._control is not None:
                    selector.register(self._control, selectors.EVENT_READ)
                more = False
                while not stopped():
                    selector.select(0 if more else WAKE_S)
                    more = self._turn()
                self._drain()
        except BaseException as error:
            self._end(error)
            raise
        self._end(None)
        return self.figures

    def _turn(self) -> bool:
        """Read what waits; whether more does."""
        self.beat_s = time.monotonic()
        more = True
        for _ in range(MAX_READS):
            more = self._read()
            if not more:
                break
        if self._control is not None:
            more = self._control.serve() or more
        self.outlet.poll()
        if self.beat_s - self._told_s >= TELL_S:
            self._told_s = self.beat_s
            self._reckon()
        return more

    def _read(self) -> bool:
        """Bring one reading of packets through the tap; whether there were any."""
        packets = self._source.read()
        feed, send = self._tap.feed, self.outlet.send
        for packet in packets:
            batches = feed(packet)
            if batches:
                send(batches)
        if not packets:
            send(self._tap.advance(self._source.quiet_until_us))
        return bool(packets)

    def _drain(self) -> None:
        """Take in what the kernel has; what there is no time for is counted as dropped."""
        self._source.stop()
        begin_s = time.monotonic()
        while time.monotonic() < begin_s + DRAIN_S:
            if not self._read():
                if time.monotonic() > begin_s + LATE_S:
                    return
                time.sleep(LATE_S / 10)
        while packets := self._source.read():
            self._unread += len(packets)

    def _end(self, error: BaseException | None) -> None:
        """End all streams; after an error as far as it goes."""
        try:
            self.outlet.send(self._tap.close())
            self.outlet.close(FLUSH_S)
        except LiveError:
            if error is None:
                raise
        finally:
            self._reckon()

    def _reckon(self) -> None:
        """Bring the figures up to date."""
        figures, watch, source = self.figures, self._watch, self._source
        reception = self._tap.reception()
        seconds = watch.wall_s
        packets = self._tap.counters.packets
        since_s = max(seconds - figures.seconds, 1e-3)
        figures.packets_per_s = (packets - figures.packets) / since_s
        figures.seconds, figures.packets = seconds, packets
        figures.cpu_seconds = watch.cpu_s
        figures.calls_up = self._tap.streams_up
        figures.calls_peak = max(figures.calls_peak, figures.calls_up)
        figures.call_seconds = reception.call_us / 1e6
        figures.cpu_per_call = figures.cpu_seconds / figures.call_seconds if reception.call_us else 0.0
        figures.kernel_dropped = source.dropped() + self._unread
        figures.rtp_expected, figures.rtp_lost = reception.expected, reception.lost
        figures.loss_share = reception.loss_share
        figures.jitter_ms, figures.jitter_max_ms = reception.jitter_ms, reception.jitter_max_us / 1000
        figures.queued_bytes, figures.oldest_s = self.outlet.queued_bytes, self.outlet.oldest_s
        figures.memory_peak_mb = memory_peak_mb()
        figures.capture = msgspec.to_builtins(source.counters)
        if self._tell is not None:
            self._tell(figures)
