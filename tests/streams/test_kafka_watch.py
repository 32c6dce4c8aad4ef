"""Asking Kafka how things stand, and leaving its client in order."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from streams.runtime import kafka_watch
from streams.runtime.kafka_watch import KafkaWatch
from streams.settings import Settings

NOBODY = Settings(broker="kafka://127.0.0.1:9")  # the discard port: no Kafka


class Remembering(ThreadPoolExecutor):
    """Remembers what it was given to do."""

    def __init__(self) -> None:
        super().__init__(2)
        self.given: list[Future[Any]] = []
        self.busy = asyncio.Event()

    def submit(self, work: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        future = super().submit(work, *args, **named)
        self.given.append(future)
        self.busy.set()
        return future


def test_no_thread_is_inside_the_client_once_the_watch_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka_watch, "TIMEOUT_S", 0.3)
    executor = Remembering()

    async def watched() -> list[bool]:
        asyncio.get_running_loop().set_default_executor(executor)
        async with KafkaWatch(NOBODY):
            await executor.busy.wait()
        return [future.done() for future in executor.given]

    assert asyncio.run(watched()) == [True]


def test_kafka_that_does_not_answer_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka_watch, "TIMEOUT_S", 0.1)

    async def watched() -> None:
        async with KafkaWatch(NOBODY) as watch:
            while not watch.away:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(watched(), 30))
