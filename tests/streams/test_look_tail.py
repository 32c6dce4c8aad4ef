"""``callsieve verdicts tail`` as a process on a real Kafka."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from command import Command
from confluent_kafka import Producer
from look_world import make_tone, make_verdict
from pipeline_world import wait_for

from schemas.codec import encode
from streams.broker import EmbeddedBroker
from streams.look.tail import VerdictTail
from streams.settings import Settings
from streams.topics import VERDICTS, create_topics

pytestmark = pytest.mark.slow

CALLSIEVE = Path(sys.executable).parent / "callsieve"
MANY = 10_000


@pytest.fixture(scope="module")
def filled(kafka: Any) -> Settings:
    """Topics with 10,000 verdicts of ten calls, every tenth of them twice, and two records that are none."""
    settings = Settings(broker=kafka.url, prefix=f"tail{uuid4().hex[:6]}.")
    create_topics(settings.bootstrap, prefix=settings.prefix, partitions=2)
    producer = Producer({**settings.client(), "linger.ms": 50, "queue.buffering.max.messages": 100_000})
    for number in range(MANY):
        call, chunk = divmod(number, MANY // 10)
        verdict = make_verdict(
            f"call-{call}", chunk, label="dtmf" if chunk % 100 == 0 else "speech",
            action="block" if chunk == 7 else "allow", tones=[make_tone("5")], probability=0.5 + call / 20,
        )  # fmt: skip
        for _ in range(2 if number % 10 == 0 else 1):
            produce(producer, settings, encode(verdict), verdict.call_id)
    for poison in (b"poison", b""):
        produce(producer, settings, poison, "x")
    assert producer.flush(30) == 0
    return settings


def produce(producer: Producer, settings: Settings, value: bytes, key: str) -> None:
    while True:
        try:
            producer.produce(settings.prefix + VERDICTS, value, key=key)
        except BufferError:
            producer.poll(0.1)
        else:
            producer.poll(0)
            return


def arguments(settings: Settings, *words: str) -> list[str]:
    return [str(CALLSIEVE), "verdicts", "tail", "--broker", settings.broker, "--prefix", settings.prefix, *words]


def tail(settings: Settings, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(arguments(settings, *words), capture_output=True, text=True, timeout=120, check=False)


Following = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def following(filled: Settings, tmp_path: Path) -> Iterator[Following]:
    """Starts a tail that goes on, from ten minutes ago, with its output in a file or a pipe."""
    begun: list[subprocess.Popen[str]] = []

    def follow(*words: str, stdout: Any) -> "subprocess.Popen[str]":
        command = arguments(filled, "--since", "10m", *words)
        begun.append(subprocess.Popen(command, stdout=stdout, stderr=subprocess.PIPE, text=True))
        return begun[-1]

    yield follow
    for each in begun:
        if each.poll() is None:
            each.kill()
        each.wait()


def test_every_verdict_is_shown_once_as_an_object_and_poison_is_counted(filled: Settings) -> None:
    done = tail(filled, "--no-follow", "--json")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert len(found) == len({each["id"] for each in found}) == MANY
    assert {tone["symbol"] for each in found for tone in each["tones"]} == {"?"}
    of_one = [each["chunk"] for each in found if each["call_id"] == "call-3"]
    assert of_one == sorted(of_one)
    assert f"repeats dropped: {MANY // 10}\n" in done.stderr
    assert "records that are no verdicts: 2 (the last: " in done.stderr


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (("--action", "block", "--action", "tag"), 10),
        (("--label", "dtmf", "--call", "call-4", "--scope", "call", "--cause", "audio"), 10),
        (("--action", "block", "--min-probability", "0.9"), 2),
        (("--limit", "3"), 3),
        (("--since", "2100-01-01"), 0),
        (("--since", "1h", "--limit", "5"), 5),
    ],
)
def test_filters_limit_and_time_choose(filled: Settings, words: tuple[str, ...], count: int) -> None:
    done = tail(filled, "--no-follow", *words)
    assert done.returncode == 0, done.stderr
    heading, *lines = done.stdout.splitlines()
    assert heading.split()[:3] == ["time", "call", "at"]
    assert len(lines) == count
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_order(following: Following, tmp_path: Path, number: signal.Signals) -> None:
    out = tmp_path / "out"
    with out.open("w") as file:
        process = following("--json", stdout=file)
        wait_for(lambda: out.read_text().count("\n") >= MANY, 60, lambda: str(out.stat().st_size))
        process.send_signal(number)
        said = process.communicate(timeout=30)[1]
    assert process.returncode == 0
    assert "Traceback" not in said
    assert f"repeats dropped: {MANY // 10}\n" in said


def test_it_ends_when_nobody_reads_any_more_even_with_nothing_to_say(following: Following) -> None:
    for words in (("--json",), ("--label", "fax")):
        process = following(*words, stdout=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.wait(30) == 0
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


def test_on_a_terminal_actions_have_their_colours_and_lines_fit(filled: Settings) -> None:
    parent, child = pty.openpty()
    words = arguments(filled, "--no-follow", "--action", "block")
    environment = {**os.environ, "COLUMNS": "80", "TERM": "xterm-256color"}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen(words, stdout=child, stderr=subprocess.DEVNULL, env=environment)
    os.close(child)
    shown = b""
    try:
        while part := os.read(parent, 65536):
            shown += part
    except OSError:  # the terminal's other end is closed
        pass
    os.close(parent)
    assert process.wait(30) == 0
    lines = shown.decode().splitlines()
    assert len(lines) == 11
    assert all("\x1b[1;31mblock\x1b[0m" in line for line in lines[1:])
    assert max(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in lines) <= 80


def test_kafka_is_told_to_be_away_and_back_with_nothing_to_read(tmp_path: Path) -> None:
    broker = EmbeddedBroker(data=tmp_path / "data").start()
    try:
        settings = Settings(broker=broker.url)
        create_topics(settings.client(), partitions=2)
        told: list[bool] = []
        with VerdictTail(settings, since_ms=None, follow=True, on_away=told.append) as source:
            batches = source.batches()
            assert next(batches) == []
            broker.kill()
            wait_for(lambda: [next(batches), told][1] == [True], 60)
            broker = EmbeddedBroker(port=broker.port, data=tmp_path / "data").start()
            wait_for(lambda: [next(batches), told][1] == [True, False], 60)
    finally:
        broker.stop()


def test_a_topic_that_is_missing_is_told(command: Command, kafka: Any) -> None:
    said = command("verdicts", "tail", "--broker", kafka.url, "--prefix", "no.such.")
    assert said.status == 1
    assert said.err == (
        "callsieve: no.such.call.verdicts is missing: run 'callsieve topics create' first, or see --prefix\n"
    )


@pytest.mark.parametrize(
    "words", [("--label", "mumble"), ("--action", "shout"), ("--cause", "x"), ("--limit", "0"), ("--scope", "y")]
)
def test_a_filter_that_is_none_is_a_usage_error(command: Command, words: tuple[str, ...]) -> None:
    assert command("verdicts", "tail", *words).status == 2
