"""How far one population has moved from another: the population stability index.

The index compares shares of two populations in the same bins; it is 0 where they agree. Up to 0.1 counts as steady,
above 0.25 as moved (N. Siddiqi, Credit Risk Scorecards, 2006). By chance alone it is about (bins - 1)(1/n + 1/m) for
samples of n and m (B. Yurdakul, Statistical Properties of Population Stability Index, 2018): small ones tell nothing.
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

DECILES: Final = tuple(k / 10 for k in range(1, 10))
FLOOR: Final = 1e-4  # share that an empty bin is taken to have: the logarithm needs one


def stability_index(expected: ArrayLike, observed: ArrayLike) -> NDArray[np.float64]:
    """Population stability index: the sum over bins of (o - e) ln(o / e).

    Parameters
    ----------
    expected, observed : array_like, shape (..., bins)
        Counts or shares, not negative; each population is divided by its sum.

    Returns
    -------
    ndarray of float64, shape (...)
        0 or more, finite.

    Raises
    ------
    ValueError
        When there are no bins, a population is empty, or a number is negative or none.
    """
    e, o = _shares(expected), _shares(observed)
    index: NDArray[np.float64] = ((o - e) * np.log(o / e)).sum(axis=-1)
    return index


def _shares(counts: ArrayLike) -> NDArray[np.float64]:
    numbers = np.asarray(counts, dtype=np.float64)
    if numbers.ndim == 0 or not np.isfinite(numbers).all() or (numbers < 0).any():
        raise ValueError("a population is counts or shares in bins, none of them negative")
    totals = numbers.sum(axis=-1, keepdims=True)
    if numbers.shape[-1] == 0 or (totals == 0).any():
        raise ValueError("a population has nobody in it")
    shares: NDArray[np.float64] = np.maximum(numbers / totals, FLOOR)
    return shares


def decile_shares(below: ArrayLike, up_to: ArrayLike, total: int) -> NDArray[np.float64]:
    """Shares of a sample in the ten bins that another population's deciles make, a tenth of that one in each.

    Where many values are equal (a share that mostly is 0), they lie on one or several edges, and deciles don't tell how
    many there were on either side. Such values count on whichever side is nearer to a tenth a bin: what the edges leave
    open is not held against the sample.

    Parameters
    ----------
    below, up_to : array_like of int, shape (9, ...)
        How many of the sample are below each edge, and how many are not above it; edges ascend.
    total : int
        Of the sample.

    Returns
    -------
    ndarray of float64, shape (..., 10)
        Each row sums to 1.

    Raises
    ------
    ValueError
        When there aren't nine edges, the sample is empty, or counts aren't of ascending edges.
    """
    under, within = np.asarray(below, dtype=np.float64), np.asarray(up_to, dtype=np.float64)
    if under.shape != within.shape or under.shape[:1] != (len(DECILES),) or total < 1:
        raise ValueError(f"nine counts below and up to an edge are needed, not shapes {under.shape} and {within.shape}")
    if (under < 0).any() or (under > within).any() or (within > total).any():
        raise ValueError("counts at an edge lie outside the sample")
    tenths = np.array(DECILES).reshape(-1, *[1] * (under.ndim - 1))
    reached = np.clip(tenths, under / total, within / total)
    ends = np.concatenate([np.zeros_like(reached[:1]), reached, np.ones_like(reached[:1])])
    shares = np.diff(ends, axis=0)
    if (shares < -1e-9).any():
        raise ValueError("the edges don't ascend")
    return np.moveaxis(np.maximum(shares, 0.0), 0, -1)
