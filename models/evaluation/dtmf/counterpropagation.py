"""A counter-propagation network: a Kohonen layer that competes, and a Grossberg layer that learns what it stands for.

R. Hecht-Nielsen, "Counterpropagation networks", Applied Optics 26 (23), 1987, pages 4979-4984: the forward half.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]

UNITS: Final = 128  # of the Kohonen layer: eight for each key
PASSES: Final = 3  # over the training rows
_FASTEST: Final = 0.3  # rate of learning at first; it falls to nothing
_CONSCIENCE: Final = 1.0  # how strongly a unit that wins too often steps back (DeSieno 1988), else most never win


@dataclass(frozen=True, slots=True)
class CounterPropagation:
    """A trained network.

    Attributes
    ----------
    units : ndarray of float64, shape (u, d)
        Of the Kohonen layer: rows of length one.
    outward : ndarray of float64, shape (u, 16)
        Of the Grossberg layer: what came with the rows that a unit won.
    """

    units: Rows
    outward: Rows

    @classmethod
    def fit(cls, rows: Rows, keys: NDArray[np.int64], seed: int, *, classes: int = 16) -> "CounterPropagation":
        """Train both layers, row by row in an order drawn anew for each pass.

        Parameters
        ----------
        rows : ndarray of float64, shape (n, d)
        keys : ndarray of int64, shape (n,)
        seed : int
        classes : int
        """
        rng = np.random.default_rng([seed, 11])
        turned = _unit(rows)
        count = min(UNITS, len(rows))
        units = turned[rng.choice(len(rows), count, replace=False)].copy()
        outward = np.full((count, classes), 1.0 / classes)
        wins = np.full(count, 1.0 / count)
        total, done = PASSES * len(rows), 0
        for _ in range(PASSES):
            for place in rng.permutation(len(rows)):
                rate = _FASTEST * (1.0 - done / total)
                row = turned[place]
                near = units @ row
                winner = int((near - _CONSCIENCE * (wins - 1.0 / count)).argmax())
                wins *= 1.0 - 1e-3
                wins[winner] += 1e-3
                units[winner] += rate * (row - units[winner])
                own = int(near.argmax())  # the outward layer learns from who would win when asked
                outward[own] *= 1.0 - rate
                outward[own, keys[place]] += rate
                done += 1
        return cls(_unit(units), outward)

    def ask(self, rows: Rows) -> NDArray[np.int64]:
        """Say the key that the winning unit stands for, shape (n,)."""
        said: NDArray[np.int64] = self.outward[(_unit(rows) @ self.units.T).argmax(axis=1)].argmax(axis=1)
        return said


def _unit(rows: Rows) -> Rows:
    lengths = np.sqrt((rows**2).sum(axis=1, keepdims=True))
    turned: Rows = rows / np.where(lengths > 0.0, lengths, 1.0)
    return turned
