"""Reads dead-letter topics, from their beginning to what is their end when it begins."""

import time
from collections.abc import Callable, Iterator
from typing import Final

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from streams.dlq.letters import RETRIED, DeadLettersError, Letter, Marks, Place, headers_of, letter_of
from streams.dlq.retry import Newest
from streams.librdkafka import read_spans
from streams.settings import Settings
from streams.topics import DEAD, FRAMES, MAX_MESSAGE_BYTES, TOPICS, TopicsError, dead_letters, list_topics

SILENCE_S: Final = 15.0  # without any record: Kafka is away
NAMES: Final = tuple(spec.name for spec in TOPICS if not spec.name.endswith(DEAD))
Progress = Callable[[int, int], None]
"""Called with the records read so far and those there are."""


def topic_named(name: str) -> str:
    """The topic that dead letters came from, by its name or theirs.

    Raises
    ------
    DeadLettersError
        If there is none of that name.
    """
    topic = name.removesuffix(DEAD)
    if topic not in NAMES:
        raise DeadLettersError(f"no topic {topic!r}: one of {', '.join(NAMES)}")
    return topic


class LetterBox:
    """The dead letters of one topic, read as often as asked for; nothing is committed.

    Parameters
    ----------
    settings
        Where Kafka is.
    topic
        The topic they came from, without prefix.
    progress
        Told how far reading is.

    Raises
    ------
    DeadLettersError
        By every method, if Kafka does not answer or the topic is missing.
    """

    def __init__(self, settings: Settings, topic: str = FRAMES, progress: Progress = lambda read, of: None) -> None:
        self.topic = topic
        self.name = settings.prefix + dead_letters(topic)
        self._settings = settings
        self._progress = progress

    def marks(self) -> Marks:
        """Which letters were sent back."""
        marks = Marks()
        for message in self._messages(None):
            headers = headers_of(message.headers())
            if RETRIED in headers:
                marks.read(message.partition() or 0, headers[RETRIED])
        return marks

    def letters(self, only: Place | None = None) -> Iterator[Letter]:
        """All letters, each partition's in order; or the one at a place."""
        for message in self._messages(only):
            headers = headers_of(message.headers())
            if RETRIED not in headers:
                place = Place(message.partition() or 0, message.offset() or 0)
                yield letter_of(place, message.timestamp()[1], message.key(), message.value(), headers)

    def newest(self) -> Newest:
        """Of the topic the letters came from: every key with its newest place; for compacted topics."""
        newest = Newest()
        for message in self._messages(None, self._settings.prefix + self.topic):
            newest.note(message.key() or b"", Place(message.partition() or 0, message.offset() or 0))
        return newest

    def partitions(self) -> int:
        """How many partitions the topic has that the letters came from."""
        return self._count(self._settings.prefix + self.topic)

    def _messages(self, only: Place | None, name: str = "") -> Iterator[Message]:
        name = name or self.name
        consumer = Consumer(
            self._settings.client()
            | {"group.id": f"{self._settings.prefix}callsieve-dlq", "enable.auto.commit": False, "log_level": 0}
            | {"fetch.message.max.bytes": MAX_MESSAGE_BYTES, "queued.max.messages.kbytes": 16_384}
            | {"enable.partition.eof": True}
        )
        try:
            yield from self._from(consumer, name, self._ends(consumer, name, only))
        except KafkaException as error:
            raise DeadLettersError(f"{name} can't be read: {error.args[0].str()}") from error
        finally:
            consumer.close()

    def _from(self, consumer: Consumer, name: str, ends: dict[int, tuple[int, int]]) -> Iterator[Message]:
        total = sum(end - begin for begin, end in ends.values())
        read, heard_s = 0, time.monotonic()
        for messages in read_spans(consumer, name, ends):
            if messages:
                heard_s = time.monotonic()
            elif time.monotonic() - heard_s > SILENCE_S:
                raise DeadLettersError(f"{name}: nothing for {SILENCE_S:.0f} s, {total - read} records unread")
            for message in messages:
                read += 1
                yield message
            self._progress(read, total)

    def _ends(self, consumer: Consumer, name: str, only: Place | None) -> dict[int, tuple[int, int]]:
        """First offset, and the one after the last, of each partition that is to be read."""
        count = self._count(name)
        if only is None:
            places = [TopicPartition(name, partition) for partition in range(count)]
            return {place.partition: consumer.get_watermark_offsets(place, timeout=10) for place in places}
        if only.partition < count:
            low, high = consumer.get_watermark_offsets(TopicPartition(name, only.partition), timeout=10)
            if low <= only.offset < high:
                return {only.partition: (only.offset, only.offset + 1)}
        raise DeadLettersError(f"{name} has no letter {only.offset} in partition {only.partition}")

    def _count(self, name: str) -> int:
        try:
            count = list_topics(self._settings.client()).get(name, 0)
        except TopicsError as error:
            raise DeadLettersError(str(error)) from error
        if not count:
            raise DeadLettersError(f"{name} is missing: run 'callsieve topics create' first")
        return count
