"""Waiting for a store that is away, hangs, or comes back; and how long chunks wait for it."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import numpy as np
import pytest
from chunk_world import chunk, run, sine

from schemas.codec import Codec
from streams.clock import now_ms
from streams.lists import ListView
from streams.lists.rules import Rules
from streams.roles import patience as patience_module
from streams.roles.fingerprint import FingerprintStage
from streams.roles.patience import OutOfPatienceError, Patience
from streams.runtime.acker import PartitionAcker
from streams.runtime.stage import Received
from streams.store import StoreError, StoreUnavailableError


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as made:
        yield made


class Flaky:
    """Work that fails some times before it succeeds."""

    def __init__(self, failures: int) -> None:
        self.calls = 0
        self._failures = failures

    def __call__(self) -> str:
        self.calls += 1
        if self.calls <= self._failures:
            raise StoreUnavailableError("away")
        return "done"


def soon(seconds: float) -> Callable[[], float]:
    moment = time.monotonic() + seconds
    return lambda: moment


def test_a_store_that_comes_back_is_waited_for(executor: ThreadPoolExecutor) -> None:
    work = Flaky(2)
    assert asyncio.run(Patience(executor).call(work)) == "done"
    assert work.calls == 3


def test_delays_grow_from_call_to_call_until_the_store_answers(executor: ThreadPoolExecutor) -> None:
    patience = Patience(executor)

    async def give_up_often() -> list[int]:
        made = []
        for _ in range(4):
            work = Flaky(100)
            with pytest.raises(OutOfPatienceError):
                await patience.call(work, until=soon(0.15))
            made.append(work.calls)
        return made

    calls = asyncio.run(give_up_often())
    assert calls[0] >= 1
    assert sum(calls) <= 5  # 0.1 to 0.2 s after the first, then 0.2 to 0.4, 0.4 to 0.8


def test_what_a_store_refuses_is_not_tried_again(executor: ThreadPoolExecutor) -> None:
    def refused() -> None:
        raise StoreError("no such table")

    with pytest.raises(StoreError, match="no such table"):
        asyncio.run(Patience(executor).call(refused))


def test_a_call_that_hangs_is_given_up_and_none_is_begun_beside_it(executor: ThreadPoolExecutor) -> None:
    answers, begun = threading.Event(), []

    def hang() -> None:
        begun.append("first")
        answers.wait(10)

    async def story() -> str:
        patience = Patience(executor)
        for _ in range(2):
            with pytest.raises(OutOfPatienceError):
                await patience.call(hang, until=soon(0.05))
        answers.set()
        return await patience.call(lambda: "done")

    assert asyncio.run(story()) == "done"
    assert begun == ["first"]


class AwayStore:
    """A store that is away; the core never gets as far as asking it anything else."""

    dialect = "clickhouse"
    version = (18, 16, 1)

    def insert(self, table: str, columns: Mapping[str, object]) -> int:
        raise StoreUnavailableError(f"{table} is away")

    query: Callable[..., Any] = insert
    execute: Callable[..., Any] = insert
    create_database: Callable[..., Any] = insert

    def close(self) -> None:
        """Nothing to close."""


def test_chunks_that_kafka_is_about_to_delete_are_let_go_and_counted(
    executor: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.roles.fingerprint.TRY_S", 30.0)
    monkeypatch.setattr(patience_module, "FIRST_DELAY_S", 0.05)
    stage = FingerprintStage(AwayStore(), ListView(), Rules.load(), Codec(), executor, kept_ms=4_000)  # type: ignore[arg-type]
    rng = np.random.default_rng(1)
    whole = chunk(run(np.concatenate([sine(*rng.uniform(300, 3000, 3), samples=800) for _ in range(20)])))
    acker = PartitionAcker()

    def received(offset: int, age_ms: int) -> Received:
        head = msgspec.structs.replace(whole.head, chunk=offset)
        value = Codec().encode(msgspec.structs.replace(whole, head=head), "call.chunks")
        return Received("call.chunks", 0, offset, b"k", value, now_ms() - age_ms, acker.add(lambda: None))

    begun = time.monotonic()
    batch = [received(0, 5_000), received(1, 1_900), received(2, 400)]
    batch[0].slot._acker = PartitionAcker()  # of a partition that has gone: its owner counts it
    batch[0].slot._acker.close()
    outcome = asyncio.run(stage.process(batch))
    assert outcome.emissions == []
    assert stage.drops()["replay_skipped"] == 2
    assert stage.waiting
    assert time.monotonic() - begun >= 0.5  # the youngest of them had as much time left
