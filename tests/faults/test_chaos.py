"""Workers of all roles that are killed, ended, paused and started at random, from a seed."""

import time
from random import Random
from typing import Any

import pytest
from fault_world import Crew
from scenario_world import Scenario

MOST_WORKERS = 3
LASTING_S = 36.0


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(400)
@pytest.mark.parametrize("seed", [1])
def test_whatever_happens_to_workers_in_whatever_order_nothing_is_lost(
    seed: int, stage: Any, scenario: Scenario
) -> None:
    rng = Random(seed)
    crews = [
        stage.crew("all"),
        stage.crew("window", "classify"),
        stage.crew("spectrum", "tones", "fingerprint", "sink"),
    ]
    stage.play(scenario, lambda: _chaos(rng, crews))
    for crew in crews:
        if not crew.workers:
            crew.start()
    stage.settle(f"faults/chaos-{seed}", scenario)


def _chaos(rng: Random, crews: list[Crew]) -> None:
    begun = time.monotonic()
    while time.monotonic() - begun < LASTING_S:
        crew = rng.choice(crews)
        happens = rng.choice(("start", "kill", "end", "pause", "pause"))
        if happens == "start" or not crew.workers:
            if len(crew.workers) < MOST_WORKERS:
                crew.start(ready=False)
        elif happens == "pause":
            crew.pause(rng.choice(crew.workers), rng.uniform(0.5, 9.0))
        else:
            rng.shuffle(crew.workers)
            crew.workers[0].wait_ready()  # one that has not begun yet has nothing to end in order
            getattr(crew, happens)()
        time.sleep(rng.uniform(0.2, 2.0))
