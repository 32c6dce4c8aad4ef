"""The few largest eigenpairs of a symmetric matrix, in Numba alone.

A hundred rows are too little work for a BLAS with threads: waking and waiting for them costs forty times the
computation once every core is busy. So this goes the classic way by itself: Householder reflections to tridiagonal
form, bisection by Sturm counts for the values, inverse iteration for the vectors (Golub and Van Loan, Matrix
Computations, sections 8.3 and 8.4).
"""

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

_BISECTIONS: Final = 60  # halves the first interval to the last bit of a double
_REFINEMENTS: Final = 3
_NEGLIGIBLE: Final = 1e-17  # of the largest entry: below rounding, and its square far from the smallest double


def top_eigenpairs(matrix: NDArray[np.float64], count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Largest eigenvalues of a symmetric matrix and their eigenvectors.

    Parameters
    ----------
    matrix : ndarray of float64, shape (n, n)
        Symmetric and finite; not changed.
    count : int
        How many, 1 to n.

    Returns
    -------
    values : ndarray of float64, shape (count,)
        Falling.
    vectors : ndarray of float64, shape (count, n)
        Rows of unit length, at right angles to each other; signs are arbitrary.

    Raises
    ------
    ValueError
        When the matrix isn't square or `count` is out of range.
    """
    n = matrix.shape[0]
    if matrix.ndim != 2 or matrix.shape[1] != n or not 1 <= count <= n:
        raise ValueError(f"expected a square matrix of at least {count} rows, not shape {matrix.shape}")
    scale = float(np.abs(matrix).max())
    if scale == 0.0:
        return np.zeros(count), np.eye(count, n)
    work = np.ascontiguousarray(matrix / scale)
    diagonal, beside, reflections = _tridiagonal(work)
    values = _largest_values(diagonal, beside, count)
    vectors = _vectors(diagonal, beside, values)
    _reflect_back(reflections, vectors)
    return values * scale, vectors


def gram(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Matrix times its own transpose.

    Parameters
    ----------
    matrix : ndarray of float64, shape (m, n)

    Returns
    -------
    ndarray of float64, shape (m, m)
    """
    return np.asarray(_gram(np.ascontiguousarray(matrix)), dtype=np.float64)


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def _dot(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    total = 0.0
    for i in range(a.size):
        total += a[i] * b[i]
    return total


@njit(cache=True, nogil=True)
def _gram(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    rows = matrix.shape[0]
    out = np.empty((rows, rows))
    for i in range(rows):
        for j in range(i + 1):
            out[i, j] = out[j, i] = _dot(matrix[i], matrix[j])
    return out


@njit(cache=True, nogil=True)
def _tridiagonal(
    work: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Diagonal, what stands beside it, and the reflections that got there: row k is scaled to length root 2, or 0."""
    n = work.shape[0]
    reflections = np.zeros((n, n))
    beside = np.zeros(n)
    product = np.zeros(n)
    for k in range(n - 1):
        v = reflections[k]
        v[k + 1 :] = work[k, k + 1 :]
        length = np.sqrt(_dot(v, v))
        if length <= _NEGLIGIBLE:
            v[:] = 0.0
            continue
        beside[k] = -length if v[k + 1] > 0.0 else length
        v[k + 1] -= beside[k]
        v *= np.sqrt(2.0 / _dot(v, v))
        for i in range(k + 1, n):
            product[i] = _dot(work[i, k + 1 :], v[k + 1 :])
        shift = 0.5 * _dot(product[k + 1 :], v[k + 1 :])
        for i in range(k + 1, n):
            product[i] -= shift * v[i]
        for i in range(k + 1, n):
            row, vi, pi = work[i], v[i], product[i]
            for j in range(k + 1, n):
                row[j] -= vi * product[j] + pi * v[j]
    return np.diag(work).copy(), beside, reflections


@njit(cache=True, nogil=True)
def _largest_values(diagonal: NDArray[np.float64], beside: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Bisection: the number of negative pivots of T - x is the number of eigenvalues below x."""
    n = diagonal.size
    radius = np.zeros(n)
    for i in range(n):
        radius[i] = abs(beside[i]) + (abs(beside[i - 1]) if i else 0.0)
    lowest, highest = np.min(diagonal - radius), np.max(diagonal + radius)
    tiny = 1e-300 + 1e-30 * max(abs(lowest), abs(highest))
    values = np.zeros(count)
    for rank in range(count):
        low, high = lowest, highest
        for _ in range(_BISECTIONS):
            middle = 0.5 * (low + high)
            below, pivot = 0, 1.0
            for i in range(n):
                pivot = diagonal[i] - middle - (beside[i - 1] ** 2 / pivot if i else 0.0)
                if abs(pivot) < tiny:
                    pivot = -tiny
                if pivot < 0.0:
                    below += 1
            if below <= n - 1 - rank:
                low = middle
            else:
                high = middle
        values[rank] = 0.5 * (low + high)
    return values


@njit(cache=True, nogil=True)
def _vectors(
    diagonal: NDArray[np.float64], beside: NDArray[np.float64], values: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Inverse iteration, each vector kept at right angles to those before."""
    n = diagonal.size
    tiny = 1e-300 + 2.3e-16 * (np.max(np.abs(diagonal)) + np.max(np.abs(beside)))
    vectors = np.zeros((values.size, n))
    for rank in range(values.size):
        x = vectors[rank]
        for i in range(n):
            x[i] = 1.0 + 0.01 * ((i * 7919 + rank * 104729) % 101)  # no symmetry that a vector could be blind to
        for _ in range(_REFINEMENTS):
            _solve_shifted(diagonal, beside, values[rank], tiny, x)
            x /= np.max(np.abs(x))
            for before in range(rank):
                x -= _dot(x, vectors[before]) * vectors[before]
            x /= np.sqrt(_dot(x, x))
    return vectors


@njit(cache=True, nogil=True)
def _solve_shifted(
    diagonal: NDArray[np.float64], beside: NDArray[np.float64], shift: float, tiny: float, x: NDArray[np.float64]
) -> None:
    """Solve (T - shift) y = x in place, by elimination with row exchanges; a zero pivot becomes tiny."""
    n = diagonal.size
    pivots, upper, second = np.zeros(n), np.zeros(n), np.zeros(n)
    here, right = diagonal[0] - shift, beside[0] if n > 1 else 0.0
    for i in range(n - 1):
        below, below_here = beside[i], diagonal[i + 1] - shift
        below_right = beside[i + 1] if i + 2 < n else 0.0
        if abs(below) > abs(here):
            pivots[i], upper[i], second[i] = below, below_here, below_right
            factor = here / below
            x[i], x[i + 1] = x[i + 1], x[i] - factor * x[i + 1]
            here, right = right - factor * below_here, -factor * below_right
        else:
            pivots[i] = here if abs(here) > tiny else tiny
            upper[i] = right
            factor = below / pivots[i]
            x[i + 1] -= factor * x[i]
            here, right = below_here - factor * right, below_right
    pivots[n - 1] = here if abs(here) > tiny else tiny
    for i in range(n - 1, -1, -1):
        total = x[i]
        if i + 1 < n:
            total -= upper[i] * x[i + 1]
        if i + 2 < n:
            total -= second[i] * x[i + 2]
        x[i] = total / pivots[i]


@njit(cache=True, nogil=True)
def _reflect_back(reflections: NDArray[np.float64], vectors: NDArray[np.float64]) -> None:
    """From eigenvectors of the tridiagonal form to those of the matrix, in place."""
    for rank in range(vectors.shape[0]):
        x = vectors[rank]
        for k in range(reflections.shape[0] - 1, -1, -1):
            x -= _dot(reflections[k], x) * reflections[k]
