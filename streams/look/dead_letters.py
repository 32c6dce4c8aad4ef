"""How many records were buried lately, by topic."""

from typing import Final

from confluent_kafka import Consumer, KafkaException, TopicPartition

from streams.settings import Settings
from streams.topics import TOPICS, TopicsError, dead_letters, list_topics

ASK_S: Final = 3.0


def count_dead_letters(settings: Settings, *, since_ms: int) -> dict[str, int] | None:
    """Dead letters since a moment (ms since 1970) that Kafka still keeps, by the topic they were meant for.

    None where Kafka does not answer: a report can do without.
    """
    try:
        existing = list_topics(settings.client(), timeout_s=ASK_S)
    except TopicsError:
        return None
    consumer = Consumer(settings.client() | {"group.id": "callsieve-look", "log_level": 0})
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
    total = 0
    moments = [TopicPartition(topic, number, max(0, since_ms)) for number in range(partitions)]
    for place in consumer.offsets_for_times(moments, timeout=ASK_S):
        _, high = consumer.get_watermark_offsets(place, timeout=ASK_S)
        total += high - place.offset if place.offset >= 0 else 0  # no record is as young
    return total
