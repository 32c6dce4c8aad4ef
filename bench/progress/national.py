"""Supervisory tones of nine countries, written down by themselves: a wrong line in `features.tones` shows here.

ITU-T E.180 supplement 2 and common practice. Two lines that send the same signal under two names can't be told apart by
anybody: there either name is right.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from bench.progress.sounds import RATE, Sound, modulated, sines, switched

Make = Callable[[np.random.Generator, float], Sound]
KINDS: Final = ("dial", "ringback", "busy", "reorder")
_SECONDS: Final = {"dial": 7.2, "ringback": 11.2, "busy": 7.2, "reorder": 7.2}  # a second of silence comes before
_DEPTH: Final = (0.7, 1.0)  # of amplitude modulation: Japan's is 85 % +- 15


@dataclass(frozen=True, slots=True)
class Plan:
    """One cell of the table: Hz; seconds on, off and so on (none: without a break); Hz of modulation; dB by burst."""

    frequencies: tuple[float, ...]
    cadence: tuple[float, ...] = ()
    modulation: float = 0.0
    gains_db: tuple[float, ...] = ()


PLANS: Final[dict[str, tuple[Plan, Plan, Plan, Plan]]] = {  # in the order of KINDS
    "US, Canada": (
        Plan((350, 440)),
        Plan((440, 480), (2, 4)),
        Plan((480, 620), (0.5, 0.5)),
        Plan((480, 620), (0.25, 0.25)),
    ),
    "UK": (
        Plan((350, 440)),
        Plan((400, 450), (0.4, 0.2, 0.4, 2)),
        Plan((400,), (0.375, 0.375)),
        Plan((400,), (0.4, 0.35, 0.225, 0.525)),
    ),
    "France": (Plan((440,)), Plan((440,), (1.5, 3.5)), Plan((440,), (0.5, 0.5)), Plan((440,), (0.25, 0.25))),
    "Germany": (Plan((425,)), Plan((425,), (1, 4)), Plan((425,), (0.48, 0.48)), Plan((425,), (0.24, 0.24))),
    "Spain": (
        Plan((425,)),
        Plan((425,), (1.5, 3)),
        Plan((425,), (0.2, 0.2)),
        Plan((425,), (0.2, 0.2, 0.2, 0.2, 0.2, 0.6)),
    ),
    "Italy": (
        Plan((425,), (0.2, 0.2, 0.6, 1)),
        Plan((425,), (1, 4)),
        Plan((425,), (0.5, 0.5)),
        Plan((425,), (0.2, 0.2)),
    ),
    "Japan": (
        Plan((400,)),
        Plan((400,), (1, 2), modulation=16),
        Plan((400,), (0.5, 0.5)),
        Plan((400,), (0.5, 0.5)),
    ),
    "Australia": (
        Plan((413, 438)),
        Plan((413, 438), (0.4, 0.2, 0.4, 2)),
        Plan((425,), (0.375, 0.375)),
        Plan((425,), (0.375, 0.375), gains_db=(0, -10)),
    ),
    "India": (
        Plan((400,), modulation=25),
        Plan((400,), (0.4, 0.2, 0.4, 2), modulation=25),
        Plan((400,), (0.75, 0.75)),
        Plan((400,), (0.25, 0.25)),
    ),
}


def names(plan: Plan) -> frozenset[str]:
    """Every name that some country gives this very signal."""
    return frozenset(
        kind for plans in PLANS.values() for kind, other in zip(KINDS, plans, strict=True) if other == plan
    )


def maker(kind: str, plan: Plan) -> Make:
    """What makes the tone, a factor on its frequencies given."""

    def make(rng: np.random.Generator, factor: float) -> Sound:
        samples = sines(rng, round(_SECONDS[kind] * RATE), [f * factor for f in plan.frequencies])
        if plan.modulation:
            samples = modulated(rng, samples, plan.modulation, rng.uniform(*_DEPTH))
        return switched(samples, plan.cadence, plan.gains_db)

    return make
