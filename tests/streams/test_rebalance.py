"""A rebalance shows a role each record once, in order, from what is acknowledged on, wherever the group stands."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
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
    """A stage that notes what it takes, and is done with the first few records of a partition only.

    ``latest`` is what it took since partitions last came or went.
    """

    role, sources, batch, in_flight, linger_s = "test", (OUTCOMES,), 100, 1, 0.0

    def __init__(self, done_with: int) -> None:
        self.taken: list[int] = []
        self.latest: list[tuple[int, int]] = []
        self._done_with = done_with

    def reset(self) -> None:
        self.latest.clear()

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def drops(self) -> dict[str, int]:
        return {}

    async def process(self, batch: list[Received]) -> Outcome:
        for received in batch:
            self.taken.append(received.offset)
            self.latest.append((received.partition, received.offset))
            if received.offset >= self._done_with:
                received.slot.hold()
        return Outcome()


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not done():  # noqa: ASYNC110 - what others do is looked at, not told
            await asyncio.sleep(0.05)


def with_topics(kafka: Any, *, partitions: int) -> Settings:
    settings = Settings(broker=kafka.url, prefix=f"reb{uuid4().hex[:6]}.")
    create_topics(settings.bootstrap, prefix=settings.prefix, partitions=partitions)
    return settings


def produce(settings: Settings, partitions: Sequence[int] = (PARTITION,)) -> None:
    producer = Producer(settings.client())
    for partition in partitions:
        for number in range(COUNT):
            producer.produce(settings.prefix + OUTCOMES, str(number), partition=partition)
    assert producer.flush(20) == 0


@pytest.mark.parametrize("done_with", [0, 3])
def test_a_consumer_goes_back_to_what_is_not_acknowledged(kafka: Any, tmp_path: Path, done_with: int) -> None:
    settings = with_topics(kafka, partitions=4)
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
            await app.on_partitions_assigned.send(set())  # as Faust does at the end of every rebalance
            app.consumer.stop_flow()
            app.consumer.resume_flow()
            await until(lambda: stage.taken[COUNT:] == list(range(done_with, COUNT)))
        finally:
            await app.stop()

    asyncio.run(seek_in_mid_stream())


class Member:
    """A worker of the group whose ways back to what is committed take as long as the test likes.

    ``set_out`` and ``been_back`` count them; ``once_back`` is called at the end of each.
    """

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.set_out = self.been_back = 0
        self.stage = Taking(done_with=0)
        self.app = make_app("test", settings, folder)
        self.runner = RoleRunner(self.stage, self.app, settings.prefix, Schemas())
        self.may_return = asyncio.Event()
        self.once_back: Callable[[], Awaitable[None]] | None = None
        thread: Any = self.app.consumer._thread
        seek = thread.seek_to_committed

        async def slow_seek() -> Any:
            self.set_out += 1
            await self.may_return.wait()
            offsets = await seek()
            self.been_back += 1
            if self.once_back is not None:
                await self.once_back()
            return offsets

        thread.seek_to_committed = slow_seek


async def nothing_comes(stage: Taking) -> None:
    for _ in range(20):
        await asyncio.sleep(0.1)
        assert stage.latest == []


def test_records_do_not_flow_into_a_rebalance_that_begins_while_a_consumer_goes_back(
    kafka: Any, tmp_path: Path
) -> None:
    settings = with_topics(kafka, partitions=2)

    async def rebalance_again() -> None:
        one, two = Member(settings, tmp_path), Member(settings, tmp_path)
        two.may_return.set()

        async def go_back_meanwhile(*_: Any, **__: Any) -> None:
            if one.set_out == 1:
                one.may_return.set()
                await until(lambda: one.been_back == 1)
                await asyncio.sleep(1.0)  # time enough to let records flow
                one.may_return.clear()

        one.app.on_partitions_revoked.connect(go_back_meanwhile, weak=False)
        starting = [asyncio.ensure_future(one.app.start())]  # which lasts until it has gone back
        try:
            await until(lambda: one.set_out == 1)
            starting.append(asyncio.ensure_future(two.app.start()))
            await until(lambda: one.set_out == 2)
            produce(settings, [0, 1])
            await nothing_comes(one.stage)
            one.may_return.set()
            await until(lambda: len(one.stage.latest) == COUNT)
            await asyncio.sleep(0.5)
            assert [offset for _, offset in one.stage.latest] == list(range(COUNT))
        finally:
            one.may_return.set()
            await asyncio.gather(*starting)
            await asyncio.gather(one.app.stop(), two.app.stop())

    asyncio.run(rebalance_again())


def test_records_of_its_first_partitions_wait_until_a_consumer_has_gone_back(kafka: Any, tmp_path: Path) -> None:
    settings = with_topics(kafka, partitions=1)

    async def inherit() -> None:
        members = [Member(settings, tmp_path), Member(settings, tmp_path)]
        for member in members:
            member.may_return.set()
        try:
            await asyncio.gather(*(member.app.start() for member in members))
            await until(lambda: sum(len(each.runner.places) for each in members) == 1)
            owner, heir = sorted(members, key=lambda each: not each.runner.places)
            produce(settings, [0])
            await until(lambda: len(owner.stage.latest) == COUNT)
            heir.may_return.clear()
            before = heir.set_out
            await owner.app.stop()
            members.remove(owner)
            await until(lambda: heir.set_out > before)
            await nothing_comes(heir.stage)
            heir.may_return.set()
            await until(lambda: len(heir.stage.latest) == COUNT)
            await asyncio.sleep(0.5)
            assert heir.stage.latest == [(0, offset) for offset in range(COUNT)]
        finally:
            for member in members:
                member.may_return.set()
                await member.app.stop()

    asyncio.run(inherit())


def test_a_consumer_that_takes_longer_to_go_back_than_is_waited_for_shows_records_once_it_is_there(
    kafka: Any, tmp_path: Path
) -> None:
    settings = with_topics(kafka, partitions=1)
    produce(settings, [0])

    async def dawdle() -> None:
        member = Member(settings, tmp_path)
        member.app.conf.broker_request_timeout = settings.session_timeout_s  # no less is taken
        try:
            await member.app.start()
            await until(lambda: member.set_out == 1)
            await asyncio.sleep(settings.session_timeout_s + 1)
            await nothing_comes(member.stage)
            assert not member.runner.ready
            member.may_return.set()
            await until(lambda: len(member.stage.latest) == COUNT)
            assert member.runner.ready
            await asyncio.sleep(0.5)
            assert member.stage.latest == [(0, offset) for offset in range(COUNT)]
        finally:
            member.may_return.set()
            await member.app.stop()

    asyncio.run(dawdle())


def test_records_that_come_and_are_thrown_away_on_the_way_back_are_seen(kafka: Any, tmp_path: Path) -> None:
    settings = with_topics(kafka, partitions=1)
    produce(settings, [0])

    async def throw_away() -> None:
        member = Member(settings, tmp_path)
        member.may_return.set()
        consumer: Any = member.app.consumer

        async def fetched_meanwhile() -> None:
            if member.been_back == 1:
                consumer._thread.seek(TP(settings.prefix + OUTCOMES, 0), COUNT)
                await consumer.perform_seek()  # as Faust does where records come while none may flow

        member.once_back = fetched_meanwhile
        try:
            await member.app.start()
            await until(lambda: len(member.stage.latest) == COUNT)
            assert member.stage.latest == [(0, offset) for offset in range(COUNT)]
        finally:
            await member.app.stop()

    asyncio.run(throw_away())


def test_a_worker_that_ends_on_the_way_back_ends_in_order(kafka: Any, tmp_path: Path) -> None:
    settings = with_topics(kafka, partitions=1)
    produce(settings, [0])

    async def end() -> None:
        member = Member(settings, tmp_path)

        async def fail() -> None:
            raise RuntimeError("there is no Kafka any more")

        member.once_back = fail
        await member.app.start()
        await until(lambda: member.set_out == 1)
        stopping = asyncio.ensure_future(member.app.stop())
        await asyncio.sleep(0)
        member.may_return.set()
        await stopping
        assert not member.app.crashed
        assert member.stage.taken == []

    asyncio.run(end())
