"""What a schema registry is asked, what is remembered, and what happens while it is away."""

import asyncio
import json
import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient
from registry_server import NO_SUBJECT, RegistryServer

from schemas.catalogue import SCHEMA_NAMES, bare_schema, plain_schema
from schemas.codec import BrokenRecordError, Codec
from schemas.history import committed
from schemas.records import FrameBatch, Outcome, Record, Verdict
from streams import registry as registry_module
from streams import registry_wait
from streams.broker import free_port
from streams.registry import MAX_REFUSED, Registry, RegistryAwayError, RegistryError, open_registry
from streams.registry_wait import SchemaGate, open_schemas, reading_schemas
from streams.runtime.acker import PartitionAcker
from streams.runtime.stage import Received
from streams.settings import Settings, SettingsError
from streams.topics import FRAMES, OUTCOMES, RECORDS, SHADOW_VERDICTS, VERDICTS

SECRET = "nobody may read this"  # noqa: S105 - of tests
OUTCOME = Outcome(reported_ms=1, call_id="c")


@pytest.fixture
def server() -> Iterator[RegistryServer]:
    with RegistryServer() as running:
        yield running


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry_wait, "FIRST_DELAY_S", 0.01)
    monkeypatch.setattr(registry_wait, "LONGEST_DELAY_S", 0.05)
    monkeypatch.setattr(registry_module, "LISTING_PAUSE_S", 0.0)


def settings_for(server: RegistryServer, **more: Any) -> Settings:
    return Settings(schema_registry=server.url, prefix="t.", **more)


def registry_at(server: RegistryServer, *, registered: bool = True) -> Registry:
    found = open_registry(settings_for(server))
    assert found is not None
    if registered:
        found.register()
        found.load()
    return found


def received(value: bytes, topic: str = OUTCOMES, acker: PartitionAcker | None = None) -> Received:
    slot = (PartitionAcker() if acker is None else acker).add(lambda: None)
    return Received(topic, 0, 0, None, value, 0, slot)


async def seen(gate: SchemaGate) -> None:
    while not gate.away:  # noqa: ASYNC110 - what is waited for is no event
        await asyncio.sleep(0.01)


def numbered(schema_id: int) -> bytes:
    return b"\0" + schema_id.to_bytes(4, "big") + b"\2\2\2"


@pytest.mark.parametrize("over_http", [False, True])
def test_records_are_written_and_read_with_the_registrys_ids(over_http: bool, server: RegistryServer) -> None:
    mock = SchemaRegistryClient.new_client({"url": "mock://callsieve"})
    registry = registry_at(server) if over_http else Registry(mock, "mock://callsieve", "t.")
    ids = registry.register()
    registry.load()
    assert set(ids) == {f"t.{topic}-value" for topic in RECORDS}
    codec = Codec(registry)
    value = codec.encode(OUTCOME, OUTCOMES)
    assert value[:5] == b"\0" + ids["t.call.outcomes-value"].to_bytes(4, "big")
    assert codec.decode(value, Outcome) == OUTCOME
    assert registry.id_for(VERDICTS) == ids["t.call.verdicts-value"]
    assert registry.id_for(SHADOW_VERDICTS) == ids["t.call.verdicts.shadow-value"]


def test_registering_makes_a_subject_a_topic_each_readable_by_all_later_ones(server: RegistryServer) -> None:
    registry = registry_at(server, registered=False)
    assert registry.register() == registry.register()
    assert server.compatibility == {f"t.{topic}-value": "BACKWARD_TRANSITIVE" for topic in RECORDS}


def test_a_schema_that_breaks_with_the_past_is_refused_by_the_registry(server: RegistryServer) -> None:
    other = bare_schema(Outcome)
    next(field for field in other["fields"] if field["name"] == "reported_ms")["type"] = "string"
    server.register("t.call.outcomes-value", other)
    with pytest.raises(RegistryError, match="incompatible"):
        registry_at(server, registered=False).register()


def test_a_subject_that_is_missing_is_told_with_the_command(server: RegistryServer) -> None:
    with pytest.raises(RegistryError, match=r"no schema t\.rtp\.frames-value .* run 'callsieve schema register' first"):
        open_schemas(settings_for(server))


def test_an_older_version_in_the_registry_does_not_pass_for_todays(server: RegistryServer) -> None:
    for topic, record_type in RECORDS.items():
        server.register(f"t.{topic}-value", committed(record_type)[1])
    with pytest.raises(RegistryError, match="callsieve schema register"):
        open_schemas(settings_for(server))


@pytest.mark.parametrize("record_type", [FrameBatch, Verdict])
def test_an_id_of_an_older_version_is_learnt(record_type: type[Record], server: RegistryServer) -> None:
    topic = next(topic for topic, each in RECORDS.items() if each is record_type)
    old = server.register(f"t.{topic}-value", committed(record_type)[1])
    registry = registry_at(server)
    assert registry.unknown(topic, [old]) == {old}
    registry.learn(topic, [old])
    assert registry.unknown(topic, [old]) == set()
    assert registry.writer(old)["name"] == f"callsieve.{record_type.__name__}"


def test_what_is_known_is_not_asked_again(server: RegistryServer) -> None:
    registry = registry_at(server)
    asked = server.requests.total()
    codec = Codec(registry)
    for _ in range(20):
        codec.decode(codec.encode(OUTCOME, OUTCOMES), Outcome)
        registry.learn(OUTCOMES, [registry.id_for(OUTCOMES)])
    assert server.requests.total() == asked


def test_ids_at_random_cost_a_request_a_batch_and_bounded_memory(server: RegistryServer) -> None:
    registry = registry_at(server)
    asked = server.requests.total()
    for batch in range(12):
        ids = range(1_000_000 + batch * 2000, 1_000_000 + (batch + 1) * 2000)
        registry.learn(OUTCOMES, ids)
        assert registry.unknown(OUTCOMES, ids) == set()
    assert server.requests.total() - asked <= 12 + 1  # a listing each, and the one version that there is
    assert len(registry._refused) <= MAX_REFUSED
    with pytest.raises(BrokenRecordError, match="schema 1000001: the registry has none"):
        Codec(registry).decode(numbered(1_000_001), Outcome)


def test_an_id_that_was_refused_is_asked_for_again_after_a_while(
    server: RegistryServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry_module, "REFUSED_S", 0.05)
    registry = registry_at(server)
    later = bare_schema(Outcome)
    later["fields"].append({"name": "cost", "type": "float", "default": 0.0})
    coming = max(registry.register().values()) + 1
    registry.learn(OUTCOMES, [coming])
    assert server.register("t.call.outcomes-value", later) == coming
    assert registry.unknown(OUTCOMES, [coming]) == set()
    time.sleep(0.06)
    assert registry.unknown(OUTCOMES, [coming]) == {coming}
    registry.learn(OUTCOMES, [coming])
    assert registry.writer(coming)["fields"][-1]["name"] == "cost"


def test_a_schema_that_cannot_be_read_with_breaks_its_records_alone(server: RegistryServer) -> None:
    registry = registry_at(server)
    bad = server.register("t.call.outcomes-value", {"type": "record", "name": "callsieve.Outcome", "fields": []})
    registry.learn(OUTCOMES, [bad])
    with pytest.raises(BrokenRecordError, match="no bytes"):
        Codec(registry).decode(numbered(bad), Outcome)
    assert Codec(registry).decode(Codec(registry).encode(OUTCOME, OUTCOMES), Outcome) == OUTCOME


def test_records_wait_while_the_registry_is_away_and_then_go_on(server: RegistryServer) -> None:
    old = server.register("t.rtp.frames-value", committed(FrameBatch)[1])
    gate = SchemaGate(registry_at(server))

    async def wait() -> None:
        server.stop()
        opened = asyncio.ensure_future(gate.open([received(numbered(old), FRAMES)]))
        await seen(gate)
        await gate.open([received(Codec().encode(OUTCOME, OUTCOMES))])  # who needs nothing does not wait
        assert gate.away
        assert not opened.done()
        server.start()
        await asyncio.wait_for(opened, 10)
        assert not gate.away

    asyncio.run(wait())


@pytest.mark.parametrize(
    "broken_by",
    [
        (503, {"error_code": 50003, "message": "starting"}),
        (500, "no object"),
        (404, "a proxy's page"),
        (429, {"error_code": 429, "message": "slowly"}),
        (401, {"error_code": 40101, "message": "changed password"}),
        NO_SUBJECT,
    ],
)
def test_a_registry_that_answers_strangely_costs_no_records(server: RegistryServer, broken_by: Any) -> None:
    registry = registry_at(server)
    server.broken_by = broken_by
    with pytest.raises(RegistryError):
        registry.learn(OUTCOMES, [12345])
    assert registry.unknown(OUTCOMES, [12345]) == {12345}


def test_records_that_another_owner_reads_by_now_are_not_waited_for(server: RegistryServer) -> None:
    gate = SchemaGate(registry_at(server))
    server.stop()
    acker = PartitionAcker()

    async def wait() -> None:
        opened = asyncio.ensure_future(gate.open([received(numbered(999), acker=acker)]))
        await seen(gate)
        acker.close()
        await asyncio.wait_for(opened, 10)

    asyncio.run(wait())


def test_a_reader_without_event_loop_waits_until_it_is_stopped(server: RegistryServer) -> None:
    gate = SchemaGate(registry_at(server))
    server.stop()
    stop = threading.Event()
    waiting = threading.Thread(target=gate.wait, args=(OUTCOMES, [numbered(999), None], stop.is_set))
    waiting.start()
    while not gate.away:
        time.sleep(0.01)
    stop.set()
    waiting.join(10)
    assert not waiting.is_alive()
    assert not gate.away


def test_at_the_start_a_registry_that_is_away_is_waited_for(server: RegistryServer) -> None:
    registry_at(server)
    server.stop()
    threading.Timer(0.2, server.start).start()
    assert open_schemas(settings_for(server)).registry is not None


def test_a_registry_that_stays_away_is_told_with_the_way_out() -> None:
    settings = Settings(schema_registry=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(RegistryError, match=r"has not within 0\.05 s: start it, correct CALLSIEVE_SCHEMA_REGISTRY, or"):
        open_schemas(settings, patience_s=0.05)
    with pytest.raises(RegistryError, match="start it"):
        open_schemas(settings, stopped=lambda: True)


def test_without_a_registry_nothing_is_asked() -> None:
    assert open_schemas(Settings()).registry is None
    assert reading_schemas(Settings()).codec.encode(OUTCOME, OUTCOMES) == Codec().encode(OUTCOME, OUTCOMES)


def test_a_password_opens_the_registry_and_is_told_to_nobody(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with RegistryServer("us", SECRET) as server:
        good = settings_for(server, schema_registry_username="us", schema_registry_password=SECRET)
        found = open_registry(good)
        assert found is not None
        assert len(found.register()) == len(RECORDS)
        wrong = settings_for(server, schema_registry_username="us", schema_registry_password=SECRET + "!")
        with pytest.raises(RegistryError, match="CALLSIEVE_SCHEMA_REGISTRY_USERNAME") as refused:
            open_schemas(wrong)
    assert SECRET not in caplog.text + str(refused.value) + repr(good) + repr(refused.value.__cause__)


@pytest.mark.parametrize("address", ["http://us:secret@host:8081", "host:8081", "ftp://host", "http://"])
def test_an_address_that_is_none_or_holds_a_password_is_refused(address: str) -> None:
    with pytest.raises(SettingsError) as refused:
        open_registry(Settings(schema_registry=address))
    assert "secret@" not in str(refused.value)


def test_the_registry_of_a_topic_set_is_its_own(server: RegistryServer) -> None:
    registry_at(server)
    with pytest.raises(RegistryError, match=r"no schema other\.rtp"):
        open_schemas(Settings(schema_registry=server.url, prefix="other."))


def test_a_registry_whose_answer_is_no_registrys_is_away(server: RegistryServer) -> None:
    registry_at(server)
    server.broken_by = (200, ["not", "versions", {}])
    with pytest.raises(RegistryAwayError):
        registry_at(server, registered=False).load()


def test_the_command_registers_and_says_what(command: Any, server: RegistryServer) -> None:
    said = command("schema", "register", "--registry", server.url, "--prefix", "t.")
    assert said.status == 0
    assert [line.split()[1] for line in said.out.splitlines()] == [f"t.{topic}-value" for topic in RECORDS]
    assert open_schemas(settings_for(server)).registry is not None


def test_the_command_tells_what_is_missing(command: Any) -> None:
    said = command("schema", "register")
    assert (said.status, said.err) == (
        1,
        "callsieve: no registry is set: give --registry, or CALLSIEVE_SCHEMA_REGISTRY\n",
    )
    away = command("schema", "register", "--registry", f"http://127.0.0.1:{free_port()}")
    assert away.status == 1
    assert away.err.startswith("callsieve: no registry answers at http://127.0.0.1:")


def test_the_command_prints_the_schema_of_every_record(command: Any) -> None:
    from streams.cli.schema import NAMES

    assert tuple(SCHEMA_NAMES.values()) == NAMES
    for record_type, name in SCHEMA_NAMES.items():
        assert json.loads(command("schema", name).out) == plain_schema(record_type)
