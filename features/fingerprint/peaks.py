"""Spectral peaks: the few places of a spectrogram that gain, noise, codecs and filters leave where they are.

Windows of 128 ms with much overlap, as Pörschmann and Knospe chose for finding replayed calls ("Spectral Analysis of
Audio Signals for the Identification of Spam Over IP Telephony", 2008), and a logarithmic frequency axis.
"""

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from features.fingerprint.axis import BIN_HZ, BINS, BINS_PER_OCTAVE, CHUNK_FRAMES, HIGH, LOW, LOWEST_HZ

FRAMES_AROUND: Final = 4  # a peak is the highest within ±64 ms ...
BINS_AROUND: Final = 3  # ... and ±23 Hz
BLOCKS: Final = 4  # of half a second in a chunk, over which the density is bounded
DENSITY: Final = 22  # peaks a block, 44 a second: of two talkers at once, most of each

# Tuned on recorded speech in noise against stationary noise, tones and codec idle noise (bench/fingerprint.py,
# tests/features/test_fingerprint_gates.py). Natural logarithms of amplitude.
_LOCAL_BINS: Final = 24  # the local mean is that of ±188 Hz
_OVER_LOCAL: Final = 0.9  # 7.8 dB above the local mean
_CERTAIN: Final = 1.9  # 16.5 dB above its frequency's floor: the loudest cell of white noise reaches 15
_LINE: Final = 2.2  # as far above its local mean no noise reaches either: a note that is held has no floor below it
_FAINT: Final = 0.8  # 6.9 dB are enough near certain ones
_NEAR: Final = 16  # frames, 0.26 s
_WITNESSES: Final = 2  # so many certain peaks must be near
_LOUDNESS: Final = np.float32(0.3)  # of the height below the chunk's loudest: what is loud outlives noise and talk
_LEAST: Final = np.log(np.float32(5e-4))  # -66 dBFS, a sine's: below are idle noise and dead air


def spectral_peaks(
    power: NDArray[np.float32], floor: NDArray[np.float32], telling: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Find the peaks of a chunk's spectrogram, at most 44 a second, the ones that stand out most.

    Parameters
    ----------
    power : ndarray of float32, shape (frames, columns)
        As `power_spectrogram` gives it.
    floor : ndarray of float32, shape (columns,)
        What of it is there most of the time.
    telling : ndarray of bool, shape (frames,)
        Which frames may hold peaks. The first and the last frame hold none: nobody knows what comes beside them.

    Returns
    -------
    peaks : ndarray of int32, shape (n, 2)
        Frame, and bin ``round(144 log2(f / 230 Hz))`` from 0 to `BINS` - 1. Ordered by frame, then bin.
    strengths : ndarray of float32, shape (n,)
        How far each stands above its local mean, in natural logarithms of amplitude, less what it is fainter than the
        chunk's loudest cell.
    """
    level = _level(power)
    faint = np.float32(0.5) * np.log(floor[LOW:HIGH] + np.float32(1e-12))
    found, strengths, certain = _maxima(level, faint, telling)
    kept = _attested(found[:, 0], certain)
    found, strengths = found[kept], strengths[kept]
    chosen = strongest(found[:, 0], strengths, DENSITY)
    return _placed(level, found[chosen], strengths[chosen])


def strongest(frames: NDArray[np.int32], strengths: NDArray[np.float32], most: int) -> NDArray[np.int64]:
    """Indices, in their order, of the strongest in every half second; of equal ones the first."""
    block = frames.astype(np.int64) * BLOCKS // CHUNK_FRAMES
    order = np.lexsort((-strengths, block))
    rank = np.arange(len(order)) - np.searchsorted(block[order], block[order])
    return np.sort(order[rank < most])


@njit(cache=True, nogil=True)
def _level(power: NDArray[np.float32]) -> NDArray[np.float32]:
    level = np.empty((len(power), HIGH - LOW), np.float32)
    for t in range(len(power)):
        for f in range(HIGH - LOW):
            level[t, f] = np.float32(0.5) * np.log(power[t, LOW + f] + np.float32(4e-9))
    return level


@njit(cache=True, nogil=True)
def _maxima(
    level: NDArray[np.float32], floor: NDArray[np.float32], telling: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.bool_]]:
    """Cells that are the highest around them, how far they stand above their local mean, and whether for certain."""
    frames, bins = level.shape
    found = np.zeros((frames * 48, 2), np.int32)
    strengths = np.zeros(frames * 48, np.float32)
    certain = np.zeros(frames * 48, np.bool_)
    count = 0
    below = np.zeros(bins + 1)
    loudest = np.max(level)
    for t in range(1, frames - 1):
        if not telling[t]:
            continue
        for f in range(bins):
            below[f + 1] = below[f] + level[t, f]
        for f in range(1, bins - 1):
            value = level[t, f]
            if value < _LEAST or value < level[t, f - 1] or value < level[t, f + 1]:
                continue
            first, last = max(0, f - _LOCAL_BINS), min(bins, f + _LOCAL_BINS + 1)
            over = value - (below[last] - below[first]) / (last - first)
            if over < _OVER_LOCAL or (over < _LINE and value < floor[f] + _FAINT):
                continue
            if count == len(found) or not _highest(level, t, f):
                continue
            found[count, 0], found[count, 1] = t, f
            strengths[count] = over + _LOUDNESS * (value - loudest)
            certain[count] = over >= _LINE or value >= floor[f] + _CERTAIN
            count += 1
    return found[:count], strengths[:count], certain[:count]


@njit(cache=True, nogil=True)
def _highest(level: NDArray[np.float32], t: int, f: int) -> bool:
    """Whether no cell around is higher; of equal ones the first wins."""
    frames, bins = level.shape
    value = level[t, f]
    for u in range(max(0, t - FRAMES_AROUND), min(frames, t + FRAMES_AROUND + 1)):
        for g in range(max(0, f - BINS_AROUND), min(bins, f + BINS_AROUND + 1)):
            other = level[u, g]
            if other > value or (other == value and (u, g) < (t, f)):
                return False
    return True


def _attested(frames: NDArray[np.int32], certain: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which peaks are certain or have certain ones near: a noise's own peaks have not."""
    witnesses = frames[certain]
    near = np.searchsorted(witnesses, frames + _NEAR, "right") - np.searchsorted(witnesses, frames - _NEAR)
    attested: NDArray[np.bool_] = near >= _WITNESSES
    return attested


def _placed(
    level: NDArray[np.float32], found: NDArray[np.int32], strengths: NDArray[np.float32]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Frequency between the bins, by parabolas through three of them, on the logarithmic axis."""
    t, f = found[:, 0], found[:, 1]
    below, here, above = level[t, f - 1], level[t, f], level[t, f + 1]
    bend = np.minimum(below - 2 * here + above, np.float32(-1e-6))
    high = np.clip(np.float32(0.5) * (below - above) / bend, -0.5, 0.5)
    place = np.round(BINS_PER_OCTAVE * np.log2((f + LOW + high) * BIN_HZ / LOWEST_HZ)).astype(np.int32)
    inside = (place >= 0) & (place < BINS)
    peaks = np.stack((t[inside], place[inside]), axis=1).astype(np.int32)
    order = np.lexsort((peaks[:, 1], peaks[:, 0]))
    return peaks[order], strengths[inside][order]
