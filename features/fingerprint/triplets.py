"""Triplets: a peak with two of the strongest that follow it within a second."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from features.fingerprint.keys import FIRST_FRAME, LAST_FRAME, MOST_BINS
from features.fingerprint.peaks import strongest


def triplets(
    peaks: NDArray[np.int32], strengths: NDArray[np.float32], *, density: int, partners: int, most: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Combine peaks.

    Parameters
    ----------
    peaks : ndarray of int32, shape (n, 2)
        Frame and bin, ordered by frame.
    strengths : ndarray of float32, shape (n,)
        Of the peaks.
    density : int
        So many of the strongest peaks in every half second are used.
    partners : int
        Each is combined with the so many strongest in reach.
    most : int
        So many triplets of each half second are kept, those whose weakest peak is strongest.

    Returns
    -------
    rows : ndarray of int32, shape (m, 6)
        Frame and bin of the first peak; steps in bins to the second and the third; frames to the second and the third.
        Ordered by frame.
    strengths : ndarray of float32, shape (m,)
        Each triplet's weakest peak's.
    """
    kept = strongest(peaks[:, 0], strengths, density)
    rows, weakest = _combined(peaks[kept], strengths[kept], partners)
    kept = strongest(rows[:, 0], weakest, most)
    return rows[kept], weakest[kept]


@njit(cache=True, nogil=True)
def _combined(
    peaks: NDArray[np.int32], strengths: NDArray[np.float32], partners: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    room = len(peaks) * (partners * (partners - 1) // 2)
    rows = np.empty((room, 6), np.int32)
    weakest = np.empty(room, np.float32)
    chosen = np.zeros(partners, np.int64)
    count = 0
    for i in range(len(peaks)):
        reach = _partners(peaks, strengths, i, chosen)
        for u in range(reach):
            for v in range(u + 1, reach):
                second, third = min(chosen[u], chosen[v]), max(chosen[u], chosen[v])
                rows[count, 0], rows[count, 1] = peaks[i]
                rows[count, 2] = peaks[second, 1] - peaks[i, 1]
                rows[count, 3] = peaks[third, 1] - peaks[i, 1]
                rows[count, 4] = peaks[second, 0] - peaks[i, 0]
                rows[count, 5] = peaks[third, 0] - peaks[i, 0]
                weakest[count] = min(strengths[i], strengths[second], strengths[third])
                count += 1
    return rows[:count], weakest[:count]


@njit(cache=True, nogil=True)
def _partners(peaks: NDArray[np.int32], strengths: NDArray[np.float32], i: int, chosen: NDArray[np.int64]) -> int:
    """Find the strongest in reach; of equal ones the nearest."""
    found = 0
    for j in range(i + 1, len(peaks)):
        frames = peaks[j, 0] - peaks[i, 0]
        if frames > LAST_FRAME:
            break
        if frames < FIRST_FRAME or abs(peaks[j, 1] - peaks[i, 1]) > MOST_BINS:
            continue
        if found < len(chosen):
            chosen[found] = j
            found += 1
            continue
        weakest = 0
        for k in range(1, found):
            if strengths[chosen[k]] <= strengths[chosen[weakest]]:
                weakest = k
        if strengths[j] > strengths[chosen[weakest]]:
            chosen[weakest] = j
    return found
