"""Keys: what three peaks look like to each other, in 22 bits, below half an octave's place and the version.

The shape is a pair of steps in frequency, the share of the way in time at which the second peak stands, and how far
the third is. Gain leaves a key alone and a change of pitch leaves its shape; a change of tempo moves the shape's last
field, whose cells are neighbours, so that one range of keys covers them. (Wang, "An Industrial-Strength Audio Search
Algorithm", 2003, uses pairs; a third peak makes a key some hundred times rarer, which is what a search in millions of
calls lives on.) The place is where the first peak is: it thins the rows of a shape five times, and few changes of
pitch leave it.
"""

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from features.fingerprint.axis import BINS, FINGERPRINT_VERSION

SHAPE_BITS: Final = 22
PLACE_BITS: Final = 3
MOST_BINS: Final = 160  # 1.1 octaves between the first peak and each other
FIRST_FRAME: Final = 4  # 64 ms: closer peaks belong to one sound and say little
LAST_FRAME: Final = 62  # 0.99 s
BINS_PER_CELL: Final = 3  # 1/48 octave
STEPS: Final = 2 * MOST_BINS // BINS_PER_CELL + 1  # 107
RATIOS: Final = 16
SPANS: Final = 16  # of which 14 are in use
SPANS_PER_E: Final = 5.0  # a cell is a fifth of a factor e, 22 %
BINS_PER_PLACE: Final = -(-BINS // (1 << PLACE_BITS))  # 71: half an octave

_VERSION_BITS: Final = 32 - SHAPE_BITS - PLACE_BITS
_VERSION: Final = (FINGERPRINT_VERSION & ((1 << _VERSION_BITS) - 1)) << PLACE_BITS

FIRST_KEY: Final = _VERSION << SHAPE_BITS  # of this version
LAST_KEY: Final = FIRST_KEY + (1 << SHAPE_BITS + PLACE_BITS) - 1

if STEPS * STEPS * RATIOS * SPANS > 1 << SHAPE_BITS or np.log(LAST_FRAME / FIRST_FRAME) * SPANS_PER_E >= SPANS:
    raise AssertionError("a key's fields no longer fit their bits")


@njit(cache=True, nogil=True)
def coordinates(bins_2: float, bins_3: float, frames_2: float, frames_3: float) -> tuple[float, float, float, float]:
    """Place a triplet among the cells; whole parts are the fields of its key."""
    return (
        (bins_2 + MOST_BINS + 0.5) / BINS_PER_CELL,
        (bins_3 + MOST_BINS + 0.5) / BINS_PER_CELL,
        min(frames_2 / frames_3, 0.999) * RATIOS,
        max(np.log(frames_3 / FIRST_FRAME), 0.0) * SPANS_PER_E,
    )


@njit(cache=True, nogil=True)
def packed(place: int, step_2: int, step_3: int, ratio: int, span: int) -> int:
    """Put the version, the first peak's place and the shape's four fields into one key."""
    shape = ((step_2 * STEPS + step_3) * RATIOS + ratio) * SPANS + span
    return ((_VERSION | place) << SHAPE_BITS) | shape


@njit(cache=True, nogil=True)
def keys_of(triplets: NDArray[np.int32]) -> NDArray[np.uint32]:
    """Name every triplet (rows as `features.fingerprint.triplets.triplets` gives them)."""
    keys = np.empty(len(triplets), np.uint32)
    for i in range(len(triplets)):
        row = triplets[i]
        step_2, step_3, ratio, span = coordinates(row[2], row[3], row[4], row[5])
        keys[i] = packed(row[1] // BINS_PER_PLACE, int(step_2), int(step_3), int(ratio), int(span))
    return keys


def key_version(keys: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Tell of which fingerprint version keys are."""
    version: NDArray[np.uint32] = keys >> np.uint32(32 - _VERSION_BITS)
    return version


def key_frequencies(keys: NDArray[np.uint32], rows: NDArray[np.integer]) -> NDArray[np.float32]:
    """Tell how common shapes are in an index, for `features.fingerprint.probes`.

    Parameters
    ----------
    keys : ndarray of uint32, shape (n,)
        Keys of the index.
    rows : ndarray of int, shape (n,)
        How many rows each has.

    Returns
    -------
    ndarray of float32, shape (2**`SHAPE_BITS`,)
        How many rows have each shape, wherever their first peak is.
    """
    counts = np.bincount(keys & np.uint32((1 << SHAPE_BITS) - 1), weights=rows, minlength=1 << SHAPE_BITS)
    frequency: NDArray[np.float32] = counts.astype(np.float32)
    return frequency
