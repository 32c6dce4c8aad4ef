"""Figures of a row of numbers, for the kernels that sum a chunk up."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def at(ordered, share):  # type: ignore[no-untyped-def]
    """Quantile of sorted numbers, the nearest one."""
    return ordered[int(share * (ordered.size - 1) + 0.5)]


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def mean_sd_where(values, keep):  # type: ignore[no-untyped-def]
    """Mean and deviation of the numbers whose weight is 1."""
    total, squares, count = np.float32(0), np.float32(0), np.float32(0)
    for i in range(values.size):
        total += values[i] * keep[i]
        count += keep[i]
    count = max(count, np.float32(1))
    mean = total / count
    for i in range(values.size):
        off = (values[i] - mean) * keep[i]
        squares += off * off
    return mean, np.sqrt(squares / count)


@njit(cache=True, nogil=True)
def mean_sd(values):  # type: ignore[no-untyped-def]
    """Mean and deviation."""
    total, squares = 0.0, 0.0
    for value in values:
        total += value
    mean = total / max(values.size, 1)
    for value in values:
        squares += (value - mean) ** 2
    return mean, np.sqrt(squares / max(values.size, 1))


@njit(cache=True, nogil=True)
def longest(hits):  # type: ignore[no-untyped-def]
    """How many of them follow one another at most."""
    most, run = 0, 0
    for hit in hits:
        run = run + 1 if hit else 0
        most = max(most, run)
    return most


@njit(cache=True, nogil=True)
def correlation(a, b):  # type: ignore[no-untyped-def]
    """Pearson's; 0 where one of the two doesn't vary."""
    mean_a, sd_a = mean_sd(a)
    mean_b, sd_b = mean_sd(b)
    if sd_a <= 1e-6 * abs(mean_a) or sd_b <= 1e-6 * abs(mean_b):
        return 0.0
    total = 0.0
    for i in range(a.size):
        total += (a[i] - mean_a) * (b[i] - mean_b)
    return total / (a.size * sd_a * sd_b)
