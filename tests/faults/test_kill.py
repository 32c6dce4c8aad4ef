"""Two workers of all roles, one killed in the middle: the quick one of the fault tests."""

import time
from typing import Any

import pytest
from scenario_world import make_scenario

SPEED = 4.0


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_a_worker_killed_in_the_middle_loses_nothing(stage: Any) -> None:
    scenario = make_scenario(seed=3, calls=60, spread_s=45.0, speed=SPEED)
    crew = stage.crew("all", workers=2)

    def faults() -> None:
        time.sleep(6.0)
        crew.kill()
        crew.start()

    stage.play(scenario, faults, speed=SPEED)
    stage.settle("faults/quick", scenario)
