"""The way out to Kafka: never waits, sheds audio when Kafka is slow or away, and loses no mark."""

import time
from collections import deque
from collections.abc import Iterable
from typing import Final

import msgspec
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from schemas.codec import Codec
from schemas.records import FrameBatch
from streams.librdkafka import SILENCED
from streams.live.errors import LiveError
from streams.live.shed import without_audio
from streams.settings import Settings
from streams.topics import FRAMES, MAX_MESSAGE_BYTES

AUDIO_SHARE: Final = 0.75  # of the queue; the rest is for marks alone
MESSAGE_BYTES: Final = 512  # of a queued message besides its value
AWAY_S: Final = 5.0  # a batch that waits for so long says that Kafka is away


class OutletCounters(msgspec.Struct):
    """What went out. ``shed_`` counts what was left out for want of room."""

    batches: int = 0
    segments: int = 0
    bytes: int = 0
    delivered: int = 0
    shed_segments: int = 0
    shed_frames: int = 0
    shed_batches: int = 0
    queue_peak_bytes: int = 0


class Outlet:
    """Sends a tap's batches to ``rtp.frames`` from a bounded queue; Kafka may take as long as it likes.

    Audio may fill three quarters of the queue. Beyond them it is shed and counted, and only marks go on.

    Parameters
    ----------
    settings
        Where Kafka is.
    codec
        Writes the batches.
    queue_bytes
        Room for what Kafka has not taken yet.
    """

    def __init__(self, settings: Settings, codec: Codec, queue_bytes: int) -> None:
        self.counters = OutletCounters()
        self.queued_bytes = 0
        self._codec = codec
        self._queue_bytes = queue_bytes
        self._audio_bytes = int(queue_bytes * AUDIO_SHARE)
        self._topic = settings.prefix + FRAMES
        self._failure: KafkaError | None = None
        self._waiting: dict[int, deque[tuple[float, int]]] = {}  # per partition: since when, and how large
        self._producer = Producer(
            settings.client()
            | {
                "acks": "all",
                "enable.idempotence": True,  # batches of a partition must not change places
                "partitioner": "murmur2",
                "linger.ms": 5,
                "message.timeout.ms": 0,  # none: what is queued goes out whenever Kafka is back
                "message.max.bytes": MAX_MESSAGE_BYTES,
                "queue.buffering.max.messages": 0,  # the bound is ours, in bytes
                "queue.buffering.max.kbytes": 2 * queue_bytes // 1024 + 1024,
                "log_level": 0,
            },
            logger=SILENCED,
        )

    def send(self, batches: Iterable[tuple[int, FrameBatch]]) -> None:
        """Queue batches, each for its partition.

        Raises
        ------
        LiveError
            If Kafka refused an earlier batch, or there is no room even for marks.
        """
        counters = self.counters
        for partition, batch in batches:
            value = self._codec.encode(batch, FRAMES)
            if self.queued_bytes + len(value) + MESSAGE_BYTES > self._audio_bytes:
                shed = without_audio(batch)
                counters.shed_segments += shed.segments
                counters.shed_frames += shed.frames
                if shed.batch is None:
                    counters.shed_batches += 1
                    continue
                batch, value = shed.batch, self._codec.encode(shed.batch, FRAMES)  # noqa: PLW2901 - what is left of it
            self._queue(partition, value)
            counters.segments += len(batch.segments)
        self.poll()

    def _queue(self, partition: int, value: bytes) -> None:
        size = len(value) + MESSAGE_BYTES
        if self.queued_bytes + size > self._queue_bytes:
            raise LiveError(
                f"Kafka has taken nothing for {self.oldest_s:.0f} s and {self._queue_bytes >> 20} MB of marks wait: "
                "there is no room for more. When Kafka is back, start the tap again; that ends the calls of this run"
            )
        waiting = self._waiting.setdefault(partition, deque())
        waiting.append((time.monotonic(), size))  # before Kafka can say that it has it
        try:
            self._producer.produce(self._topic, value, partition=partition, on_delivery=self._delivered)
        except (BufferError, KafkaException) as error:
            waiting.pop()
            raise LiveError(f"{self._topic} can't be written: {error}") from error
        self.queued_bytes += size
        self.counters.batches += 1
        self.counters.bytes += len(value)
        self.counters.queue_peak_bytes = max(self.counters.queue_peak_bytes, self.queued_bytes)

    def poll(self) -> None:
        """Learn what Kafka has taken.

        Raises
        ------
        LiveError
            If it refused a batch.
        """
        self._producer.poll(0)
        if self._failure is not None:
            raise LiveError(f"{self._topic} did not take a batch: {self._failure.str()}")

    @property
    def oldest_s(self) -> float:
        """How long the batch that has waited longest has, in seconds; 0 if none waits."""
        begun = [waiting[0][0] for waiting in list(self._waiting.values()) if waiting]
        return time.monotonic() - min(begun) if begun else 0.0

    @property
    def is_away(self) -> bool:
        """Whether Kafka seems to be away: some batch has waited for five seconds."""
        return self.oldest_s > AWAY_S

    def close(self, timeout_s: float) -> None:
        """Wait until Kafka has everything.

        Raises
        ------
        LiveError
            If it has not in time, or refused a batch.
        """
        left = self._producer.flush(timeout_s)
        self.poll()
        if left:
            raise LiveError(
                f"{left} batches were not taken within {timeout_s:.0f} s, the ends of calls among them: is Kafka away? "
                "The next run of this tap ends those calls"
            )

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        _, size = self._waiting[message.partition() or 0].popleft()
        self.queued_bytes -= size
        if error is not None:
            self._failure = error
        else:
            self.counters.delivered += 1
