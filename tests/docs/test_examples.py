"""The guides' examples run as they stand, as another program would."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from pipeline_world import CALLSIEVE, PARTITIONS, WorkerProcess

from features.g711 import decode_pcmu
from schemas.ids import partition_of
from streams.broker import EmbeddedBroker
from streams.numbers import NumberHasher
from streams.settings import Settings
from streams.topics import create_topics

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
FEED = EXAMPLES / "e02_feed_frames.py"


@pytest.fixture(scope="module")
def functions() -> ModuleType:
    """What the example defines before it begins to speak to Kafka."""
    text = FEED.read_text()
    parts = (text[: text.index("broker, prefix =")], text[text.index("def mu_law") : text.index("class Call")])
    module = ModuleType("e02")
    exec(compile("".join(parts), str(FEED), "exec"), module.__dict__)  # noqa: S102 - our own file
    return module


def test_the_examples_hash_is_the_partitioners(functions: ModuleType) -> None:
    random = Random(3)
    for _ in range(300):
        name = "".join(random.choices("0123456789abcdef", k=random.randrange(40)))
        assert (functions.murmur2(name.encode()) & 0x7FFFFFFF) % 7 == partition_of(name, 7)


def test_the_examples_mu_law_is_g711(functions: ModuleType) -> None:
    sound = np.arange(-32124, 32125)  # between the outermost codes of G.711
    heard = decode_pcmu(np.frombuffer(functions.mu_law(sound), np.uint8)).astype(np.int64)
    assert np.all(np.abs(heard - sound) <= np.abs(sound) / 32 + 8)


def test_the_examples_hash_of_a_number_is_ours(functions: ModuleType) -> None:
    ours = NumberHasher(functions.KEY, functions.KEY_ID).hash("+49 30 12345678")
    assert functions.hashed_number("493012345678") == {"number": ours.number, "prefixes": ours.prefixes}


@pytest.fixture
def settings(kafka: EmbeddedBroker) -> Settings:
    made = Settings(broker=kafka.url, prefix=f"ex{uuid4().hex[:6]}.", store="")
    create_topics(made.client(), prefix=made.prefix, partitions=PARTITIONS)
    return made


@pytest.fixture
def _worker(settings: Settings, tmp_path: Path) -> Iterator[None]:
    worker = WorkerProcess(settings, tmp_path / "worker.log", "window", "spectrum", "tones", "classify")
    worker.wait_ready()
    yield
    worker.stop()


def schema(name: str, folder: Path) -> Path:
    path = folder / f"{name}.json"
    path.write_bytes(subprocess.check_output([CALLSIEVE, "schema", name]))
    return path


@pytest.mark.slow
@pytest.mark.usefixtures("_worker")
def test_a_call_fed_by_another_program_is_judged(settings: Settings, tmp_path: Path) -> None:
    names: list[Any] = [schema(name, tmp_path) for name in ("frame_batch", "verdict")]
    command = [sys.executable, FEED, settings.bootstrap, *names, settings.prefix]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.splitlines()
    verdicts = [line.split() for line in said]
    assert {tuple(each[2:4]) for each in verdicts if each[0] == "tone"} == {("fax", "divert")}
    assert verdicts[-1][:2] == ["audio", "5"]  # five chunks, one of them without a packet, and the last
    phases = {int(each[1]): each[4] for each in verdicts}
    assert {phases[chunk] for chunk in phases if chunk < 2} <= {"early_media"}
    assert {phases[chunk] for chunk in phases if chunk > 2} == {"answered"}
    assert _current(settings, tmp_path / "verdict.json") == ["tone", "fax", "divert"]


def _current(settings: Settings, schema: Path) -> list[str]:
    """What the reader of current verdicts says at last of the only call."""
    command = [sys.executable, EXAMPLES / "e03_current_verdicts.py", settings.bootstrap, schema]
    with subprocess.Popen([*command, f"{settings.prefix}call.verdicts"], stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        said: list[str] = []
        while said[-1:] != ["divert"]:  # a call is allowed until its tone is heard, and never again after it
            said = reader.stdout.readline().split()
        reader.terminate()
    return said[1:]
