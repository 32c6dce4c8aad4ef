"""One scenario and a stage of its own for each run."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fault_world import Crew
from ledger_world import Ledger
from outage_world import record_result
from pipeline_world import FUSED, PARTITIONS, wait_until_done
from scenario_world import Play, Scenario, make_scenario

from streams.settings import Settings
from streams.store import Store, open_store
from streams.store.migrations import migrate
from streams.topics import create_topics

SPEED = 2.5


@pytest.fixture(scope="session")
def scenario() -> Scenario:
    """Some hundred calls in forty seconds, and what undisturbed cores make of them."""
    return make_scenario(seed=5, calls=110, spread_s=80.0, speed=SPEED)


@dataclass
class Stage:
    """Topics and a store of their own, and the workers that work on them."""

    settings: Settings
    store: Store
    folder: Path
    crews: list[Crew] = field(default_factory=list)

    def crew(self, *roles: str, workers: int = 1) -> Crew:
        """A crew of so many workers; wait for them with :meth:`ready`."""
        crew = Crew(self.settings, self.folder, roles)
        self.crews.append(crew)
        for _ in range(workers):
            crew.start(ready=False)
        return crew

    def ready(self) -> None:
        for crew in self.crews:
            for worker in crew.workers:
                worker.wait_ready()

    def play(self, scenario: Scenario, faults: Callable[[], None], *, speed: float = SPEED) -> None:
        """Play the scenario, and let faults happen meanwhile."""
        self.ready()
        play = Play(self.settings, scenario, speed)
        play.start()
        faults()
        play.finish()

    def settle(self, name: str, scenario: Scenario, *, roles: tuple[str, ...] = FUSED) -> dict[str, int]:
        """Wait until nothing is left to do, see that all is as it should be, and note the figures."""
        wait_until_done(self.settings, 90.0, roles=roles)
        for crew in self.crews:
            crew.stop()
        ended = sum(len(crew.codes) for crew in self.crews)
        figures = Ledger(self.settings, self.store, scenario).check()
        record_result(name, **figures, ended_in_order=ended)
        return figures


@pytest.fixture
def stage(kafka: Any, clickhouse_server: Any, tmp_path: Path) -> Iterator[Stage]:
    name = uuid4().hex[:6]
    settings = Settings(broker=kafka.url, prefix=f"fault{name}.", store=clickhouse_server.url(f"fault_{name}"))
    create_topics(settings.bootstrap, prefix=settings.prefix, partitions=PARTITIONS)
    store = open_store(settings.store)
    store.create_database()
    migrate(store)
    made = Stage(settings, store, tmp_path)
    yield made
    for crew in made.crews:
        crew.kill_all()
    store.close()
