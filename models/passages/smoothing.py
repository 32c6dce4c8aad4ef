"""From blocks to passages: the likeliest sequence that doesn't change its mind at every block."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

_LEAST: Final = 1e-4  # probability of what the model holds for impossible


def likeliest_paths(chances: NDArray[np.float64], change: float) -> NDArray[np.int64]:
    """Most probable sequence of classes of each chunk when every change costs (A. Viterbi 1967).

    Parameters
    ----------
    chances : ndarray of float64, shape (n, blocks, classes)
        Probabilities, 0 to 1.
    change : float
        Probability that one block to the next changes its class, 0 to 1, exclusive.

    Returns
    -------
    ndarray of int64, shape (n, blocks)
    """
    n, blocks, classes = chances.shape
    told = np.log(np.maximum(chances, _LEAST))
    stay, go = np.log(1.0 - change), np.log(change / max(classes - 1, 1))
    chunks = np.arange(n)
    score, came = told[:, 0], np.zeros((n, blocks, classes), np.int64)
    for block in range(1, blocks):
        best = np.argmax(score, axis=1)
        kept, moved = score + stay, (score[chunks, best] + go)[:, None]
        came[:, block] = np.where(kept >= moved, np.arange(classes), best[:, None])
        score = np.maximum(kept, moved) + told[:, block]
    paths = np.zeros((n, blocks), np.int64)
    paths[:, -1] = np.argmax(score, axis=1)
    for block in range(blocks - 1, 0, -1):
        paths[:, block - 1] = came[chunks, block, paths[:, block]]
    return paths


def runs(labels: Sequence[str]) -> list[tuple[str, int, int]]:
    """Label, first block and number of blocks of each stretch of equal labels, in order."""
    found: list[tuple[str, int, int]] = []
    for place, label in enumerate(labels):
        if found and found[-1][0] == label:
            found[-1] = (label, found[-1][1], found[-1][2] + 1)
        else:
            found.append((label, place, 1))
    return found
