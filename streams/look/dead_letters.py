"""How many records were buried lately, by topic."""

import time
from typing import Final

from confluent_kafka import Consumer, KafkaException, TopicPartition

from streams.dlq.letters import RETRIED, headers_of
from streams.librdkafka import read_spans
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
    deadline, marks = time.monotonic() + READ_S, 0
    for messages in read_spans(consumer, topic, spans, at_once=500):
        marks += sum(RETRIED in headers_of(message.headers()) for message in messages)
        if time.monotonic() > deadline:
            break
    return marks
