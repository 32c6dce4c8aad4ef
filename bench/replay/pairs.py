"""Pairs of spectral peaks, as audfprint and others find music by.

After A. Wang, "An Industrial-Strength Audio Search Algorithm" (ISMIR 2003).
"""

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter

Pcm = NDArray[np.int16]

# Chosen on the half that tunes: denser and finer than for music, of which there are minutes
WINDOW: Final = 512
HOP: Final = 128
DENSITY: Final = 30  # peaks a second
PARTNERS: Final = 8
LONGEST: Final = 63  # frames from peak to peak
WIDEST: Final = 31  # lines of 15.6 Hz
RATE: Final = 8000
_NEAR: Final = (9, 11)  # lines and frames in which a peak is the highest
_TIME_BITS: Final = 6
_APART_BITS: Final = 6


def pairs(pcm: Pcm) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the keys of all pairs of peaks in a sound at 8 kHz, and the frame of 128 samples at which each begins."""
    if pcm.size < WINDOW:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    windows = np.lib.stride_tricks.sliding_window_view(pcm.astype(np.float32), WINDOW)[::HOP]
    level = np.log(np.abs(np.fft.rfft(windows * np.hanning(WINDOW).astype(np.float32), axis=1)) + 30.0)
    level -= level.mean(axis=0)
    highest = (maximum_filter(level, size=(_NEAR[1], _NEAR[0])) == level) & (level > 0.5)
    frames, lines = np.nonzero(highest)
    most = round(DENSITY * pcm.size / RATE)
    if frames.size > most:
        kept = np.sort(np.argsort(-level[frames, lines], kind="stable")[:most])
        frames, lines = frames[kept], lines[kept]
    return _keys(frames, lines)


@njit(cache=True, nogil=True)
def _keys(frames: NDArray[np.int64], lines: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    keys, begins = np.empty(frames.size * PARTNERS, np.int64), np.empty(frames.size * PARTNERS, np.int64)
    n = 0
    for i in range(frames.size):
        partners = 0
        for j in range(i + 1, frames.size):
            time, apart = frames[j] - frames[i], lines[j] - lines[i]
            if time > LONGEST or partners == PARTNERS:
                break
            if time >= 2 and -WIDEST <= apart <= WIDEST:
                keys[n] = (((lines[i] << _APART_BITS) | (apart + WIDEST)) << _TIME_BITS) | time
                begins[n] = frames[i]
                n, partners = n + 1, partners + 1
    return keys[:n], begins[:n]
