"""How far a measured share is to be trusted, chunk by chunk and recording by recording."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

ROUNDS: Final = 1000


def binomial_interval(hits: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Two-sided interval of a share (Clopper and Pearson 1934): never too narrow, whatever the share is.

    Parameters
    ----------
    hits, n : int
        `hits` of `n` independent trials; 0 <= hits <= n.
    confidence : float
        0 to 1, exclusive.

    Returns
    -------
    low, high : float
        0 to 1; of no trials at all nothing is known: (0, 1).

    Raises
    ------
    ValueError
        When there are more hits than trials, or fewer than none.
    """
    if not 0 <= hits <= n:
        raise ValueError(f"{hits} of {n} is no share")
    if n == 0:
        return 0.0, 1.0
    found = stats.binomtest(int(hits), int(n)).proportion_ci(confidence, method="exact")
    return float(found.low), float(found.high)


def upper_bound(hits: int, n: int, confidence: float = 0.95) -> float:
    """One-sided bound of a share from above (Clopper and Pearson): of 0 in n about 3 / n.

    Parameters
    ----------
    hits, n : int
        `hits` of `n` independent trials; 0 <= hits <= n.
    confidence : float
        0 to 1, exclusive.

    Returns
    -------
    float
        0 to 1; 1 of no trials at all.

    Raises
    ------
    ValueError
        When there are more hits than trials, or fewer than none.
    """
    return binomial_interval(hits, n, 2.0 * confidence - 1.0)[1]


def grouped_interval(
    values: NDArray[Any],
    groups: Sequence[str] | NDArray[Any],
    statistic: Callable[[NDArray[Any]], float],
    seed: int,
    rounds: int = ROUNDS,
    confidence: float = 0.95,
) -> tuple[float, float]:
    """Interval of a figure whose values come in groups: chunks of one recording are alike and count as one draw.

    Groups are drawn with replacement (percentile bootstrap, Efron 1979). A share of 0 or 1 gives an interval of no
    width, because no draw has anything else in it: for those count the groups (`upper_bound`).

    Parameters
    ----------
    values : ndarray, shape (n, ...)
        What `statistic` is asked about, such as 0 and 1.
    groups : sequence, length n
        Which group each belongs to.
    statistic : callable
        From a draw of `values` to a figure; a draw for which it gives NaN is left out.
    seed : int
    rounds : int
    confidence : float
        0 to 1, exclusive.

    Returns
    -------
    low, high : float
        NaN where there are no values, or no draw gave a figure.

    Raises
    ------
    ValueError
        When there aren't as many groups as values.
    """
    names = np.asarray(groups)
    if names.shape != (len(values),):
        raise ValueError(f"{len(values)} values need a group each, not {names.shape}")
    if not len(values):
        return float("nan"), float("nan")
    _, member, sizes = np.unique(names, return_inverse=True, return_counts=True)
    sorted_values = values[np.argsort(member, kind="stable")]
    begins = np.cumsum(sizes) - sizes
    random = np.random.default_rng(seed)
    drawn = [
        statistic(sorted_values[_rows(random.integers(0, sizes.size, sizes.size), begins, sizes)])
        for _ in range(rounds)
    ]
    figures = np.array([figure for figure in drawn if not np.isnan(figure)])
    if not figures.size:
        return float("nan"), float("nan")
    low, high = np.quantile(figures, [(1.0 - confidence) / 2.0, (1.0 + confidence) / 2.0])
    return float(low), float(high)


def _rows(chosen: NDArray[np.int64], begins: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows of the chosen groups, one group after another."""
    lengths = sizes[chosen]
    ends = np.cumsum(lengths)
    rows: NDArray[np.int64] = np.arange(ends[-1]) + np.repeat(begins[chosen] - (ends - lengths), lengths)
    return rows
