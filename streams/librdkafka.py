"""What is needed of librdkafka's clients beyond their own interface: silence, and topics read up to an end."""

import logging
from collections.abc import Iterator, Mapping
from typing import Final

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

POLL_S: Final = 0.5

# For clients whose owner says in words of its own what went wrong: librdkafka would say it on standard error too, each
# second while Kafka is away.
SILENCED: Final = logging.getLogger(f"{__name__}.silenced")
SILENCED.addHandler(logging.NullHandler())
SILENCED.propagate = False


def read_spans(
    consumer: Consumer, topic: str, spans: Mapping[int, tuple[int, int]], *, at_once: int = 1000
) -> Iterator[list[Message]]:
    """Records of a topic's partitions from an offset to the one before another, which may be gone (compaction).

    Parameters
    ----------
    consumer
        With ``enable.partition.eof``; it is assigned the partitions, and none once all is read.
    topic
        Name, with its prefix.
    spans
        Partition to its first offset, and the one after its last.
    at_once
        At most so many records in a list.

    Yields
    ------
    list of Message
        As they come; an empty list after each half second without any, so that the reader can lose patience.

    Raises
    ------
    KafkaException
        If a partition can't be read.
    """
    unread = {partition for partition, (begin, end) in spans.items() if begin < end}
    consumer.assign([TopicPartition(topic, partition, spans[partition][0]) for partition in sorted(unread)])
    while unread:
        found: list[Message] = []
        for message in consumer.consume(at_once, POLL_S):
            partition, offset, error = message.partition() or 0, message.offset() or 0, message.error()
            if error is not None and error.code() != KafkaError._PARTITION_EOF:
                raise KafkaException(error)
            end = spans[partition][1]
            if error is not None or offset >= end - 1:
                unread.discard(partition)
            if error is None and offset < end:
                found.append(message)
        yield found
    consumer.unassign()
