"""Packets through a tap into Kafka, at the pace they were captured or faster."""

import time
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from schemas.codec import Codec
from schemas.records import FrameBatch
from streams.acknowledged import AcknowledgedProducer
from streams.capture import Packet
from streams.settings import Settings
from streams.tap import Tap
from streams.topics import FRAMES, MAX_MESSAGE_BYTES

STEP_US: Final = 50_000  # between packets the tap's clock moves in such steps, so that ticks come in time
FLUSH_TIMEOUT_S: Final = 60.0
DELIVERY_TIMEOUT_MS: Final = 120_000
QUEUE_KB: Final = 256 << 10


class FeedError(RuntimeError):
    """Frames can't be brought into Kafka; the message says why."""


class FrameProducer:
    """Sends a tap's batches to ``rtp.frames``; a batch that Kafka does not take is an error, never a silent loss."""

    def __init__(self, settings: Settings, codec: Codec) -> None:
        self.batches = 0
        self.segments = 0
        self._codec = codec
        options: dict[str, str | int | bool] = {
            "enable.idempotence": True,  # batches of a partition must not change places
            "linger.ms": 5,
            "delivery.timeout.ms": DELIVERY_TIMEOUT_MS,
            "message.max.bytes": MAX_MESSAGE_BYTES,
            "queue.buffering.max.kbytes": QUEUE_KB,
        }
        self._producer = AcknowledgedProducer(settings, FRAMES, "a batch", FeedError, options, flush_s=FLUSH_TIMEOUT_S)

    def send(self, batches: Iterable[tuple[int, FrameBatch]]) -> None:
        """Queue batches, each for its partition; waits while the queue is full.

        Raises
        ------
        FeedError
            If Kafka did not take an earlier batch.
        """
        for partition, batch in batches:
            self._producer.send(self._codec.encode(batch, FRAMES), partition=partition)
            self.batches += 1
            self.segments += len(batch.segments)

    def flush(self) -> None:
        """Wait until Kafka has everything.

        Raises
        ------
        FeedError
            If it has not within a minute, or refused a batch.
        """
        self._producer.flush()


def shifted(packets: Iterable[Packet], now_us: int) -> Iterable[Packet]:
    """Packets with their capture times moved so that the first is captured now."""
    shift: int | None = None
    for packet in packets:
        if shift is None:
            shift = now_us - packet.captured_us
        yield msgspec.structs.replace(packet, captured_us=packet.captured_us + shift)


def feed_packets(
    packets: Iterable[Packet],
    tap: Tap,
    send: Callable[[Iterable[tuple[int, FrameBatch]]], None],
    *,
    speed: float | None = None,
    progress: Callable[[Packet], None] | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> None:
    """Bring packets through a tap.

    Parameters
    ----------
    packets
        In order of capture.
    tap
        Is closed at the end: every stream ends.
    send
        Where batches go.
    speed
        1.0 keeps the pace of the capture, 2.0 is twice as fast; None: as fast as it goes.
    progress
        Called with each packet.
    stopped
        Asked before each packet and while waiting for one; True ends the feed as a tap that is stopped would.
    """
    begun_s = time.monotonic()
    first_us: int | None = None
    clock_us = 0
    for packet in packets:
        if first_us is None:
            first_us = clock_us = packet.captured_us
        if speed is not None:
            while clock_us < packet.captured_us and not stopped():
                clock_us = min(packet.captured_us, clock_us + STEP_US)
                ahead_s = (clock_us - first_us) / 1e6 / speed - (time.monotonic() - begun_s)
                if ahead_s > 0.001:
                    time.sleep(ahead_s)
                if clock_us < packet.captured_us:
                    send(tap.advance(clock_us))
        if stopped():
            break
        send(tap.feed(packet))
        if progress is not None:
            progress(packet)
    send(tap.close())
