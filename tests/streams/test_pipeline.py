"""The whole way on real parts, through either door of the store: calls in, verdicts, campaign and entry out."""

import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
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
from streams.broker import free_port
from streams.classify.current import CurrentVerdicts
from streams.numbers import NumberHasher
from streams.settings import Settings
from streams.simulate.planning import plan_calls
from streams.simulate.truth import Truth, truth_of
from streams.store import Store, open_store
from streams.store.migrations import migrate
from streams.store.queries import ask
from streams.topics import (
    CHUNKS,
    ENTRIES,
    FEATURES,
    FRAMES,
    OUTCOMES,
    SHADOW_VERDICTS,
    VERDICTS,
    create_topics,
    dead_letters,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
SPEED = 4.0
EVER = {"since_ms": 0, "until_ms": 2**53, "limit": 1000}


@dataclass
class Finished:
    """What a run has left behind."""

    truth: Truth
    verdicts: list[Verdict]
    entries: list[ListEntry]
    buried: dict[str, list[dict[str, bytes]]]
    read_by_example: list[tuple[str, ...]]
    ready: tuple[int, str]
    metrics: str
    store: Store

    @property
    def current(self) -> CurrentVerdicts:
        current = CurrentVerdicts()
        for verdict in self.verdicts:
            current.feed(verdict)
        return current

    @property
    def planted(self) -> str:
        assert self.truth.planted_caller is not None
        return NumberHasher(KEY.encode(), "test").hash(self.truth.planted_caller).number


@pytest.fixture(scope="module", params=["chdb", "clickhouse"])
def finished(
    request: pytest.FixtureRequest, kafka: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Finished]:
    """Sixty simulated calls through one worker, to the last acknowledgement, with poison in every topic."""
    scratch = tmp_path_factory.mktemp("pipeline")
    if request.param == "chdb":
        pytest.importorskip("chdb", reason="chdb is not installed")
        url = f"chdb://{scratch}/clickhouse"
    else:
        url = request.getfixturevalue("clickhouse_server").url(f"pipeline_{uuid4().hex[:8]}")
    settings = Settings(broker=kafka.url, prefix=f"pipe{uuid4().hex[:6]}.", store=url)
    create_topics(settings.bootstrap, prefix=settings.prefix, partitions=PARTITIONS)
    _migrated(url)
    # the campaign's first hearing must be indexed before the second: at four times the pace, four times as long
    plan = plan_calls(3, 60, spread_s=45.0, heard_before_s=8.0 * SPEED)
    verdicts = TopicReader(settings, VERDICTS, Verdict)
    entries = TopicReader(settings, ENTRIES, ListEntry)
    port = free_port()
    worker = WorkerProcess(settings, scratch / "worker.log", "all", "--health-port", str(port))
    try:
        worker.wait_ready()
        poisoned = _poison(settings)
        feeding = Feeding(settings, plan, SPEED)
        feeding.start()
        wait_for(lambda: _answer(port, "ready")[0] == 200, 30, lambda: str(_answer(port, "ready")))
        feeding.finish()
        expected = expected_chunks(feeding.batches)

        def judged() -> set[tuple[str, int]]:
            found: list[Verdict] = verdicts.poll()  # type: ignore[assignment]
            return {(v.stream_id, v.chunk) for v in found if v.scope == "call" and v.cause == "audio"}

        wait_for(lambda: expected.keys() <= judged(), 90, lambda: f"{len(expected.keys() - judged())} are missing")
        buried = _buried(settings, poisoned)
        read_by_example = _example(settings, scratch)
        wait_until_done(settings)
        ready, metrics = _answer(port, "ready"), _answer(port, "metrics")[1]
        assert worker.stop() == 0
        heard: list[Verdict] = verdicts.poll()  # type: ignore[assignment]
        listed: list[ListEntry] = entries.poll()  # type: ignore[assignment]
    finally:
        worker.stop()
        verdicts.close()
        entries.close()
    store = open_store(url)
    yield Finished(truth_of(plan), heard, listed, buried, read_by_example, ready, metrics, store)
    store.close()


def _migrated(url: str) -> None:
    store = open_store(url)
    store.create_database()
    migrate(store)
    store.close()


def _poison(settings: Settings) -> list[str]:
    """One record that nobody can read in every topic."""
    producer = Producer(settings.client())
    topics = [FRAMES, CHUNKS, FEATURES, VERDICTS, SHADOW_VERDICTS, OUTCOMES, ENTRIES]
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


def _answer(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


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


def test_calls_are_what_they_were_simulated_as(finished: Finished) -> None:
    current = finished.current
    wrong = [
        (call.kind, call.variant, current[call.call_id].label)
        for call in finished.truth.calls
        if current[call.call_id].label not in call.labels
    ]
    assert len(wrong) <= 0.05 * len(finished.truth.calls), wrong


def test_the_planted_caller_is_listed_and_nobody_else(finished: Finished) -> None:
    assert {(e.kind, e.scope, e.value) for e in finished.entries} == {("black", "caller", finished.planted)}


@pytest.mark.parametrize("topic", [FRAMES, CHUNKS, FEATURES, VERDICTS, SHADOW_VERDICTS, OUTCOMES, ENTRIES])
def test_a_broken_record_lies_in_the_dead_letters_with_the_reason(finished: Finished, topic: str) -> None:
    headers = finished.buried[topic]
    assert headers
    assert headers[0]["reason"]
    assert headers[0]["topic"] == topic.encode()
    assert headers[0]["partition"] == b"1"


def test_a_worker_is_ready_and_tells_its_metrics(finished: Finished) -> None:
    assert finished.ready == (200, "ready\n")
    assert 'callsieve_dead_letters_total{role="window"} 1.0' in finished.metrics
    assert 'callsieve_records_held{role="classify"} 0.0' in finished.metrics


def test_the_example_in_the_readme_reads_verdicts(finished: Finished) -> None:
    heard = {(v.call_id, str(v.chunk), v.label, v.action) for v in finished.verdicts if v.scope == "call"}
    assert finished.read_by_example
    assert set(finished.read_by_example) <= heard


def test_the_store_knows_what_the_topic_told(finished: Finished) -> None:
    store = finished.store
    ids = {verdict.id for verdict in finished.verdicts}
    assert store.query("SELECT uniqExact(id) AS n FROM verdicts")[0]["n"] == len(ids)
    calls = {row["call_id"]: (row["label"], row["cause"]) for row in ask(store, "current_calls", **EVER)}
    assert calls == {v.call_id: (v.label, v.cause) for v in finished.current.calls()}
    assert len(ask(store, "campaigns_heard", campaign="", campaigns=[""], **EVER)) == 1
    in_force = ask(store, "entries_in_force", now_ms=int(time.time() * 1000))
    assert [(row["kind"], row["scope"], row["value"]) for row in in_force] == [("black", "caller", finished.planted)]


def test_digits_are_masked_at_rest(finished: Finished) -> None:
    symbols = {row["symbol"] for row in ask(finished.store, "tones_by_symbol", since_ms=0, until_ms=2**53)}
    assert "?" in symbols
    assert not symbols & set("0123456789*#ABCD")
    assert not {t.symbol for v in finished.verdicts for t in v.tones} & set("0123456789*#ABCD")


def test_the_queries_in_the_readme_answer(finished: Finished) -> None:
    queries = re.findall(r"```sql\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert len(queries) == 3
    for query in queries:
        assert finished.store.query(query)
