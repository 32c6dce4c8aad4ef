"""Dead letters on a real Kafka, through the command line: told, shown, and sent back once."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from confluent_kafka import Producer
from flood_world import dead_origins
from ledger_world import read
from look_world import make_verdict
from pipeline_world import CALLSIEVE, PARTITIONS, WorkerProcess, wait_for
from registry_server import RegistryServer
from window_world import frame, segment

from schemas.codec import Codec, encode
from schemas.ids import partition_of
from schemas.records import Chunk, FrameBatch
from streams.look.dead_letters import count_dead_letters
from streams.registry import open_registry
from streams.settings import Settings
from streams.topics import CHUNKS, ENTRIES, FEATURES, FRAMES, OUTCOMES, VERDICTS, create_topics, dead_letters

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

TOPICS = (FRAMES, CHUNKS, FEATURES, VERDICTS, OUTCOMES, ENTRIES)


def bury(
    producer: Producer,
    settings: Settings,
    topic: str,
    value: bytes,
    *,
    reason: str,
    partition: int = 1,
    offset: int = 7,
) -> None:
    """A dead letter as a role writes it."""
    headers = {"reason": reason.encode(), "topic": topic.encode()}
    headers |= {"partition": str(partition).encode(), "offset": str(offset).encode()}
    producer.produce(settings.prefix + dead_letters(topic), value, b"a key", partition, headers=headers)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def settings(kafka: Any) -> Settings:
    """Topics with letters: one of poison in each of six, some that can go back, some that can't."""
    made = Settings(broker=kafka.url, prefix=f"dlq{uuid4().hex[:6]}.")
    create_topics(made.client(), prefix=made.prefix, partitions=PARTITIONS)
    producer = Producer(made.client())
    for topic in TOPICS:
        bury(producer, made, topic, b"this is no record", reason="too short for a record")
    for offset in range(3):
        bury(producer, made, VERDICTS, encode(make_verdict(chunk=offset)), reason="the store refuses it", offset=offset)
    assert producer.flush(10) == 0
    return made


def callsieve(settings: Settings, *words: str) -> str:
    environment = os.environ | {"CALLSIEVE_BROKER": settings.broker, "CALLSIEVE_PREFIX": settings.prefix}
    done = subprocess.run([CALLSIEVE, "dlq", *words], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_letters_are_listed_by_topic_and_reason(settings: Settings) -> None:
    told = [json.loads(line) for line in callsieve(settings, "list", "--json").splitlines()]
    letters = {each["topic"]: each["letters"] for each in told if each["letters"]}
    assert letters == {**dict.fromkeys(TOPICS, 1), VERDICTS: 4}
    reasons = next(each["reasons"] for each in told if each["topic"] == VERDICTS)
    assert reasons == {"the store refuses it": 3, "too short for a record": 1}
    assert f"{VERDICTS}: 4" in callsieve(settings, "list")


def test_a_letter_is_shown_with_what_can_be_read_of_it(settings: Settings, tmp_path: Path) -> None:
    lines = callsieve(settings, "show", VERDICTS, "--json", "--reason", "store").splitlines()
    first = json.loads(lines[0])
    assert (first["reason"], first["from"]) == ("the store refuses it", "call.verdicts 1:0")
    assert first["says"]["record"] == "Verdict"
    place = ("--partition", str(first["partition"]), "--offset", str(first["offset"]))
    raw = tmp_path / "letter"
    callsieve(settings, "show", dead_letters(VERDICTS), *place, "--raw", str(raw))
    assert raw.read_bytes() == encode(make_verdict(chunk=0))
    assert "unreadable" in callsieve(settings, "show", CHUNKS)


def test_letters_go_back_once_with_key_and_partition(settings: Settings) -> None:
    words = ("retry", VERDICTS, "--reason", "store refuses")
    assert callsieve(settings, *words, "--dry-run").startswith("3 records would go back")
    assert read(settings, VERDICTS, type(make_verdict())) == []
    assert callsieve(settings, *words, "--limit", "1").startswith("1 records went back")
    again = callsieve(settings, *words)
    assert again.startswith("2 records went back")
    assert "1  not sent: was sent back before" in again
    assert callsieve(settings, *words).startswith("0 records went back")
    back = read(settings, VERDICTS, type(make_verdict()))
    assert [(each.partition, each.key, each.record) for each in back] == [
        (1, "a key", make_verdict(chunk=chunk)) for chunk in range(3)
    ]
    told = [json.loads(line) for line in callsieve(settings, "list", "--json").splitlines()]
    assert next((each["letters"], each["retried"]) for each in told if each["topic"] == VERDICTS) == (4, 3)
    counted = count_dead_letters(settings, since_ms=0)
    assert counted is not None
    assert counted[VERDICTS] == 4  # and not the marks of the three


def test_a_segment_that_was_buried_alone_is_used_after_all(settings: Settings, tmp_path: Path) -> None:
    home = partition_of("late", PARTITIONS)
    alone = FrameBatch(
        tap_id="t", tap_epoch=1, clock_ms=1, segments=[segment(0, [frame(0)], kind="open", begun=-1, call="late")]
    )
    over = FrameBatch(tap_id="t", tap_epoch=2, clock_ms=1, segments=[])
    producer = Producer(settings.client())
    bury(producer, settings, FRAMES, encode(alone), reason="mended", partition=home)
    bury(producer, settings, FRAMES, encode(alone), reason="mended", partition=(home + 1) % PARTITIONS)
    bury(producer, settings, FRAMES, encode(over), reason="mended", partition=home)
    assert producer.flush(10) == 0
    said = callsieve(settings, "retry", FRAMES, "--reason", "mended")
    assert said.startswith("1 records went back")
    assert f"its call belongs on partition {home}" in said
    assert "holds no segment" in said
    producer.produce(settings.prefix + FRAMES, encode(over), None, home)
    assert producer.flush(10) == 0
    worker = WorkerProcess(settings, tmp_path / "worker.log", "window")
    try:
        worker.wait_ready()
        wait_for(lambda: len(read(settings, CHUNKS, Chunk)) == 2, 30)
    finally:
        assert worker.stop() == 0


@pytest.fixture
def registry() -> Iterator[RegistryServer]:
    with RegistryServer() as running:
        yield running


def test_where_a_call_belongs_is_seen_in_records_of_a_registry_too(
    settings: Settings, registry: RegistryServer
) -> None:
    known = settings.model_copy(update={"schema_registry": registry.url})
    opened = open_registry(known)
    assert opened is not None
    opened.register()
    opened.load()
    call = "of a registry"
    wrong = (partition_of(call, PARTITIONS) + 1) % PARTITIONS
    alone = FrameBatch(
        tap_id="t", tap_epoch=1, clock_ms=1, segments=[segment(0, [frame(0)], kind="open", begun=-1, call=call)]
    )
    producer = Producer(settings.client())
    bury(producer, settings, FRAMES, Codec(opened).encode(alone, FRAMES), reason="registered", partition=wrong)
    assert producer.flush(10) == 0
    said = callsieve(known, "retry", FRAMES, "--reason", "registered", "--registry", registry.url, "--dry-run")
    assert "its call belongs on partition" in said


def test_what_is_buried_again_says_where_it_lay(settings: Settings) -> None:
    assert (1, 7) in dead_origins(settings, OUTCOMES, 1, 10.0)
