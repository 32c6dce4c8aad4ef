"""How many replays are known again: as the nearest of all calls, and nearer than a threshold that holds for all."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.evaluation.intervals import binomial_interval, grouped_interval

Distances = NDArray[np.float64]
Flags = NDArray[np.bool_]

RATE: Final = 1e-3
"""False-positive rate: of queries about calls that aren't enrolled, or of pairs, how many may seem found."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share of queries with its 95 % interval, of calls rather than queries."""

    value: float
    low: float
    high: float


def compared_with_others(distances: Distances) -> Distances:
    """Distances as standard deviations from the mean of the same query's distances to the *other* calls.

    Parameters
    ----------
    distances : ndarray of float64, shape (..., n)
        To each of n >= 3 calls.

    Returns
    -------
    ndarray of float64, same shape
    """
    n = distances.shape[-1]
    if n < 3:
        raise ValueError(f"others to compare with need three calls at least, not {n}")
    total, squares = distances.sum(axis=-1, keepdims=True), (distances**2).sum(axis=-1, keepdims=True)
    mean = (total - distances) / (n - 1)
    variance = (squares - distances**2) / (n - 1) - mean**2
    return np.asarray((distances - mean) / np.sqrt(np.maximum(variance, 1e-18)))


def own_and_nearest_other(distances: Distances) -> tuple[Distances, Distances]:
    """Distance to the query's own call, and to the nearest other, which is what a query finds that isn't enrolled.

    Parameters
    ----------
    distances : ndarray of float64, shape (modifications, n, n)

    Returns
    -------
    own, other : ndarray of float64, shape (modifications, n)
    """
    others = distances.copy()
    places = np.arange(distances.shape[-1])
    others[:, places, places] = np.inf
    return distances[:, places, places], others.min(axis=-1)


def threshold_per_query(other: Distances, rate: float = RATE) -> float:
    """Greatest distance that at most a share of the queries about unknown calls would be found at.

    Below all of them where the queries are fewer than 1 / rate.
    """
    ordered = np.sort(other.ravel())
    return float(ordered[int(np.floor(rate * ordered.size))])


def threshold_per_pair(distances: Distances, rate: float = RATE) -> float:
    """Greatest distance that at most a share of the pairs of different calls would be found at."""
    n = distances.shape[-1]
    return float(np.quantile(distances[:, ~np.eye(n, dtype=np.bool_)], rate, method="lower"))


def first(own: Distances, other: Distances) -> Flags:
    """Which queries are nearest to their own call."""
    return np.asarray(own < other)


def share(flags: Flags, seed: int) -> Share:
    """Mean of flags, shape (modifications, calls), where all queries about one call count as one draw.

    Where none or all are set the interval is the exact one of so many calls (Clopper and Pearson).
    """
    modifications, calls = flags.shape
    if flags.all() or not flags.any():
        low, high = binomial_interval(calls if flags.all() else 0, calls)
    else:
        low, high = grouped_interval(flags.ravel(), np.tile(np.arange(calls), modifications), _mean, seed)
    return Share(float(flags.mean()), low, high)


def curve(own: Distances, other: Distances) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Trace recall over false positives per query: a replay counts where it is nearest to its own call, too.

    Returns
    -------
    rates, recalls : ndarray of float64
        Rising; from the first false positive to all.
    """
    hits = np.sort(np.where(own < other, own, np.inf).ravel())
    alarms = np.sort(other.ravel())
    rates = np.arange(1, alarms.size + 1) / alarms.size
    return rates, np.searchsorted(hits, alarms, side="left") / hits.size


def _mean(flags: NDArray[np.bool_]) -> float:
    return float(flags.mean())
