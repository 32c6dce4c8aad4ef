"""Reads ``call.verdicts``: all partitions, without a consumer group, from a moment on, to now or for ever."""

import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Final, Self

from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, Consumer, KafkaError, KafkaException, TopicPartition

from streams.look import LookError
from streams.settings import Settings
from streams.topics import VERDICTS, list_topics

BATCH: Final = 2_000
POLL_S: Final = 0.2
ASK_S: Final = 10.0
PATIENCE_S: Final = 15.0  # without Kafka, before reading to the end is given up


class VerdictTail:
    """Values of verdict records in the order of their partitions.

    Parameters
    ----------
    settings
        Where Kafka is.
    since_ms
        From records of this time on, ms since 1970; None: from now on if following, else all there are.
    follow
        Go on for ever, instead of to the end as it is now.
    on_away
        Told True when Kafka is away, False when it is back.
    """

    def __init__(
        self, settings: Settings, *, since_ms: int | None, follow: bool, on_away: Callable[[bool], None]
    ) -> None:
        self._settings = settings
        self._topic = settings.prefix + VERDICTS
        self._since_ms = since_ms
        self._follow = follow
        self._on_away = on_away
        self._away_since: float | None = None
        self._consumer: Consumer | None = None
        self._ends: dict[int, int] = {}

    def __enter__(self) -> Self:
        """Find the places to read from.

        Raises
        ------
        TopicsError, LookError
            If Kafka does not answer, or the topic is missing.
        """
        partitions = list_topics(self._settings.client()).get(self._topic, 0)
        if not partitions:
            raise LookError(f"{self._topic} is missing: run 'callsieve topics create' first, or see --prefix")
        self._consumer = Consumer(
            self._settings.client()
            | {"group.id": "callsieve-look", "enable.auto.commit": False, "auto.offset.reset": "earliest"}
            | {"enable.partition.eof": True, "error_cb": self._failed, "log_level": 0}
        )
        try:
            self._consumer.assign(self._places(self._consumer, partitions))
        except KafkaException as error:
            self._consumer.close()
            raise LookError(f"{self._topic} can't be read: {error.args[0].str()}") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._consumer is not None:
            self._consumer.close()

    def _places(self, consumer: Consumer, partitions: int) -> list[TopicPartition]:
        numbers = range(partitions)
        if not self._follow:
            for number in numbers:
                low, high = consumer.get_watermark_offsets(TopicPartition(self._topic, number), timeout=ASK_S)
                if high > low:
                    self._ends[number] = high
        if self._since_ms is None:
            begin = OFFSET_END if self._follow else OFFSET_BEGINNING
            return [TopicPartition(self._topic, number, begin) for number in numbers]
        moments = [TopicPartition(self._topic, number, max(0, self._since_ms)) for number in numbers]
        return [
            TopicPartition(self._topic, found.partition, found.offset if found.offset >= 0 else OFFSET_END)
            for found in consumer.offsets_for_times(moments, timeout=ASK_S)
        ]

    def batches(self) -> Iterator[list[bytes | None]]:
        """Values as they come; an empty list now and then when none do.

        Raises
        ------
        LookError
            If Kafka refuses, the topic is gone, or the end was not reached because Kafka is away.
        """
        assert self._consumer is not None  # noqa: S101 - entered
        while self._follow or self._ends:
            values: list[bytes | None] = []
            for message in self._consumer.consume(BATCH, POLL_S):
                error = message.error()
                if error is None:
                    values.append(message.value())
                    self._reached(message.partition(), (message.offset() or 0) + 1)
                elif error.code() == KafkaError._PARTITION_EOF:
                    self._ends.pop(message.partition() or 0, None)
                elif not error.retriable():
                    raise LookError(f"{self._topic} can't be read any more: {error.str()}")
            if self._away_since is not None and (values or self._answers()):
                self._away_since = None
                self._on_away(False)
            elif not self._follow and self._away_since and time.monotonic() - self._away_since > PATIENCE_S:
                raise LookError(f"no Kafka at {self._settings.bootstrap} for {PATIENCE_S:.0f} s: not read to the end")
            yield values

    def _reached(self, partition: int | None, offset: int) -> None:
        number = partition or 0
        if offset >= self._ends.get(number, offset + 1):
            del self._ends[number]

    def _failed(self, error: KafkaError) -> None:
        if error.code() == KafkaError._ALL_BROKERS_DOWN and self._away_since is None:
            self._away_since = time.monotonic()
            self._on_away(True)

    def _answers(self) -> bool:
        """Whether Kafka is back, though there is nothing to read."""
        assert self._consumer is not None  # noqa: S101 - entered
        try:
            self._consumer.get_watermark_offsets(TopicPartition(self._topic, 0), timeout=POLL_S)
        except KafkaException:
            return False
        return True
