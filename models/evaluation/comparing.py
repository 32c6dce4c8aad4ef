"""Ways compared at one rate of false alarms: thresholds from grouped folds of train, figures from test."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.evaluation.baselines.protocol import Baseline, Scorer

Scores = NDArray[np.float64]
NEVER = -np.inf  # the score of what a rule has told already


def threshold_at(scores: Scores, truth: NDArray[np.bool_], rate: float) -> float:
    """Least threshold at which at most a share `rate` of what isn't sought scores above it.

    Parameters
    ----------
    scores : ndarray of float64, shape (n,)
    truth : ndarray of bool, shape (n,)
        At least one False.
    rate : float
        0 to 1.

    Returns
    -------
    float
        Scores strictly above it count as found.
    """
    others = np.sort(scores[~truth])[::-1]
    allowed = int(rate * others.size)
    return float(others[allowed]) if allowed < others.size else NEVER


def recall_at(scores: Scores, truth: NDArray[np.bool_], rate: float) -> float:
    """Recall at the threshold that would hold the false-positive rate of these very chunks at `rate`."""
    return float((scores[truth] > threshold_at(scores, truth, rate)).mean())


@dataclass(frozen=True, slots=True)
class Answers:
    """What a way says of all chunks.

    Attributes
    ----------
    unseen : ndarray of float64, shape (training chunks,)
        Scores of training chunks, each by a scorer that learnt from the other folds.
    scores : ndarray of float64, shape (test chunks,)
        By the scorer that learnt from all of train.
    cost_ms : float
        CPU of one chunk.
    """

    unseen: Scores
    scores: Scores
    cost_ms: float


def ask(
    way: Baseline,
    train: NDArray[np.float32],
    truth: NDArray[np.bool_],
    folds: NDArray[np.int64],
    test: NDArray[np.float32],
    *,
    seed: int,
    cost: Callable[[Scorer], float],
    tell: Callable[[int, int], None],
) -> Answers:
    """Learn in grouped folds and from all of train, and score what was not learnt from.

    Parameters
    ----------
    way : Baseline
    train, test : ndarray of float32, shapes (n, k) and (m, k)
        Its figures of the chunks.
    truth, folds : ndarrays, shape (n,)
        Of the training chunks: whether dead air, and which fold. A fold whose others hold one kind only stays at the
        lowest score.
    seed : int
    cost : callable
        From a scorer to CPU milliseconds of a chunk.
    tell : callable
        Told how many fits are done, and of how many.
    """
    names = np.unique(folds)
    unseen = np.full(truth.size, NEVER)
    for done, fold in enumerate(names):
        tell(done, names.size + 1)
        here = folds == fold
        if truth[~here].any() and not truth[~here].all():
            unseen[here] = way.learn(train[~here], truth[~here], seed)(train[here])
    tell(names.size, names.size + 1)
    scorer = way.learn(train, truth, seed)
    found = Answers(unseen, scorer(test), cost(scorer))
    tell(names.size + 1, names.size + 1)
    return found
