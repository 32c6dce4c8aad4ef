"""A role that is stuck, and those that only look like it."""

from types import SimpleNamespace
from typing import Any

import pytest

from streams.runtime import progress as progress_module
from streams.runtime.progress import STUCK_S, Progress


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


class World:
    """One role and its Kafka, and a watch that looks at them every second."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.kafka: Any = SimpleNamespace(away=False, ends={})
        self.behind = 0
        self.role: Any = SimpleNamespace(
            stage=SimpleNamespace(role="window", waiting=False),
            taken=0,
            acknowledged=0,
            working=False,
            registry_away=False,
            unread=lambda _: self.behind,
        )
        self.progress = Progress([self.role], self.kafka)

    def pass_time(self, seconds: int, *, taking: bool = False, acknowledging: bool = False) -> float:
        for _ in range(seconds):
            self.clock.now += 1
            self.role.taken += taking
            self.role.acknowledged += acknowledging
            self.progress.check()
        return self.progress.stuck_s(self.role)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    clock = Clock()
    monkeypatch.setattr(progress_module, "time", clock)
    return World(clock)


def test_a_role_that_takes_in_and_acknowledges_nothing_is_stuck(world: World) -> None:
    assert world.pass_time(100, taking=True, acknowledging=True) == 0
    assert world.pass_time(100, taking=True) == 100


def test_a_role_that_does_not_read_what_is_there_is_stuck(world: World) -> None:
    world.behind = 5
    assert world.pass_time(100) > STUCK_S


def test_a_batch_that_never_ends_is_stuck(world: World) -> None:
    world.role.working = True
    assert world.pass_time(100) > STUCK_S


def test_holding_what_silent_taps_left_open_is_not_stuck(world: World) -> None:
    world.pass_time(10, taking=True)
    assert world.pass_time(600) <= STUCK_S


@pytest.mark.parametrize("away", ["kafka", "store", "registry"])
def test_what_a_role_needs_being_away_is_told_by_itself(world: World, away: str) -> None:
    world.behind = 5
    world.kafka.away = away == "kafka"
    world.role.stage.waiting = away == "store"
    world.role.registry_away = away == "registry"
    assert world.pass_time(600) == 0
    world.kafka.away = world.role.stage.waiting = world.role.registry_away = False
    assert world.pass_time(40) == 40
