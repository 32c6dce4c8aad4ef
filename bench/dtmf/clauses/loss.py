"""Digits of which packets are lost."""

from functools import partial
from typing import Final, NamedTuple

import numpy as np

from bench.dtmf.clause import Case, Clause, Material
from bench.dtmf.digits import Sender, Trials, trials
from bench.heard.channel import Fill, lose

SHARES: Final = (1.0, 2.0, 3.0, 5.0, 10.0)  # %


class Way(NamedTuple):
    """How packets are lost and what is played instead."""

    fill: Fill
    bursts: bool
    ms: float

    @property
    def name(self) -> str:
        """What tables call it."""
        return f"{self.ms:g} ms, {self.fill}{', bursts' if self.bursts else ''}"


WAYS: Final = (
    Way("zeros", False, 50),
    Way("repetition", False, 50),
    Way("zeros", True, 50),
    Way("repetition", True, 50),
    Way("zeros", False, 100),
    Way("repetition", False, 100),
)


def _lossy(way: Way, percent: float, rng: np.random.Generator, n: int, material: Material) -> Trials:
    made = trials(rng, n, Sender().lasting(way.ms / 1000))
    rows, received = lose(rng, made.rows, percent / 100, way.fill, bursts=way.bursts)
    return Trials(rows, made.truth, received)


CLAUSES: Final = (
    Clause(
        "loss",
        "Packet loss",
        "Packets of 20 ms are lost, each by itself or in bursts of two on average; in their place come zeros or the "
        "last packet once more. Ours is told which samples were received, as the tap tells it, and takes part a second "
        "time without being told. Of a digit of 50 ms with all its packets lost nobody hears anything.",
        "% lost",
        tuple(Case(way.name, x, "accept", partial(_lossy, way, x)) for way in WAYS for x in SHARES),
        variants=("callsieve, not told of losses",),
    ),
)
