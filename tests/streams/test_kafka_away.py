"""Kafka goes away under a worker: it says so, is not ready, and ends in time when asked."""

import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from pipeline_world import PARTITIONS, WorkerProcess, wait_for

from streams.broker import EmbeddedBroker, free_port
from streams.settings import Settings
from streams.topics import create_topics

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def _ready(port: int) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_a_worker_without_kafka_is_not_ready_and_ends_when_told(tmp_path: Path) -> None:
    port = free_port()
    with EmbeddedBroker() as broker:
        settings = Settings(broker=broker.url)
        create_topics(settings.client(), partitions=PARTITIONS)
        worker = WorkerProcess(settings, tmp_path / "worker.log", "window", "spectrum", "--health-port", str(port))
        worker.wait_ready()
        wait_for(lambda: _ready(port)[0] == 200, 30)
    wait_for(lambda: _ready(port)[0] == 503, 30)
    assert "Kafka is away" in _ready(port)[1]
    time.sleep(3)
    lines = worker.log.read_text().splitlines()
    assert sum("is away: waiting" in line for line in lines) == 1
    assert len(lines) < 50
    worker.stop()
