"""How many records were buried lately, by topic."""

import time
from typing import Final

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from streams.dlq.letters import RETRIED, headers_of
from streams.settings import Settings
from streams.topics import MAX_MESSAGE_BYTES, TOPICS, TopicsError, dead_letters, list_topics

ASK_S: Final = 3.0
READ_S: Final = 10.0
MOST_READ: Final = 10_000  # records of a topic that are looked at


def count_dead_letters(settings: Settings, *, since_ms: int) -> dict[str, int] | None:
    """Dead letters since a moment (ms since 1970) that Kafka still keeps, by the topic they were meant for.

    Marks of letters that were sent back lie in the same topics; what is read tells them apart. Of more than 10,000
    records, or where that takes longer than 10 s, only their places are counted, a mark (of up to 500 letters) as one.

    None where Kafka does not answer: a report can do without.
    """
    try:
        existing = list_topics(settings.client(), timeout_s=ASK_S)
    except TopicsError:
        return None
    consumer = Consumer(
        settings.client()
        | {"group.id": "callsieve-look", "enable.auto.commit": False, "enable.partition.eof": True, "log_level": 0}
        | {"fetch.message.max.bytes": MAX_MESSAGE_BYTES, "queued.max.messages.kbytes": 16_384}
    )
    try:
        return {
            spec.name: count
            for spec in TOPICS
            if (partitions := existing.get(settings.prefix + dead_letters(spec.name)))
            and (count := _count(consumer, settings.prefix + dead_letters(spec.name), partitions, since_ms))
        }
    except KafkaException:
        return None
    finally:
        consumer.close()


def _count(consumer: Consumer, topic: str, partitions: int, since_ms: int) -> int:
    moments = [TopicPartition(topic, number, max(0, since_ms)) for number in range(partitions)]
    spans: dict[int, tuple[int, int]] = {}
    for place in consumer.offsets_for_times(moments, timeout=ASK_S):
        _, high = consumer.get_watermark_offsets(place, timeout=ASK_S)
        if 0 <= place.offset < high:  # otherwise no record is as young
            spans[place.partition] = (place.offset, high)
    total = sum(end - begin for begin, end in spans.values())
    return total - _marks(consumer, topic, spans) if 0 < total <= MOST_READ else total


def _marks(consumer: Consumer, topic: str, spans: dict[int, tuple[int, int]]) -> int:
    """How many of the records are no letters."""
    consumer.assign([TopicPartition(topic, partition, begin) for partition, (begin, _) in spans.items()])
    deadline, unread, marks = time.monotonic() + READ_S, set(spans), 0
    while unread and time.monotonic() < deadline:
        for message in consumer.consume(500, 0.5):
            partition, offset, error = message.partition() or 0, message.offset() or 0, message.error()
            if error is not None and error.code() != KafkaError._PARTITION_EOF:
                raise KafkaException(error)
            end = spans[partition][1]
            if error is not None or offset >= end - 1:
                unread.discard(partition)
            marks += error is None and offset < end and RETRIED in headers_of(message.headers())
    consumer.unassign()
    return marks
