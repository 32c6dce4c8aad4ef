"""Runs of equal values in what is sorted. A sort is an order of magnitude quicker than `numpy.unique`, which hashes."""

import numpy as np
from numpy.typing import NDArray


def runs(values: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Where each run of equal values begins, and where the last one ends; empty without values."""
    if not len(values):
        return np.zeros(0, np.int64)
    return np.concatenate([[0], np.flatnonzero(values[1:] != values[:-1]) + 1, [len(values)]]).astype(np.int64)


def distinct(values: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Each value once, in their order."""
    ordered = np.sort(values)
    return ordered[runs(ordered)[:-1]]
