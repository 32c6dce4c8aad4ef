"""Durations (Q.24 table 1: a tone of 40 ms operates, one of 23 ms (AT&T) or 24 ms (NTT) doesn't; pause 40 / 30 ms)."""

from functools import partial
from typing import Final

import numpy as np

from bench.dtmf.clause import Case, Clause, Material
from bench.dtmf.digits import Sender, Trials, trials

DURATIONS: Final = (15, 20, 23, 24, 26, 28, 30, 32, 34, 36, 38, 40, 45, 50, 60)  # ms
PAUSES: Final = (15, 20, 25, 30, 35, 40, 50, 60)
BREAKS: Final = (1, 2, 5, 8, 10, 12, 15)
TOO_SHORT, LONG_ENOUGH = 24, 40
LEAST_PAUSE: Final = 30  # NTT; AT&T: 40
MOST_BREAK: Final = 10


def _lasting(ms: float, rng: np.random.Generator, n: int, material: Material) -> Trials:
    return trials(rng, n, Sender().lasting(ms / 1000))


def _paused(ms: float, rng: np.random.Generator, n: int, material: Material) -> Trials:
    return trials(rng, n, Sender(on_s=(0.05, ms / 1000, 0.05), presses=2))


def _velocity(ms: float, rng: np.random.Generator, n: int, material: Material) -> Trials:
    """Tone and pause of half the time each, the same key three times."""
    half = ms / 2000
    return trials(rng, n, Sender(on_s=(half, half, half, half, half), presses=3))


def _broken(ms: float, rng: np.random.Generator, n: int, material: Material) -> Trials:
    """One press of 100 ms with a break anywhere in its middle half."""
    first = float(rng.uniform(0.025, 0.075))
    return trials(rng, n, Sender(on_s=(first, ms / 1000, 0.1 - first)))


def _broken_anywhere(ms: float, rng: np.random.Generator, n: int, material: Material) -> Trials:
    """Breaks at twenty places, so that no one place decides."""
    parts = [_broken(ms, rng, len(part), material) for part in np.array_split(np.arange(n), min(n, 20))]
    widest = max(part.rows.shape[1] for part in parts)
    rows = [np.pad(part.rows, ((0, 0), (0, widest - part.rows.shape[1]))) for part in parts]
    return Trials(np.concatenate(rows), tuple(sent for part in parts for sent in part.truth))


CLAUSES: Final = (
    Clause(
        "duration",
        "Length of a tone",
        "One press of so many milliseconds.",
        "ms",
        tuple(
            Case(
                "duration",
                x,
                "reject" if x <= TOO_SHORT else "accept" if x >= LONG_ENOUGH else "either",
                partial(_lasting, float(x)),
            )
            for x in DURATIONS
        ),
    ),
    Clause(
        "pause",
        "Pause between digits",
        "The same key twice, 50 ms each, with a pause of so many milliseconds: two digits are wanted. And three times "
        "at the signal velocities of Q.24, 93 and 120 ms from one press to the next, half tone and half pause.",
        "ms",
        (
            *(Case("pause", x, "accept" if x >= LEAST_PAUSE else "either", partial(_paused, float(x))) for x in PAUSES),
            *(Case("velocity", x, "accept", partial(_velocity, float(x))) for x in (93, 120)),
        ),
    ),
    Clause(
        "break",
        "Interruption of a tone",
        "One press of 100 ms with a break of so many milliseconds somewhere in its middle half: one digit is wanted.",
        "ms",
        tuple(
            Case("break", x, "accept" if x <= MOST_BREAK else "either", partial(_broken_anywhere, float(x)))
            for x in BREAKS
        ),
    ),
)
