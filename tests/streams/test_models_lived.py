"""Two models side by side through a real worker: shadow verdicts, comparison, promotion and rollback as it runs."""

import os
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from command import Command
from model_world import make_model
from pipeline_world import (
    CALLSIEVE,
    PARTITIONS,
    Feeding,
    TopicReader,
    WorkerProcess,
    expected_chunks,
    wait_for,
    wait_until_done,
)

from models.artifact import SHIPPED, read_info
from models.library.state import State, write_state
from schemas.records import Verdict
from streams.broker import free_port
from streams.settings import Settings
from streams.simulate.planning import plan_calls
from streams.store import open_store
from streams.store.migrations import migrate
from streams.topics import SHADOW_VERDICTS, VERDICTS, create_topics

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

SPEED = 6.0
SHIPPED_VERSION = read_info(SHIPPED).version


class World:
    """A worker on topics, a store and a library of its own."""

    def __init__(self, settings: Settings, scratch: Path) -> None:
        self.settings = settings
        self.scratch = scratch
        self.library = Path(settings.models)
        self.port = free_port()
        self.live = TopicReader(settings, VERDICTS, Verdict)
        self.shadow = TopicReader(settings, SHADOW_VERDICTS, Verdict)
        self.worker = WorkerProcess(settings, scratch / "worker.log", "all", "--health-port", str(self.port))

    def feed(self, seed: int, speed: float = SPEED, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Six calls, to the last verdict."""
        plan = plan_calls(seed, 6, seconds_per_call=(8.0, 12.0), spread_s=6.0, heard_before_s=0.0)
        feeding = Feeding(self.settings, plan, speed)
        feeding.start()
        meanwhile()
        feeding.finish()
        expected = expected_chunks(feeding.batches).keys()
        wait_for(lambda: expected <= {(v.stream_id, v.chunk) for v in self.said(self.live)}, 60)
        wait_until_done(self.settings)

    def said(self, reader: TopicReader, model: str = "") -> list[Verdict]:
        """What a topic's verdicts of cause audio say, of one model's or all."""
        found: list[Verdict] = reader.poll()  # type: ignore[assignment]
        return [verdict for verdict in found if verdict.cause == "audio" and model in ("", verdict.model)]

    def answer(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{path}", timeout=5) as answer:
            text: str = answer.read().decode()
            return text

    def wait_for_model(self, use: str, version: str) -> None:
        line = f'callsieve_model_info{{role="classify",use="{use}",version="{version}"}} 1.0'
        wait_for(lambda: line in self.answer("metrics"), 20, lambda: self.answer("metrics")[-3000:])

    def close(self) -> None:
        self.worker.kill()
        self.live.close()
        self.shadow.close()


@pytest.fixture
def world(kafka: Any, clickhouse_server: Any, tmp_path: Path) -> Iterator[World]:
    url = clickhouse_server.url(f"models_{uuid4().hex[:8]}")
    store = open_store(url)
    migrate(store)
    store.close()
    (tmp_path / "library").mkdir()
    settings = Settings(broker=kafka.url, prefix=f"mod{uuid4().hex[:6]}.", store=url, models=str(tmp_path / "library"))
    create_topics(settings.bootstrap, prefix=settings.prefix, partitions=PARTITIONS)
    made = World(settings, tmp_path)
    yield made
    made.close()


def test_a_model_is_tried_compared_promoted_and_taken_back_while_a_worker_runs(world: World, command: Command) -> None:
    doubter = make_model(world.scratch / "trained", doubts_everything=True)
    library = ("--library", world.library)

    def models(*words: object) -> str:
        said = command("models", *words)
        assert said.status == 0, said.err
        return said.out

    world.worker.wait_ready()
    world.wait_for_model("live", SHIPPED_VERSION)
    assert models("add", world.scratch / "trained", *library).startswith(f"{doubter} is in the library")
    models("shadow", doubter[:-3], *library)
    world.wait_for_model("shadow", doubter)

    world.feed(1)
    live, shadow = world.said(world.live), world.said(world.shadow)
    assert {v.model for v in live} == {SHIPPED_VERSION}
    assert {v.model for v in shadow} == {doubter}
    assert {v.id for v in shadow} == {v.id for v in live}
    assert all(v.dry_run for v in shadow)
    assert "speech" in {v.label for v in live}
    assert "speech" not in {v.label for v in shadow}, "it doubts all that no rule tells"
    _compared(world, command, doubter, live, shadow)

    def promote() -> None:
        wait_for(lambda: len(world.said(world.live)) > len(live) + 10, 30)
        models("promote", doubter, *library)
        world.wait_for_model("live", doubter)

    world.feed(2, 3.0, promote)  # calls go on under it
    after = [verdict for verdict in world.said(world.live) if verdict.id not in {v.id for v in live}]
    assert len({v.id for v in after}) == len(after)
    by_call = {v.call_id: [each.model for each in after if each.call_id == v.call_id] for v in after}
    assert all(said == sorted(said, key=[SHIPPED_VERSION, doubter].index) for said in by_call.values()), (
        "back and forth"
    )
    assert any(set(said) == {SHIPPED_VERSION, doubter} for said in by_call.values()), "no call was under way"
    assert not [v for v in after if v.scope == "chunk" and v.model == doubter and v.label == "speech"]
    tried = {v.id for v in world.said(world.shadow)}
    assert not [v for v in after if v.model == doubter and v.id in tried], "what was promoted is no shadow any more"
    assert models("rollback", *library) == f"{SHIPPED_VERSION} is live again instead of {doubter}\n"
    world.wait_for_model("live", SHIPPED_VERSION)

    write_state(world.library, State(live="call_type-absent"))
    wait_for(lambda: "call_type-absent can't be used" in world.answer("ready"), 20)
    assert world.answer("ready").startswith("ready\n")
    assert 'callsieve_model_stale{role="classify"} 1.0' in world.answer("metrics")
    assert world.worker.stop() == 0
    _does_not_start(world)


def _compared(world: World, command: Command, doubter: str, live: list[Verdict], shadow: list[Verdict]) -> None:
    """What the command tells is what the topics say."""
    said = command("models", "compare", "--format", "jsonl", "--store", world.settings.store)
    assert said.status == 0, said.err
    of_kind = {kind: [one for one in said.objects if one["kind"] == kind] for kind in ("agreement", "confusion")}
    (agreement,) = of_kind["agreement"]
    chunks = {v.id: v.label for v in live if v.scope == "chunk"}
    beside = {v.id: v.label for v in shadow if v.scope == "chunk"}
    assert (agreement["live"], agreement["shadow"]) == (SHIPPED_VERSION, doubter)
    assert agreement["chunks"] == len(chunks)
    assert agreement["chunks_alike"] == sum(beside[name] == label for name, label in chunks.items())
    assert agreement["calls"] == len({v.call_id for v in live})
    assert sum(one["chunks"] for one in of_kind["confusion"]) == len(chunks)
    table = command("models", "compare", "--store", world.settings.store).out
    assert f"{doubter} beside it" in table
    assert "speech" in table


def _does_not_start(world: World) -> None:
    words = ["worker", "classify", "--broker", world.settings.broker, "--prefix", world.settings.prefix]
    env = os.environ | {"CALLSIEVE_MODELS": str(world.library)}
    done = subprocess.run([CALLSIEVE, *words], env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(
        "callsieve: the live model call_type-absent can't be used: the library has no model 'call_type-absent'"
    )
    assert len(done.stderr.splitlines()) == 1
