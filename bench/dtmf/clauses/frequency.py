"""Frequencies off the nominal (Q.24 table 1: AT&T operates at 1.5 %, NTT at 1.8 %; neither at 3.5 % and 3.0 %)."""

from functools import partial
from typing import Final

import numpy as np

from bench.dtmf.clause import Case, Clause, Material, Wanted
from bench.dtmf.digits import Sender, Trials, trials

ACCEPTED: Final = (0.0, 1.0, 1.5, 1.8)
BETWEEN: Final = (2.0, 2.2, 2.5, 2.8)
REJECTED: Final = (3.0, 3.5, 4.0, 5.0)
BOTH, ONE = "both tones off", "one tone off"


def wanted(percent: float) -> Wanted:
    """What Q.24 asks for at a deviation: neither of its columns says anything between 1.8 and 3.0 %."""
    return "accept" if percent <= ACCEPTED[-1] else "reject" if percent >= REJECTED[0] else "either"


def _both(percent: float, rng: np.random.Generator, n: int, material: Material) -> Trials:
    return trials(rng, n, Sender(low_error=percent / 100, high_error=percent / 100))


def _one(percent: float, rng: np.random.Generator, n: int, material: Material) -> Trials:
    """Half of the trials with the low tone off, half with the high one, the other nominal."""
    low = trials(rng, n // 2, Sender(low_error=percent / 100))
    high = trials(rng, n - n // 2, Sender(high_error=percent / 100))
    return Trials(np.concatenate([low.rows, high.rows]), low.truth + high.truth)


CLAUSES: Final = (
    Clause(
        "frequency",
        "Frequencies off the nominal",
        "Digits of 50 ms. Both tones off, each to its own side, or one of them alone, the row's in half of the trials "
        "and the column's in the other: the harder way of being wrong.",
        "%",
        tuple(
            Case(series, x, wanted(x), partial(build, x))
            for series, build in ((BOTH, _both), (ONE, _one))
            for x in (*ACCEPTED, *BETWEEN, *REJECTED)
        ),
    ),
)
