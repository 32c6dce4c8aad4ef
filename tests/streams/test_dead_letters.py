"""A record that is larger unpacked than Kafka takes is buried cut, and the stream goes on."""

import gzip
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from pipeline_world import PARTITIONS, WorkerProcess, unacknowledged, wait_for

from streams.runtime.runner import LETTER_LIMIT
from streams.settings import Settings
from streams.topics import FRAMES, create_topics, dead_letters

pytestmark = pytest.mark.slow


def test_a_compressed_giant_costs_a_dead_letter_and_no_worker(kafka: Any, tmp_path: Path) -> None:
    settings = Settings(broker=kafka.url, prefix=f"giant{uuid4().hex[:6]}.")
    create_topics(settings.client(), prefix=settings.prefix, partitions=PARTITIONS)
    giant = bytes(10 << 20)
    assert len(gzip.compress(giant)) < 1 << 20
    producer = Producer(settings.client() | {"compression.type": "gzip", "message.max.bytes": 20 << 20})
    producer.produce(settings.prefix + FRAMES, giant, partition=0)
    assert producer.flush(20) == 0
    worker = WorkerProcess(settings, tmp_path / "worker.log", "window")
    try:
        worker.wait_ready()
        wait_for(lambda: "window" not in unacknowledged(settings), 30)
        consumer = Consumer(settings.client() | {"group.id": "dead", "fetch.message.max.bytes": 20 << 20})
        consumer.assign([TopicPartition(settings.prefix + dead_letters(FRAMES), p, 0) for p in range(PARTITIONS)])
        found = consumer.consume(1, 20)
        consumer.close()
    finally:
        assert worker.stop() == 0
    assert len(found) == 1
    assert found[0].value() == giant[:LETTER_LIMIT]
    assert dict(found[0].headers() or [])["truncated_from"] == str(len(giant)).encode()
