"""How sure a label must be before it is given: chosen for precision, on chunks that the estimator hasn't seen."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

LEAST: Final = 0.5  # below it something else is as likely
MOST: Final = 0.995  # a label that can't be had as precisely as wanted is given where there is hardly a doubt
PRECISION: Final = 0.98
DEAD_AIR_RATE: Final = 2e-4  # of all chunks that aren't: what may be called dead air, at 95 % confidence


def choose_thresholds(
    given: NDArray[np.str_], probability: NDArray[np.float64], truth: NDArray[np.str_], *, others: int
) -> dict[str, float]:
    """Threshold of each label that is given.

    Parameters
    ----------
    given : ndarray of str, shape (n,)
        Likeliest label of each chunk.
    probability : ndarray of float64, shape (n,)
        Of that label, 0 to 1.
    truth : ndarray of str, shape (n,)
    others : int
        Chunks that aren't dead air, those that rules have told already among them.

    Returns
    -------
    dict of str to float
        Label to the least threshold, at least `LEAST`, at which it is precise enough: `dead_air` so that the upper
        bound of its false-positive rate is at most `DEAD_AIR_RATE`; others, up to `MOST`, at least `PRECISION`.
    """
    chosen: dict[str, float] = {}
    for label in sorted(set(given.tolist())):
        here = given == label
        wrong = truth[here] != label
        if label == "dead_air":
            chosen[label] = _by_rate(probability[here], wrong, others)
        else:
            chosen[label] = _by_precision(probability[here], wrong)
    return chosen


def _by_rate(probability: NDArray[np.float64], wrong: NDArray[np.bool_], others: int) -> float:
    from models.evaluation.intervals import upper_bound  # SciPy's statistics are slow to load; serving needs none

    allowed = 0
    while allowed < others and upper_bound(allowed + 1, others) <= DEAD_AIR_RATE:
        allowed += 1
    errors = np.sort(probability[wrong])[::-1]
    return _bounded(errors[allowed] if errors.size > allowed else 0.0, 1.0)


def _by_precision(probability: NDArray[np.float64], wrong: NDArray[np.bool_]) -> float:
    order = np.argsort(-probability, kind="stable")
    precise = np.cumsum(~wrong[order]) >= PRECISION * np.arange(1, order.size + 1)
    if precise[-1]:
        return LEAST
    last = np.flatnonzero(precise)
    return _bounded(probability[order[last[-1] + 1]] if last.size else 1.0)


def _bounded(too_low: float, most: float = MOST) -> float:
    """Threshold just above a probability that isn't enough, five digits."""
    return float(min(max(np.floor(too_low * 1e5 + 1.0) / 1e5, LEAST), most))
