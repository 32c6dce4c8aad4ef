"""Calls, and what a platform says became of them, through Kafka and a worker to a reviewer and the next training."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from command import Command
from confluent_kafka import Producer
from learning_world import make_features, make_verdict
from pipeline_world import PARTITIONS, WorkerProcess, wait_until_done

from schemas.codec import Codec
from schemas.records import Record
from streams.broker import EmbeddedBroker
from streams.clock import now_ms
from streams.learning.reviews import reviewed_examples
from streams.settings import Settings
from streams.store import open_store
from streams.store.migrations import migrate
from streams.topics import FEATURES, VERDICTS, create_topics

CALLS = {"1a" * 16: "dead_air", "2b" * 16: "speech", "3c" * 16: "dead_air"}
OUTCOMES = """sip_call_id,ivr_result,ended_by,speech_count
sip-1a,passed,callee,4
sip-2b,failed,platform,0
sip-3c,failed,platform,none
sip-3c,failed,caller,0
"""

pytestmark = pytest.mark.slow


@pytest.fixture
def settings(kafka: EmbeddedBroker, clickhouse_server: Any) -> Settings:
    made = Settings(
        broker=kafka.url, prefix=f"le{uuid4().hex[:6]}.", store=clickhouse_server.url(f"le{uuid4().hex[:6]}")
    )
    create_topics(made.client(), prefix=made.prefix, partitions=PARTITIONS)
    store = open_store(made.store)
    migrate(store)
    store.close()
    return made


@pytest.fixture
def worker(settings: Settings, tmp_path: Path) -> Iterator[WorkerProcess]:
    process = WorkerProcess(settings, tmp_path / "worker.log", "sink")
    process.wait_ready()
    yield process
    process.stop()


def send(settings: Settings) -> None:
    producer, codec, now = Producer(settings.client() | {"partitioner": "murmur2"}), Codec(), now_ms()

    def produce(topic: str, call: str, record: Record) -> None:
        producer.produce(settings.prefix + topic, codec.encode(record, topic), call.encode())

    for call, label in CALLS.items():
        sip = f"sip-{call[:2]}"
        produce(FEATURES, call, make_features(call, captured_ms=now, sip_call_id=sip))
        for scope in ("chunk", "call"):
            produce(VERDICTS, call, make_verdict(call, label, scope=scope, captured_ms=now, sip_call_id=sip))
    assert producer.flush(20) == 0


def test_a_platforms_table_becomes_a_queue_and_what_is_accepted_is_learnt(
    settings: Settings, worker: WorkerProcess, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("broker", "prefix", "store"):
        monkeypatch.setenv(f"CALLSIEVE_{name.upper()}", getattr(settings, name))
    send(settings)
    table = tmp_path / "outcomes.csv"
    table.write_text(OUTCOMES)
    sent = command("outcomes", "send", table)
    assert (sent.status, sent.out) == (1, "3 outcomes sent; lines refused: 1\n")
    assert sent.err.startswith("line 4: ")
    wait_until_done(settings, roles=("sink",))
    assert worker.code is None
    queue = command("review", "list", "--format", "jsonl").objects
    assert [(each["kind"], each["call_id"][:2], each["suggested"]) for each in queue] == [
        ("mistake", "1a", "speech"),
        ("missed", "2b", "dead_air"),
        ("agreed", "3c", "dead_air"),
    ]
    accepted = command("review", "accept", "1a1a", "sip-3c", "--actor", "somebody")
    assert accepted.out.splitlines() == [
        "1a1a1a1a1a1a chunk 0 accepted as speech",
        "3c3c3c3c3c3c chunk 0 accepted as dead_air",
    ]
    assert command("review", "reject", "2b", "--reason", "a test call").status == 0
    assert command("review", "list").out.startswith("nothing to review")
    assert "accepted by somebody" in command("review", "show", "1a").out
    wrong = command("review", "accept", "9f")
    assert (wrong.status, wrong.err.startswith("callsieve: no call '9f'")) == (1, True)
    store = open_store(settings.store)
    examples = reviewed_examples(store)
    store.close()
    assert examples.labels == ["speech", "dead_air"]
    report = json.loads(command("report", "--since", "1h", "--format", "json").out)
    assert [(each["ended_by"], each["passed"], each["failed"]) for each in report["ended_by"]] == [
        ("callee", 1, 0),
        ("caller", 0, 1),
        ("platform", 0, 1),
    ]
