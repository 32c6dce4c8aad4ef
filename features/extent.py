"""The greatest magnitude in an array, and whether all of it is finite, in one pass."""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray


def greatest(values: NDArray[np.float32]) -> float:
    """Greatest magnitude.

    Parameters
    ----------
    values : ndarray of float32, any shape

    Returns
    -------
    float
        0 for nothing at all.

    Raises
    ------
    ValueError
        When there is NaN or infinity.
    """
    most = np.int32(_greatest_bits(np.ascontiguousarray(values, np.float32).reshape(-1).view(np.int32)))
    found = float(most.view(np.float32))
    if not math.isfinite(found):
        raise ValueError("there is NaN or infinity among the numbers")
    return found


@njit(cache=True, nogil=True)
def _greatest_bits(bits):  # type: ignore[no-untyped-def]
    """Without the sign, bits of floats are ordered as the floats are, infinity and NaN last."""
    most = np.int32(0)
    for i in range(bits.size):
        most = max(most, bits[i] & np.int32(0x7FFFFFFF))
    return most
