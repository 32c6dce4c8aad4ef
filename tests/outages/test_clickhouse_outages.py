"""ClickHouse away, hanging or slow: verdicts go on, nothing is lost, and what waits reaches it later."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from clickhouse_server import ClickHouseServer, find_binary
from outage_world import OutageWorld, percentile, record_result, slowed, stopped
from pipeline_world import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(300)]

CALLS = 30
SPREAD_S = 45.0
SPEED = 3.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseServer]:
    """A server of these tests' own, which they may stop."""
    if find_binary() is None:
        pytest.skip("there is no clickhouse-server here (apt-get install clickhouse-server)")
    made = ClickHouseServer(tmp_path_factory.mktemp("outages"))
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def world(kafka: Any, server: ClickHouseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OutageWorld]:
    """One pipeline for all these outages; each feeds calls of its own."""
    made = OutageWorld(kafka.url, server.url, tmp_path_factory.mktemp("world"))
    made.start()
    yield made
    made.close()


Outage = Callable[[ClickHouseServer], AbstractContextManager[None]]


@contextmanager
def killed(server: ClickHouseServer) -> Iterator[None]:
    server.kill()
    yield
    server.start()


def hung(server: ClickHouseServer) -> AbstractContextManager[None]:
    return stopped(server.pid)


def on_a_slow_disk(server: ClickHouseServer) -> AbstractContextManager[None]:
    return slowed(server.pid)


@pytest.mark.parametrize(
    ("name", "outage", "lasts_s", "told"),
    [
        ("ClickHouse killed for a second", killed, 1.0, False),
        ("ClickHouse killed for 15 s", killed, 15.0, True),
        ("ClickHouse hangs for 15 s", hung, 15.0, True),
        ("ClickHouse at a tenth of its pace for 12 s", on_a_slow_disk, 12.0, False),
    ],
)
def test_verdicts_go_on_and_reach_the_store_later(
    world: OutageWorld, server: ClickHouseServer, name: str, outage: Outage, lasts_s: float, told: bool
) -> None:
    skipped_before = world.metric("callsieve_drops_total", reason="replay_skipped")
    feeding = world.feed(len(name), CALLS, spread_s=SPREAD_S, speed=SPEED)
    time.sleep(4)
    began_ms = time.time() * 1000
    memory, held = [world.memory_mb()], [0.0]
    with outage(server):
        over = time.monotonic() + lasts_s
        if told:  # long before the driver's own timeout of a minute
            wait_for(lambda: "sink: the store is away" in world.ready()[1], lasts_s, world.said)
            assert world.ready()[0] == 503
            assert world.metric("callsieve_store_away", role="sink") == 1
        while time.monotonic() < over:
            time.sleep(0.5)
            memory.append(world.memory_mb())
            held.append(world.metric("callsieve_lag_records", role="sink"))
    ended_ms = time.time() * 1000
    feeding.finish()
    judged = world.judged(feeding)
    during, after = judged.seconds_to_verdict(began_ms, ended_ms), judged.seconds_to_verdict(ended_ms)
    world.settle()
    wait_for(lambda: world.ready()[0] == 200, 30, lambda: world.ready()[1])
    skipped = world.metric("callsieve_drops_total", reason="replay_skipped") - skipped_before
    missing = world.missing_in_store()
    record_result(
        name,
        chunks=len(judged.expected),
        held_at_most=int(max(held)),
        skipped=int(skipped),
        repeated=judged.repeated,
        lost=judged.lost,
        not_in_store=missing,
        restarts=world.restarts,
        p99_during_s=percentile(during, 0.99),
        p99_after_s=percentile(after, 0.99),
        memory_mb=f"{memory[0]:.0f} to {max(memory):.0f}",
    )
    assert during, "nothing was judged while the store was away"
    assert (judged.lost, missing, skipped, world.restarts) == (0, 0, 0, 0)
    assert max(memory) - memory[0] < 200


def test_a_worker_ends_in_time_while_the_store_hangs(
    kafka: Any, server: ClickHouseServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    world = OutageWorld(kafka.url, server.url, tmp_path_factory.mktemp("stop"))
    world.start()
    with stopped(server.pid):
        world.feed(3, 6, spread_s=4, speed=8).finish()
        wait_for(lambda: "sink: the store is away" in world.ready()[1], 30, world.said)
        began = time.monotonic()
        code = world.close()
        took_s = time.monotonic() - began
    record_result("a worker told to end while ClickHouse hangs", status=code, seconds=f"{took_s:.1f}")
    assert code == 0
