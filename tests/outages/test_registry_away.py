"""A schema registry that goes away while a producer begins to write with a new schema: records wait, none is lost."""

import io
import json
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from uuid import uuid4

import fastavro
import msgspec
import pytest
from outage_world import Judged, record_result
from pipeline_world import KEY, PARTITIONS, TopicReader, WorkerProcess, expected_chunks, wait_for, wait_until_done
from registry_server import RegistryServer

from schemas.catalogue import bare_schema
from schemas.codec import Codec
from schemas.records import FrameBatch, Record, Verdict
from streams.broker import EmbeddedBroker, free_port
from streams.feed import FrameProducer, shifted
from streams.numbers import NumberHasher
from streams.registry_wait import open_schemas
from streams.settings import Settings
from streams.simulate.planning import plan_calls
from streams.simulate.stream import simulated_packets
from streams.tap import Tap
from streams.topics import FRAMES, TOPICS, VERDICTS, create_topics, dead_letters

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(180)]

ROLES = ("window", "spectrum", "tones", "classify")
GROUPS = ("window", "analysis", "classify")
AWAY_S = 6.0
PASSWORD = "of a registry that only tests know"  # noqa: S105 - of tests


class NewerCodec(Codec):
    """A producer of tomorrow: its batches have a field that we know nothing of, and a schema id of their own."""

    def __init__(self, schema_id: int, schema: Any) -> None:
        self._begin = b"\0" + schema_id.to_bytes(4, "big")
        self._schema = fastavro.parse_schema(schema)

    def encode(self, record: Record, topic: str) -> bytes:
        assert topic == FRAMES
        out = io.BytesIO(self._begin)
        out.seek(len(self._begin))
        told = msgspec.to_builtins(record, builtin_types=(bytes,)) | {"site": "north"}
        fastavro.schemaless_writer(out, self._schema, told)
        return out.getvalue()


def newer_schema() -> Any:
    schema = bare_schema(FrameBatch)
    schema["fields"].insert(0, {"name": "site", "type": "string", "default": ""})
    return schema


def ready(port: int) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, "nobody answers"


def settings_for(broker: str, registry: RegistryServer, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of the test and, through the environment, of the workers that it starts."""
    monkeypatch.setenv("CALLSIEVE_SCHEMA_REGISTRY", registry.url)
    monkeypatch.setenv("CALLSIEVE_SCHEMA_REGISTRY_USERNAME", "callsieve")
    monkeypatch.setenv("CALLSIEVE_SCHEMA_REGISTRY_PASSWORD", PASSWORD)
    return Settings(broker=broker, prefix=f"reg{uuid4().hex[:6]}.")


def send(producer: FrameProducer, batches: list[tuple[int, FrameBatch]]) -> None:
    producer.send(batches)
    producer.flush()


def test_records_of_a_new_schema_wait_for_the_registry(
    kafka: EmbeddedBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = RegistryServer("callsieve", PASSWORD)
    registry.start()
    settings = settings_for(kafka.url, registry, monkeypatch)
    create_topics(settings.client(), prefix=settings.prefix, partitions=PARTITIONS)
    schemas = _registered(settings)
    batches = _batches(24)
    third = len(batches) // 3
    first, port, second, second_port = None, free_port(), None, free_port()
    reader = TopicReader(settings, VERDICTS, Verdict, schemas.codec)
    try:
        first = WorkerProcess(settings, tmp_path / "first.log", *ROLES, "--health-port", str(port))
        first.wait_ready()
        send(FrameProducer(settings, schemas.codec), batches[:third])
        wait_for(lambda: bool(reader.poll()), 60, first.log.read_text)
        registry.stop()
        tomorrow = FrameProducer(
            settings, NewerCodec(registry.register(f"{settings.prefix}{FRAMES}-value", newer_schema()), newer_schema())
        )
        send(tomorrow, batches[third : 2 * third])
        away_s = time.monotonic()
        wait_for(lambda: "window: the registry is away" in ready(port)[1], 20, lambda: str(ready(port)))
        assert ready(port)[0] == 503
        second = WorkerProcess(settings, tmp_path / "second.log", *ROLES, "--health-port", str(second_port))
        time.sleep(AWAY_S)
        assert ready(port)[0] == 503
        assert ready(second_port)[0] != 200
        assert first.code is None
        registry.start()
        lasted_s = time.monotonic() - away_s
        second.wait_ready()
        send(tomorrow, batches[2 * third :])
        wait_for(lambda: ready(port)[0] == ready(second_port)[0] == 200, 30, lambda: str(ready(port)))
        found = Judged(expected_chunks(batches), [])
        wait_for(lambda: not _lost(found, reader), 60, lambda: f"{found.lost} of {len(found.expected)}")
        wait_until_done(settings, roles=GROUPS)
        codes = first.stop(), second.stop()
    finally:
        for worker in (first, second):
            if worker is not None:
                worker.kill()
        reader.close()
        registry.stop()
    said = (tmp_path / "first.log").read_text() + (tmp_path / "second.log").read_text()
    record_result(
        "registry away",
        away_s=round(lasted_s, 1),
        chunks=len(found.expected),
        lost=found.lost,
        repeated=found.repeated,
        requests=registry.requests.total(),
    )
    assert codes == (0, 0)
    assert _dead(settings) == 0
    assert PASSWORD not in said
    assert found.lost == 0


def _registered(settings: Settings) -> Any:
    from streams.registry import open_registry

    opened = open_registry(settings)
    assert opened is not None
    opened.register()
    return open_schemas(settings)


def _batches(calls: int) -> list[tuple[int, FrameBatch]]:
    now_us = int(time.time() * 1e6)
    tap = Tap("test", now_us // 1000, PARTITIONS, NumberHasher(KEY.encode(), "test"))
    made: list[tuple[int, FrameBatch]] = []
    for packet in shifted(simulated_packets(plan_calls(11, calls, spread_s=20)), now_us):
        made.extend(tap.feed(packet))
    made.extend(tap.close())
    return made


def _lost(found: Judged, reader: TopicReader) -> int:
    found.verdicts = [record for record in reader.poll() if isinstance(record, Verdict)]
    return found.lost


def _dead(settings: Settings) -> int:
    from confluent_kafka import Consumer, TopicPartition

    consumer = Consumer(settings.client() | {"group.id": "test"})
    letters = [spec.name for spec in TOPICS if spec.name.endswith(dead_letters(""))]
    places = [TopicPartition(settings.prefix + name, p) for name in letters for p in range(PARTITIONS)]
    count = sum(consumer.get_watermark_offsets(place, timeout=10)[1] for place in places)
    consumer.close()
    return count


def test_the_tests_own_schema_is_one_that_a_registry_takes() -> None:
    with RegistryServer() as registry:
        registry.compatibility["s"] = "BACKWARD_TRANSITIVE"
        registry.register("s", bare_schema(FrameBatch))
        body = json.dumps({"schema": json.dumps(newer_schema())}).encode()
        assert registry.answer("POST", "/subjects/s/versions", body, None)[0] == 200


def test_a_worker_that_waits_for_the_registry_can_be_stopped(
    kafka: EmbeddedBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLSIEVE_SCHEMA_REGISTRY", f"http://127.0.0.1:{free_port()}")
    settings = Settings(broker=kafka.url, prefix=f"reg{uuid4().hex[:6]}.")
    create_topics(settings.client(), prefix=settings.prefix, partitions=PARTITIONS)
    worker = WorkerProcess(settings, tmp_path / "worker.log", "window")
    try:
        wait_for(lambda: "no registry answers" in worker.log.read_text(), 60, worker.log.read_text)
        assert worker.stop() == 0
    finally:
        worker.kill()
