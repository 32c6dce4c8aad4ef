"""Thresholds from the unknown, recall above them, and how far both are to be trusted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TAIL: Final = 100  # greatest scores of unknown queries to which a tail is fitted
ROUNDS: Final = 400
FEWEST: Final = 1.0  # unknown queries that are to exceed a threshold for it to be counted, not extrapolated


@dataclass(frozen=True, slots=True)
class Limit:
    """A score that so small a share of unknown queries exceeds.

    ``low`` and ``high`` bound it with 95 % confidence (bootstrap over recordings); ``extrapolated`` tells that fewer
    than one query exceeded it, so that it was read off a fitted tail.
    """

    rate: float
    score: float
    low: float
    high: float
    extrapolated: bool


def limit(scores: Floats, groups: Sequence[str], rate: float, seed: int = 0) -> Limit:
    """Find the score that a share of unknown queries exceeds at most.

    Parameters
    ----------
    scores : ndarray of float64, shape (n,)
        Of queries of which nothing is known.
    groups : sequence of str, length n
        Which recording each was cut from.
    rate : float
        Share that may exceed it.
    seed : int
        Of the draws of recordings.

    Raises
    ------
    ValueError
        Without scores.
    """
    if not scores.size:
        raise ValueError("without unknown queries there is no threshold")
    extrapolated = rate * scores.size < FEWEST
    find = _fitted if extrapolated else _counted
    drawn = [find(each, rate) for each in _draws(scores, groups, seed)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Limit(rate, find(scores, rate), float(low), float(high), extrapolated)


def _counted(scores: Floats, rate: float) -> float:
    """Score that at most a share of the scores exceeds."""
    place = int(rate * scores.size)
    return float(np.partition(scores, scores.size - 1 - place)[scores.size - 1 - place])


def _fitted(scores: Floats, rate: float) -> float:
    """Score at which an exponential tail, fitted to the greatest scores, has come down to the rate.

    At least the greatest score that was seen: one that stands alone says more than the tail that it stands out of.
    """
    most = min(TAIL, scores.size - 1)
    ordered = np.sort(scores)[::-1]
    if most < 1:
        return float(ordered[0])
    start = ordered[most]
    excess = float(np.mean(ordered[:most] - start))
    return max(float(start + excess * max(np.log(most / scores.size / rate), 0.0)), float(ordered[0]))


def _draws(scores: Floats, groups: Sequence[str], seed: int) -> list[Floats]:
    """Scores of recordings drawn with replacement, again and again."""
    _, member = np.unique(np.asarray(groups), return_inverse=True)
    order = np.argsort(member, kind="stable")
    parts = np.split(scores[order], np.flatnonzero(np.diff(member[order])) + 1)
    rng = np.random.default_rng(seed)
    return [np.concatenate([parts[i] for i in rng.integers(len(parts), size=len(parts))]) for _ in range(ROUNDS)]


def curve(known: Floats, unknown: Floats, points: int = 60) -> list[tuple[float, float]]:
    """Rates of false matches and recall at them, from 1 down to one query.

    Parameters
    ----------
    known : ndarray of float64
        Scores of queries of known calls; minus infinity where another call came first.
    unknown : ndarray of float64
        Scores of the others.
    """
    rates = np.geomspace(1.0 / max(unknown.size, 1), 0.5, points)
    return [(float(rate), float(np.mean(known > _counted(unknown, rate)))) for rate in rates]
