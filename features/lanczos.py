"""The few strongest singular triplets of a small matrix, in Numba alone.

A hundred rows are too little work for a BLAS with threads: waking and waiting for them costs forty times the
computation once every core is busy. Golub and Kahan's bidiagonalisation needs some ten products with the matrix where
a whole decomposition needs hundreds (G. Golub, W. Kahan, "Calculating the singular values and pseudo-inverse of a
matrix", 1965), with full reorthogonalisation, and the implicit QL method for the small rest (Golub and Van Loan,
Matrix Computations, sections 8.3 and 10.4).
"""

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

_TOLERANCE: Final = 1e-6  # residual, of the strongest singular value: the products are of single precision
_BREAKDOWN: Final = 1e-6  # of the strongest so far: what is left of a vector is rounding
_ROUNDING: Final = 2e-7  # of a vector's length before: nothing is left
_CANCELLED: Final = 0.05  # of a vector's square: fewer digits left
_LANES: Final = 32  # numbers that the compiled loops take at a time
_FIRST_TEST: Final = 7  # steps; speech takes some 10, white noise 28
_ROTATIONS: Final = 50  # of QL for one value; two or three do


def top_triplets(matrix: NDArray[np.float32], count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Greatest singular values of a matrix and their left singular vectors.

    Parameters
    ----------
    matrix : ndarray of float32, shape (m, n)
        Finite, its entries' squares neither overflowing nor all vanishing; not changed.
    count : int
        How many, 1 to min(m, n).

    Returns
    -------
    values : ndarray of float64, shape (count,)
        Falling; within 2e-6 of the greatest from the true ones.
    vectors : ndarray of float64, shape (count, m)
        Rows of unit length (zeros where the value is below 1e-6 of the greatest), at right angles to each other;
        signs are arbitrary.

    Raises
    ------
    ValueError
        When the matrix isn't two-dimensional or `count` is out of range.

    Notes
    -----
    Steps go on until ``|A' u - s v|`` is at most 1e-6 of the greatest value for every triplet, or the space is used
    up; the angle to the true subspace is then at most 1e-6 of the greatest value over the gap to the next. Values
    closer to each other than that are told apart by chance alone: of such a pair one direction may be missing, and
    the next weaker one takes its place.
    """
    if matrix.ndim != 2 or not 1 <= count <= min(matrix.shape):
        raise ValueError(f"expected a matrix of at least {count} rows and columns, not shape {matrix.shape}")
    m, n = matrix.shape
    # Zeros change nothing. Rows: the steps end where the right side's space does; columns: whole vector registers.
    work = np.zeros((max(m, n), -(-n // _LANES) * _LANES), np.float32)
    work[:m, :n] = matrix
    values, vectors = np.zeros(count), np.zeros((count, len(work)))
    _bidiagonalise(work, n, values, vectors)
    return values, vectors[:, :m]


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def _forth(matrix, v, out):  # type: ignore[no-untyped-def]
    """Matrix times vector."""
    for k in range(matrix.shape[0]):
        row, total = matrix[k], np.float32(0)
        for t in range(row.size):
            total += row[t] * v[t]
        out[k] = total


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def _back(matrix, u, out):  # type: ignore[no-untyped-def]
    """Transposed matrix times vector."""
    out[:] = np.float32(0)
    for k in range(matrix.shape[0]):
        row, factor = matrix[k], u[k]
        for t in range(row.size):
            out[t] += row[t] * factor


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def _dot(a, b):  # type: ignore[no-untyped-def]
    total = np.float32(0)
    for i in range(a.size):
        total += a[i] * b[i]
    return total


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def _normalise_apart(vector, others, count):  # type: ignore[no-untyped-def]
    """Make a vector of unit length at right angles to others; its length after. Rounding is 0."""
    before = _dot(vector, vector)
    whole = before
    for _ in range(2):
        for k in range(count - 1, -1, -1):
            other = others[k]
            share = _dot(vector, other)
            for i in range(vector.size):
                vector[i] -= share * other[i]
        after = _dot(vector, vector)
        if after > np.float32(_CANCELLED) * before:
            break
        before = after  # much was taken away, and with it exactness: once more
    if after <= np.float32(_ROUNDING * _ROUNDING) * whole:
        vector[:] = np.float32(0)
        return 0.0
    scale = np.float32(1) / np.sqrt(after)
    for i in range(vector.size):
        vector[i] *= scale
    return np.sqrt(np.float64(after))


@njit(cache=True, nogil=True)
def _seed(vector, used, round_):  # type: ignore[no-untyped-def]
    """A direction with no symmetry that it could be blind to."""
    vector[:] = np.float32(0)
    for i in range(used):
        vector[i] = np.float32(1.0 + 0.01 * ((i * 7919 + round_ * 104729) % 101))


@njit(cache=True, nogil=True)
def _bidiagonalise(matrix, most, values, vectors):  # type: ignore[no-untyped-def]
    begun = 0
    left = np.empty((most, matrix.shape[0]), np.float32)
    right = np.empty((most + 1, matrix.shape[1]), np.float32)
    diagonal, above = np.zeros(most), np.zeros(most)
    _seed(right[0], most, 0)
    _normalise_apart(right[0], right, 0)
    scale, next_test = 0.0, _FIRST_TEST
    for step in range(most):
        _forth(matrix, right[step], left[step])
        diagonal[step] = _normalise_apart(left[step], left, step)
        scale = max(scale, diagonal[step])
        if diagonal[step] <= _BREAKDOWN * scale:
            if step == begun:  # a fresh direction leads nowhere: all is found
                _ritz(diagonal[: step + 1], above[: step + 1], left, values, vectors)
                return
            diagonal[step], left[step, :] = 0.0, np.float32(0)
        _back(matrix, left[step], right[step + 1])
        above[step] = _normalise_apart(right[step + 1], right, step + 1)
        scale = max(scale, above[step])
        if above[step] <= _BREAKDOWN * scale:  # all that this start reaches is found: another start
            above[step], begun = 0.0, step + 1
            _seed(right[begun], most, begun)
            _normalise_apart(right[begun], right, begun)
            next_test = max(next_test, step + _FIRST_TEST)
        if step + 1 == most or step + 1 >= next_test:
            size = step + 1
            if size == most or _converged(diagonal[:size], above[:size], values.size):
                _ritz(diagonal[:size], above[:size], left, values, vectors)
                return
            next_test = size + max(size // 3, 3)


@njit(cache=True, nogil=True)
def _squared(diagonal, above):  # type: ignore[no-untyped-def]
    """Bidiagonal matrix, transposed, times itself: its diagonal and what stands beside it."""
    square, beside = np.zeros(diagonal.size), np.zeros(diagonal.size)
    for i in range(diagonal.size):
        square[i] = diagonal[i] ** 2 + (above[i - 1] ** 2 if i else 0.0)
        beside[i] = diagonal[i] * above[i] if i + 1 < diagonal.size else 0.0
    return square, beside


@njit(cache=True, nogil=True)
def _converged(diagonal, above, count):  # type: ignore[no-untyped-def]
    """Whether the first triplets' residuals are small enough; only the vectors' last entries are needed for that."""
    square, beside = _squared(diagonal, above)
    last = np.zeros((diagonal.size, 1))
    last[-1, 0] = 1.0
    _implicit_ql(square, beside, last)
    order = np.argsort(square)[::-1]
    greatest = np.sqrt(square[order[0]])
    for rank in range(count):
        value = np.sqrt(max(square[order[rank]], 0.0))
        residual = abs(diagonal[-1] * last[order[rank], 0]) * above[-1]
        if value > _BREAKDOWN * greatest and residual > _TOLERANCE * greatest * value:
            return False
    return True


@njit(cache=True, nogil=True)
def _ritz(diagonal, above, left, values, vectors):  # type: ignore[no-untyped-def]
    """Triplets of the bidiagonal matrix, the vectors in the space they stand for."""
    size = diagonal.size
    square, beside = _squared(diagonal, above)
    turns = np.eye(size)
    _implicit_ql(square, beside, turns)
    order = np.argsort(square)[::-1]
    vectors[:] = 0.0
    for rank in range(min(values.size, size)):
        turn = turns[order[rank]]
        values[rank] = np.sqrt(max(square[order[rank]], 0.0))
        if values[rank] <= _BREAKDOWN * values[0]:
            values[rank] = 0.0
            continue
        for i in range(size):
            share = diagonal[i] * turn[i] + (above[i] * turn[i + 1] if i + 1 < size else 0.0)
            share /= values[rank]
            for k in range(vectors.shape[1]):
                vectors[rank, k] += share * left[i, k]


@njit(cache=True, nogil=True)
def _implicit_ql(diagonal, beside, turns):  # type: ignore[no-untyped-def]
    """Eigenvalues of a symmetric tridiagonal matrix into its diagonal; row k of `turns` is the vector of value k."""
    n = diagonal.size
    for low in range(n):
        for _ in range(_ROTATIONS):
            high = low
            while high + 1 < n:
                size = abs(diagonal[high]) + abs(diagonal[high + 1])
                if abs(beside[high]) <= 1e-16 * size:
                    break
                high += 1
            if high == low:
                break
            g = (diagonal[low + 1] - diagonal[low]) / (2.0 * beside[low])
            r = np.hypot(g, 1.0)
            g = diagonal[high] - diagonal[low] + beside[low] / (g + (r if g >= 0.0 else -r))
            _chase(diagonal, beside, turns, low, high, g)


@njit(cache=True, nogil=True)
def _chase(diagonal, beside, turns, low, high, g):  # type: ignore[no-untyped-def]
    """One sweep of rotations from `high` down to `low`, begun with the shifted entry `g`."""
    s, c, p = 1.0, 1.0, 0.0
    for i in range(high - 1, low - 1, -1):
        f, b = s * beside[i], c * beside[i]
        r = np.sqrt(f * f + g * g)
        beside[i + 1] = r
        if r == 0.0:
            diagonal[i + 1] -= p
            beside[high] = 0.0
            return
        s, c = f / r, g / r
        g = diagonal[i + 1] - p
        r = (diagonal[i] - g) * s + 2.0 * c * b
        p = s * r
        diagonal[i + 1] = g + p
        g = c * r - b
        upper, lower = turns[i + 1], turns[i]
        for k in range(upper.size):
            moved = upper[k]
            upper[k] = s * lower[k] + c * moved
            lower[k] = c * lower[k] - s * moved
    diagonal[low] -= p
    beside[low] = g
    beside[high] = 0.0
