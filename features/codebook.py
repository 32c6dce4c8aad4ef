"""Vector quantisation: a few vectors that stand for many, and how badly they stand for others.

The codebook of Linde, Buzo and Gray ("An Algorithm for Vector Quantizer Design", 1980): one vector, the mean; each is
split in two and all are moved to the means of what is nearest to them, until there are enough.
"""

import warnings
from typing import Final

import numpy as np
from numpy.typing import NDArray

SIZE: Final = 256  # vectors of a call, as Pörschmann and Knospe keep them: 28 values in a byte each are 7,168 bytes

_SPLIT: Final = 0.01  # standard deviations to either side
_MOST_MOVES: Final = 50  # Lloyd's iterations after each split
_SETTLED: Final = 1e-4  # of the variance: moves smaller than this end them


def lbg(vectors: NDArray[np.float32], size: int = SIZE, *, seed: int = 0) -> NDArray[np.float32]:
    """Make a codebook.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, d)
        At least one; finite.
    size : int
        Codes wanted, a power of two from 1 to 4096.
    seed : int
        Of the little that is drawn: where codes go that no vector is nearest to.

    Returns
    -------
    ndarray of float32, shape (k, d)
        As many codes as wanted, or the greatest power of two that is no more than there are different vectors.

    Raises
    ------
    ValueError
        When there are no vectors, some aren't finite, or `size` is out of range.
    """
    from sklearn.cluster import KMeans  # not at the top: it takes a second to import
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.utils.validation import check_array

    if size < 1 or size > 4096 or size & (size - 1):
        raise ValueError(f"size is a power of two from 1 to 4096, not {size}")
    known = check_array(vectors, dtype=np.float32)
    most = min(size, len(np.unique(known, axis=0)))
    codes = known.mean(axis=0, keepdims=True, dtype=np.float64).astype(np.float32)
    step = (_SPLIT * known.std(axis=0)).astype(np.float32)
    while 2 * len(codes) <= most:
        start = np.concatenate((codes - step, codes + step))
        moved = KMeans(len(start), init=start, n_init=1, max_iter=_MOST_MOVES, tol=_SETTLED, random_state=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # two codes at one place: harmless
            codes = moved.fit(known).cluster_centers_
    return np.ascontiguousarray(codes, dtype=np.float32)


def errors(vectors: NDArray[np.float32], codes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Distance from each vector to the code nearest to it.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, d)
    codes : ndarray of float32, shape (k, d)

    Returns
    -------
    ndarray of float32, shape (n,)
        Euclidean.

    Raises
    ------
    ValueError
        When there are no codes or the two are of different widths.
    """
    if codes.ndim != 2 or vectors.ndim != 2 or not len(codes) or vectors.shape[1] != codes.shape[1]:
        raise ValueError(f"vectors of shape {vectors.shape} and codes of shape {codes.shape} don't go together")
    half = 0.5 * np.einsum("kd,kd->k", codes, codes)
    nearest = (half - vectors @ codes.T).min(axis=1)
    squared = np.einsum("nd,nd->n", vectors, vectors) + 2.0 * nearest
    found: NDArray[np.float32] = np.sqrt(np.maximum(squared, 0.0)).astype(np.float32)
    return found


def distance(vectors: NDArray[np.float32], codes: NDArray[np.float32]) -> float:
    """How far a sound is from a codebook: mean of `errors`; infinite for a sound without vectors.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, d)
    codes : ndarray of float32, shape (k, d)

    Raises
    ------
    ValueError
        As for `errors`.
    """
    return float(errors(vectors, codes).mean(dtype=np.float64)) if len(vectors) else float("inf")


def between(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """How far two codebooks are from each other: the mean of both ways, so that their order doesn't matter.

    Raises
    ------
    ValueError
        As for `errors`.
    """
    return 0.5 * (distance(one, other) + distance(other, one))


Bound = float | NDArray[np.float32]  # one for all values of a vector, or one each


def pack(codes: NDArray[np.float32], low: Bound, high: Bound) -> bytes:
    """Codes as a byte a value, in rows: `low` and below is 0, `high` and above 255.

    Raises
    ------
    ValueError
        When `low` isn't below `high`.
    """
    _check(low, high)
    return np.rint(255.0 * np.clip((codes - low) / (np.asarray(high) - low), 0.0, 1.0)).astype(np.uint8).tobytes()


def unpack(packed: bytes, low: Bound, high: Bound, values: int) -> NDArray[np.float32]:
    """Codes of so many values each from what `pack` made of them, to half a step of ``(high - low) / 255``.

    Raises
    ------
    ValueError
        When the bytes aren't whole vectors, or `low` isn't below `high`.
    """
    _check(low, high)
    if values < 1 or len(packed) % values:
        raise ValueError(f"{len(packed)} bytes aren't vectors of {values} values")
    steps = np.frombuffer(packed, np.uint8).reshape(-1, values)
    codes: NDArray[np.float32] = (low + steps * ((np.asarray(high) - low) / 255.0)).astype(np.float32)
    return codes


def _check(low: Bound, high: Bound) -> None:
    if not np.all(np.asarray(low) < np.asarray(high)):
        raise ValueError(f"low ({low}) must be below high ({high})")
