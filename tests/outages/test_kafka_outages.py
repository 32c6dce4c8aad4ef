"""Kafka hanging, and killed and begun again: feeding goes on after it, and nothing is lost."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from outage_world import OutageWorld, percentile, record_result, slowed, stopped
from pipeline_world import wait_for

from streams.broker import EmbeddedBroker

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(300)]


class Broker:
    """A Kafka that can be killed and begun again, on the same port and data."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self.embedded = EmbeddedBroker(data=data).start()
        self.port = self.embedded.port

    @property
    def pid(self) -> int:
        assert self.embedded.pid is not None
        return self.embedded.pid

    def kill(self) -> None:
        self.embedded.kill()

    def start(self) -> None:
        self.embedded = EmbeddedBroker(port=self.port, data=self._data).start()


Outage = Callable[[Broker], AbstractContextManager[None]]


def hung(broker: Broker) -> AbstractContextManager[None]:
    return stopped(broker.pid)


def on_a_slow_disk(broker: Broker) -> AbstractContextManager[None]:
    return slowed(broker.pid)


@contextmanager
def killed(broker: Broker) -> Iterator[None]:
    broker.kill()
    yield
    broker.start()


def test_kafka_comes_back_and_nothing_is_lost(clickhouse_server: Any, tmp_path: Path) -> None:
    broker = Broker(tmp_path / "kafka")
    world = OutageWorld(broker.embedded.url, clickhouse_server.url, tmp_path)
    try:
        world.start()
        _outage(world, broker, "Kafka hangs for 10 s", hung, 10.0)
        _outage(world, broker, "Kafka at a tenth of its pace for 12 s", on_a_slow_disk, 12.0, told=False)
        _outage(world, broker, "Kafka killed, back after 8 s", killed, 8.0)
    finally:
        code = world.close()
        broker.embedded.stop()
    assert code == 0


def _outage(
    world: OutageWorld, broker: Broker, name: str, outage: Outage, lasts_s: float, *, told: bool = True
) -> None:
    restarts = world.restarts
    feeding = world.feed(len(name), 30, spread_s=54, speed=4)
    time.sleep(2)
    memory, held = [world.memory_mb()], [0.0]
    with outage(broker):
        over = time.monotonic() + lasts_s
        if told:
            wait_for(lambda: world.ready()[0] in (0, 503), lasts_s, world.said)
        while time.monotonic() < over:
            time.sleep(0.5)
            memory.append(world.memory_mb())
            held.append(world.metric("callsieve_records_held"))
    ended_ms = time.time() * 1000
    feeding.finish()
    judged = world.judged(feeding)
    world.settle()
    wait_for(lambda: world.ready()[0] == 200, 60, lambda: world.ready()[1])
    back = judged.seconds_to_verdict(ended_ms)
    missing = world.missing_in_store()
    record_result(
        name,
        chunks=len(judged.expected),
        held_at_most=int(max(held)),
        skipped=int(world.metric("callsieve_drops_total", reason="replay_skipped")),
        repeated=judged.repeated,
        lost=judged.lost,
        not_in_store=missing,
        missed=int(world.metric("callsieve_records_missed_total")),
        restarts=world.restarts - restarts,
        p50_after_s=percentile(back, 0.5),
        p99_after_s=percentile(back, 0.99),
        memory_mb=f"{memory[0]:.0f} to {max(memory):.0f}",
    )
    assert (judged.lost, missing) == (0, 0)
    assert max(memory) - memory[0] < 200
