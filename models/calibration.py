"""Probabilities that mean what they say: of chunks given 0.9, nine in ten are right.

Trees are too sure of themselves on sources they haven't heard. One temperature for all classes and one offset for each
are fitted on out-of-fold probabilities (vector scaling with one scale: C. Guo et al., "On Calibration of Modern Neural
Networks", 2017); a few numbers that can be read in `model.json`.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Probabilities = NDArray[np.float64]

_LEAST: Final = 1e-7  # a forest says 0 where it merely never saw it
_HELD: Final = 0.05  # pull of the offsets to 0, nats: a class of few chunks gets none
_FURTHEST: Final = 2.0  # nats: what has to be moved further was not learnt at all
_DIGITS: Final = 4


def calibrated(chances: NDArray[np.floating], temperature: float, offsets: NDArray[np.float64]) -> Probabilities:
    """Probabilities from what an estimator says.

    Parameters
    ----------
    chances : ndarray of float, shape (n, classes)
        0 to 1, rows sum to 1.
    temperature : float
        Above 0; above 1 makes them less sure.
    offsets : ndarray of float64, shape (classes,)

    Returns
    -------
    ndarray of float64, shape (n, classes)
        Rows sum to 1.
    """
    strengths: Probabilities = (np.log(np.maximum(chances, _LEAST, dtype=np.float64)) + offsets) / temperature
    strengths -= strengths.max(axis=1, keepdims=True)
    np.exp(strengths, out=strengths)
    strengths /= strengths.sum(axis=1, keepdims=True)
    return strengths


def fit_calibration(chances: Probabilities, truth: NDArray[np.int64]) -> tuple[float, NDArray[np.float64]]:
    """Temperature and offsets under which the truth is likeliest.

    Parameters
    ----------
    chances : ndarray of float64, shape (n, classes)
        Of chunks that the estimator hasn't seen.
    truth : ndarray of int64, shape (n,)
        Number of each chunk's class.

    Returns
    -------
    temperature : float
    offsets : ndarray of float64, shape (classes,)
        Both rounded to four digits, so that they are the same numbers in a file.
    """
    from scipy.optimize import minimize

    logs = np.log(np.maximum(chances, _LEAST))
    sought = np.eye(chances.shape[1])[truth]

    def loss(scale_and_offsets: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scale, offsets = np.exp(scale_and_offsets[0]), scale_and_offsets[1:]
        moved = logs + offsets
        given = calibrated(chances, 1.0 / scale, offsets)
        missed = (given - sought) / len(truth)
        right = np.maximum(given[np.arange(len(truth)), truth], 1e-300)
        slope = np.concatenate([[scale * (missed * moved).sum()], scale * missed.sum(axis=0) + _HELD * offsets / 100])
        return float(-np.log(right).mean() + _HELD * (offsets**2).sum() / 200), slope

    bounds = [(-_FURTHEST, _FURTHEST)] * (chances.shape[1] + 1)
    best = minimize(loss, np.zeros(chances.shape[1] + 1), jac=True, method="L-BFGS-B", bounds=bounds).x
    return round(float(np.exp(-best[0])), _DIGITS), np.round(best[1:] - best[1:].mean(), _DIGITS)


def expected_error(given: NDArray[np.float64], right: NDArray[np.bool_], bins: int = 15) -> float:
    """Expected calibration error: mean distance between what is said and what is so, over bins of equal width.

    Parameters
    ----------
    given : ndarray of float64, shape (n,)
        Probability of the label given.
    right : ndarray of bool, shape (n,)
    bins : int

    Returns
    -------
    float
        0 to 1; 0 of nothing.
    """
    place = np.minimum((given * bins).astype(np.int64), bins - 1)
    apart = [abs(given[place == b].sum() - right[place == b].sum()) for b in range(bins)]
    return float(sum(apart) / max(len(given), 1))
