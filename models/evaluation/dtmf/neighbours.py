"""K nearest neighbours for all K at once: the nearest are found once, votes are counted as K grows."""

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

Distance = Literal["cosine", "correlation", "euclidean", "cityblock"]
Weights = Literal["equal", "inverse", "squared inverse"]
Rows = NDArray[np.float64]
Keys = NDArray[np.int64]

DISTANCES: Final[tuple[Distance, ...]] = ("cosine", "correlation", "euclidean", "cityblock")
WEIGHTS: Final[tuple[Weights, ...]] = ("equal", "inverse", "squared inverse")
_AT_ONCE: Final = 250  # rows asked about: 25 MB of distances to 24,000 others
_NEAREST: Final = 1e-12  # what a distance counts as at least, so that a neighbour in the same place has a weight


def nearest(known: Rows, asked: Rows, distance: Distance, count: int) -> tuple[NDArray[np.int64], Rows]:
    """Find the nearest rows.

    Parameters
    ----------
    known : ndarray of float64, shape (n, d)
    asked : ndarray of float64, shape (m, d)
    distance : {"cosine", "correlation", "euclidean", "cityblock"}
        Cosine and correlation distance are one minus the cosine of the angle between rows, for correlation after each
        row's mean was taken off.
    count : int
        How many; all where there are fewer.

    Returns
    -------
    places : ndarray of int64, shape (m, count)
        In `known`, nearest first.
    distances : ndarray of float64, shape (m, count)
    """
    count = min(count, len(known))
    places = np.empty((len(asked), count), dtype=np.int64)
    distances = np.empty((len(asked), count))
    known, asked = _turned(known, distance), _turned(asked, distance)
    # single precision picks them, double precision orders and weighs them
    rough, half = known.astype(np.float32), 0.5 * (known**2).sum(axis=1).astype(np.float32)
    for begin in range(0, len(asked), _AT_ONCE):
        part = asked[begin : begin + _AT_ONCE]
        far = cdist(part, known, "cityblock") if distance == "cityblock" else half - part.astype(np.float32) @ rough.T
        chosen = np.argpartition(far, count - 1, axis=1)[:, :count] if count < len(known) else np.argsort(far, axis=1)
        apart = part[:, None, :] - known[chosen]
        exact = np.abs(apart).sum(axis=2) if distance == "cityblock" else (apart**2).sum(axis=2)
        order = np.argsort(exact, axis=1, kind="stable")
        places[begin : begin + _AT_ONCE] = np.take_along_axis(chosen, order, axis=1)
        distances[begin : begin + _AT_ONCE] = np.take_along_axis(exact, order, axis=1)
    if distance in ("cosine", "correlation"):
        distances *= 0.5  # of rows of length one: |a - b|^2 = 2 (1 - a b)
    elif distance == "euclidean":
        distances = np.sqrt(distances)
    return places, distances


def answers(keys: Keys, distances: Rows, weights: Weights, counts: Sequence[int], classes: int = 16) -> Keys:
    """Let the first K neighbours vote, for several K.

    Parameters
    ----------
    keys : ndarray of int64, shape (m, k)
        Of the neighbours, nearest first.
    distances : ndarray of float64, shape (m, k)
    weights : {"equal", "inverse", "squared inverse"}
        Of a vote, by distance.
    counts : sequence of int
        Values of K; more than there are neighbours counts them all.
    classes : int

    Returns
    -------
    ndarray of int64, shape (len(counts), m)
        The key of most votes; of equals the first.
    """
    power = {"equal": 0, "inverse": 1, "squared inverse": 2}[weights]
    votes = np.maximum(distances, _NEAREST) ** -float(power)
    score = np.zeros((len(keys), classes))
    said = np.zeros((len(counts), len(keys)), dtype=np.int64)
    everyone = np.arange(len(keys))
    capped = np.minimum(counts, keys.shape[1])
    for k in range(int(capped.max())):
        score[everyone, keys[:, k]] += votes[:, k]
        for place in np.flatnonzero(capped == k + 1):
            said[place] = score.argmax(axis=1)
    return said


def _turned(rows: Rows, distance: Distance) -> Rows:
    """Rows whose Euclidean distances are in the order of the distance wanted."""
    if distance in ("euclidean", "cityblock"):
        return rows
    centred = rows - rows.mean(axis=1, keepdims=True) if distance == "correlation" else rows
    lengths = np.sqrt((centred**2).sum(axis=1, keepdims=True))
    turned: Rows = centred / np.where(lengths > 0.0, lengths, 1.0)
    return turned
