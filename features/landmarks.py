"""Landmarks: triples of spectral peaks, named so that the same sound gives the same names.

A key holds what three peaks look like to each other: the first one's frequency, the two steps in frequency and the two
steps in time. Gain does not touch it, an offset moves only the landmark's time, and two unrelated sounds rarely agree
on all five. (Wang, "An Industrial-Strength Audio Search Algorithm", 2003, uses pairs; a third peak makes a key some
hundred times rarer, which is what a search in millions of calls lives on.)
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from features.peaks import BINS

FINGERPRINT_VERSION: Final = 1  # its three lowest bits head every key: an index of another version never matches
MAX_LANDMARKS: Final = 600

# Tuned on recall and on phrases shared by different messages of one synthetic voice (tests/streams/test_replay.py).
# Peaks are repeated to within one tick and one bin, so a cell is wider than that by enough to hold most, no more.
_BINS_PER_CELL: Final = 4
_TICKS_PER_CELL: Final = 12  # 48 ms
_FIRST_TICK: Final = 12  # closer peaks belong to one sound and say little
_LAST_TICK: Final = 248  # 1 s
_MOST_BINS: Final = 144  # 1.5 octaves
_PARTNERS: Final = 4  # each peak is followed by the next four in reach: six triples

_STEPS: Final = _MOST_BINS // _BINS_PER_CELL  # steps of frequency go from -36 to 36: 7 bits
if BINS // _BINS_PER_CELL >= 128 or 2 * _STEPS >= 128 or _LAST_TICK // _TICKS_PER_CELL >= 22:
    raise AssertionError("a key's fields no longer fit their bits")


@dataclass(frozen=True, slots=True)
class Landmarks:
    """Landmarks of a stretch of audio.

    Attributes
    ----------
    keys
        uint32, shape (n,).
    ticks
        int32, shape (n,): when the first of a landmark's peaks is, 4 ms from the first window.
    members
        int32, shape (n, 3): which peaks a landmark is made of, rows of `peaks`.
    peaks
        int32, shape (m, 2): the peaks, tick and bin (`features.peaks.spectral_peaks`).
    """

    keys: NDArray[np.uint32]
    ticks: NDArray[np.int32]
    members: NDArray[np.int32]
    peaks: NDArray[np.int32]


def landmarks(peaks: NDArray[np.int32]) -> Landmarks:
    """Combine peaks to landmarks, at most `MAX_LANDMARKS` (the first ones).

    Parameters
    ----------
    peaks : ndarray of int32, shape (m, 2)
        Tick and bin, ordered by tick, as `features.peaks.spectral_peaks` gives them.

    Returns
    -------
    Landmarks
        Ordered by tick. Fewer than three peaks give none.

    Raises
    ------
    ValueError
        When the array's shape or order is another, or a bin is out of range.
    """
    if peaks.ndim != 2 or peaks.shape[1] != 2:
        raise ValueError(f"peaks are pairs of tick and bin, not an array of shape {peaks.shape}")
    if len(peaks) and (peaks[:, 1].min() < 0 or peaks[:, 1].max() >= BINS or (np.diff(peaks[:, 0]) < 0).any()):
        raise ValueError(f"peaks are ordered by tick and have bins from 0 to {BINS - 1}")
    keys, members = _triples(np.ascontiguousarray(peaks, dtype=np.int32))
    keys |= np.uint32((FINGERPRINT_VERSION & 7) << 29)
    return Landmarks(keys=keys, ticks=peaks[members[:, 0], 0].astype(np.int32), members=members, peaks=peaks)


@njit(cache=True, nogil=True)
def _triples(peaks: NDArray[np.int32]) -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
    """Every peak with every two of the next ones in reach."""
    keys = np.zeros(MAX_LANDMARKS, np.uint32)
    members = np.zeros((MAX_LANDMARKS, 3), np.int32)
    near = np.zeros(_PARTNERS, np.int32)
    count = 0
    for i in range(len(peaks)):
        reach = _partners(peaks, i, near)
        for a in range(reach):
            for b in range(a + 1, reach):
                if count == MAX_LANDMARKS:
                    return keys, members
                keys[count] = _key(peaks[i], peaks[near[a]], peaks[near[b]])
                members[count, 0], members[count, 1], members[count, 2] = i, near[a], near[b]
                count += 1
    return keys[:count], members[:count]


@njit(cache=True, nogil=True)
def _partners(peaks: NDArray[np.int32], i: int, near: NDArray[np.int32]) -> int:
    found = 0
    for j in range(i + 1, len(peaks)):
        ticks = peaks[j, 0] - peaks[i, 0]
        if ticks > _LAST_TICK or found == len(near):
            break
        if ticks >= _FIRST_TICK and abs(peaks[j, 1] - peaks[i, 1]) <= _MOST_BINS:
            near[found] = j
            found += 1
    return found


@njit(cache=True, nogil=True)
def _key(first: NDArray[np.int32], second: NDArray[np.int32], third: NDArray[np.int32]) -> int:
    """29 bits: frequency (7), two steps of frequency (7 each), two steps of time, ordered, as one of 253 pairs (8)."""
    step_2 = (second[1] - first[1]) // _BINS_PER_CELL + _STEPS
    step_3 = (third[1] - first[1]) // _BINS_PER_CELL + _STEPS
    time_2 = (second[0] - first[0]) // _TICKS_PER_CELL
    time_3 = (third[0] - first[0]) // _TICKS_PER_CELL
    times = time_3 * (time_3 + 1) // 2 + time_2
    return int((((((first[1] // _BINS_PER_CELL) << 7) | step_2) << 7 | step_3) << 8) | times)
