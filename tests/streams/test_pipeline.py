"""The whole way on real parts, through either door of the store: calls in, verdicts, campaign and entry out."""

import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from pipeline_world import (
    CALLSIEVE,
    KEY,
    PARTITIONS,
    Feeding,
    TopicReader,
    WorkerProcess,
    expected_chunks,
    wait_for,
    wait_until_done,
)

from schemas.records import ListEntry, Verdict
from streams.classify.current import CurrentVerdicts
from streams.numbers import NumberHasher
from streams.settings import Settings
from streams.simulate.planning import plan_calls
from streams.simulate.truth import truth_of
from streams.store import Store, open_store
from streams.store.migrations import migrate
from streams.store.queries import ask
from streams.topics import CHUNKS, ENTRIES, FEATURES, FRAMES, OUTCOMES, VERDICTS, create_topics, dead_letters

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
SPEED = 4.0
EVER = {"since_ms": 0, "until_ms": 2**53, "limit": 1000}


@pytest.fixture(params=["chdb", "clickhouse"])
def pipeline_store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty store that another process can open after this one."""
    if request.param == "chdb":
        pytest.importorskip("chdb", reason="chdb is not installed")
        return f"chdb://{tmp_path}/clickhouse"
    url: str = request.getfixturevalue("clickhouse_server").url(f"pipeline_{uuid4().hex[:8]}")
    return url


def _migrated(url: str) -> None:
    store = open_store(url)
    store.create_database()
    migrate(store)
    store.close()


def _settings(kafka: Any, store: str) -> Settings:
    settings = Settings(broker=kafka.url, prefix=f"pipe{uuid4().hex[:6]}.", store=store)
    create_topics(settings.bootstrap, prefix=settings.prefix, partitions=PARTITIONS)
    return settings


def _poison(settings: Settings) -> list[str]:
    """One record that nobody can read in every topic."""
    producer = Producer(settings.client())
    topics = [FRAMES, CHUNKS, FEATURES, VERDICTS, OUTCOMES, ENTRIES]
    for topic in topics:
        producer.produce(settings.prefix + topic, b"this is no record", b"a key", partition=1)
    assert producer.flush(10) == 0
    return topics


def _buried(settings: Settings, topics: list[str]) -> dict[str, list[dict[str, bytes]]]:
    """Headers of what lies in the dead-letter topics."""
    consumer = Consumer(settings.client() | {"group.id": "dead", "enable.auto.commit": False})
    names = {settings.prefix + dead_letters(topic): topic for topic in topics}
    consumer.assign([TopicPartition(name, p, 0) for name in names for p in range(PARTITIONS)])
    found: dict[str, list[dict[str, bytes]]] = {topic: [] for topic in topics}
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not all(found.values()):
        for message in consumer.consume(100, 0.2):
            if message.error() is None:
                assert message.value() == b"this is no record"
                found[names[message.topic() or ""]].append(dict(message.headers() or []))  # type: ignore[arg-type]
    consumer.close()
    return found


def test_calls_become_verdicts_a_campaign_and_an_entry(kafka: Any, pipeline_store: str, tmp_path: Path) -> None:
    settings = _settings(kafka, pipeline_store)
    _migrated(settings.store)
    # the campaign's first hearing must be indexed before the second: at four times the pace, four times as long
    plan = plan_calls(3, 60, spread_s=45.0, heard_before_s=8.0 * SPEED)
    truth = truth_of(plan)
    verdicts = TopicReader(settings, VERDICTS, Verdict)
    entries = TopicReader(settings, ENTRIES, ListEntry)
    worker = WorkerProcess(settings, tmp_path / "worker.log", "all")
    try:
        worker.wait_ready()
        poisoned = _poison(settings)
        feeding = Feeding(settings, plan, SPEED)
        feeding.start()
        feeding.finish()
        expected = expected_chunks(feeding.batches)

        def judged() -> set[tuple[str, int]]:
            found: list[Verdict] = verdicts.poll()  # type: ignore[assignment]
            return {(v.stream_id, v.chunk) for v in found if v.scope == "call" and v.cause == "audio"}

        wait_for(lambda: expected.keys() <= judged(), 60, lambda: f"{len(expected.keys() - judged())} are missing")
        buried = _buried(settings, poisoned)
        read_by_example = _example(settings, tmp_path)
        wait_until_done(settings)
        code = worker.stop()
        heard: list[Verdict] = verdicts.poll()  # type: ignore[assignment]
        listed: list[ListEntry] = entries.poll()  # type: ignore[assignment]
    finally:
        worker.stop()
        verdicts.close()
        entries.close()
    assert code == 0

    current = CurrentVerdicts()
    for verdict in heard:
        current.feed(verdict)
    wrong = [
        (c.kind, c.variant, current[c.call_id].label) for c in truth.calls if current[c.call_id].label not in c.labels
    ]
    assert len(wrong) <= 0.05 * len(truth.calls), wrong

    assert truth.planted_caller is not None
    planted = NumberHasher(KEY.encode(), "test").hash(truth.planted_caller).number
    assert {(e.kind, e.scope, e.value) for e in listed} == {("black", "caller", planted)}

    for topic in poisoned:
        assert buried[topic], f"nothing in the dead letters of {topic}"
        assert buried[topic][0]["reason"]
        assert buried[topic][0]["topic"] == topic.encode()
        assert buried[topic][0]["partition"] == b"1"

    assert set(read_by_example) <= {(v.call_id, str(v.chunk), v.label, v.action) for v in heard if v.scope == "call"}

    store = open_store(settings.store)
    try:
        _check_store(store, heard, current, planted)
        _check_readme(store)
    finally:
        store.close()


def _example(settings: Settings, tmp_path: Path) -> list[tuple[str, ...]]:
    """The first lines that the README's consumer prints."""
    schema = tmp_path / "verdict.json"
    schema.write_bytes(subprocess.check_output([CALLSIEVE, "schema", "verdict"]))
    script = ROOT / "docs" / "examples" / "e01_read_verdicts.py"
    command = [sys.executable, script, settings.bootstrap, schema, settings.prefix + VERDICTS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as consumer:
        assert consumer.stdout is not None
        lines = [consumer.stdout.readline().split() for _ in range(20)]
        consumer.terminate()
    assert all(len(line) == 4 for line in lines)
    return [tuple(line) for line in lines]


def _check_readme(store: Store) -> None:
    """The README's queries run, and answer."""
    queries = re.findall(r"```sql\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert len(queries) == 3
    for query in queries:
        rows = store.query(query)
        assert rows
        print(rows)


def _check_store(store: Store, heard: list[Verdict], current: CurrentVerdicts, planted: str) -> None:
    assert store.query("SELECT uniqExact(id) AS n FROM verdicts")[0]["n"] == len({v.id for v in heard})
    calls = {row["call_id"]: (row["label"], row["cause"]) for row in ask(store, "current_calls", **EVER)}
    assert calls == {v.call_id: (v.label, v.cause) for v in current.calls()}
    campaigns = ask(store, "campaigns", **EVER)
    assert len(campaigns) == 1
    in_force = ask(store, "entries_in_force", now_ms=int(time.time() * 1000))
    assert [(row["kind"], row["scope"], row["value"]) for row in in_force] == [("black", "caller", planted)]
    symbols = {row["symbol"] for row in ask(store, "tones_by_symbol", since_ms=0, until_ms=2**53)}
    assert "?" in symbols  # digits are masked at rest
    assert not symbols & set("0123456789*#ABCD")
