"""What was fetched and not acknowledged comes again after a rebalance, wherever the group stands."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from confluent_kafka import Producer
from faust.types import TP

from streams.registry_wait import Schemas
from streams.runtime.faust_app import committed, make_app
from streams.runtime.runner import RoleRunner
from streams.runtime.stage import Outcome, Received
from streams.settings import Settings
from streams.topics import OUTCOMES, create_topics

pytestmark = pytest.mark.slow

PARTITION, COUNT = 2, 5


class Taking:
    """A stage that notes what it takes, and is done with the first few records only."""

    role, sources, batch, in_flight, linger_s = "test", (OUTCOMES,), 100, 1, 0.0

    def __init__(self, done_with: int) -> None:
        self.taken: list[int] = []
        self._done_with = done_with

    def reset(self) -> None: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def drops(self) -> dict[str, int]:
        return {}

    async def process(self, batch: list[Received]) -> Outcome:
        for received in batch:
            self.taken.append(received.offset)
            if received.offset >= self._done_with:
                received.slot.hold()
        return Outcome()


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not done():  # noqa: ASYNC110 - what others do is looked at, not told
            await asyncio.sleep(0.05)


def produce(settings: Settings) -> None:
    producer = Producer(settings.client())
    for number in range(COUNT):
        producer.produce(settings.prefix + OUTCOMES, str(number), partition=PARTITION)
    assert producer.flush(20) == 0


@pytest.mark.parametrize("done_with", [0, 3])
def test_a_consumer_goes_back_to_what_is_not_acknowledged(kafka: Any, tmp_path: Path, done_with: int) -> None:
    settings = Settings(broker=kafka.url, prefix=f"reb{uuid4().hex[:6]}.")
    create_topics(settings.bootstrap, prefix=settings.prefix, partitions=4)
    produce(settings)
    stage = Taking(done_with)

    async def seek_in_mid_stream() -> None:
        app = make_app("test", settings, tmp_path)
        runner = RoleRunner(stage, app, settings.prefix, Schemas())
        await app.start()
        try:
            await until(lambda: stage.taken == list(range(COUNT)))
            place = TP(settings.prefix + OUTCOMES, PARTITION)
            await until(lambda: (committed(app, place) or 0) == done_with)
            assert runner.pending == COUNT - done_with
            await app.consumer.perform_seek()  # as Faust does at the end of every rebalance
            await until(lambda: stage.taken[COUNT:] == list(range(done_with, COUNT)))
        finally:
            await app.stop()

    asyncio.run(seek_in_mid_stream())
