"""Each role's workers, and all in one, suffer every fault: nothing is lost, and what comes twice is the same."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from scenario_world import Scenario

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(400)]

ROLES = {
    "window": ("window",),
    "analysis": ("spectrum", "tones"),
    "classify": ("classify",),
    "fingerprint": ("fingerprint",),
    "sink": ("sink",),
}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_suffers_every_fault_and_the_others_see_none(role: str, stage: Any, scenario: Scenario) -> None:
    others = [name for group in ROLES.values() if group != ROLES[role] for name in group]
    stage.crew(*others)
    crew = stage.crew(*ROLES[role])
    stage.play(scenario, crew.suffer)
    stage.settle(f"faults/{role}", scenario)


def test_spectrum_and_tones_apart_suffer_every_fault_and_are_then_fused(stage: Any, scenario: Scenario) -> None:
    stage.crew("window", "classify", "fingerprint", "sink")
    apart = [stage.crew("spectrum"), stage.crew("tones")]

    def faults() -> None:
        with ThreadPoolExecutor(2) as both:
            list(both.map(lambda crew: crew.suffer(), apart))
        stage.crew("spectrum", "tones").workers[0].wait_ready()  # and now the two are one, in the middle of calls
        for crew in apart:
            crew.stop()

    stage.play(scenario, faults)
    stage.settle("faults/apart", scenario)


def test_workers_of_all_roles_suffer_every_fault(stage: Any, scenario: Scenario) -> None:
    crew = stage.crew("all")
    stage.play(scenario, crew.suffer)
    stage.settle("faults/all", scenario)
