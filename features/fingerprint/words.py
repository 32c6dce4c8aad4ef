"""Words of 32 bits a frame: which way the balance between neighbouring bands tips from moment to moment.

Haitsma and Kalker, "A Highly Robust Audio Fingerprinting System" (2002). Two recordings are the same where their words
agree in far more than half their bits; gain, filters and noise flip some bits, other audio flips half of them. Powers
are compared as they are: with logarithms, bands that hold next to nothing, which noise fills first, decide as many bits
as those that are heard. The bands lie on an exact grid of 1/36 octave, so a recording whose pitch was changed has, in
the row of that shift, the words that it had before.
"""

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from features.fingerprint.axis import BIN_HZ

SHIFTS: Final = 13  # rows: -6 to 6 steps of 1/36 octave, up to 12 % down and up
UNSHIFTED: Final = SHIFTS // 2
STEPS_PER_OCTAVE: Final = 36

_BANDS: Final = 33
_WIDTH: Final = 4  # steps a band: a ninth of an octave
_FROM_HZ: Final = 250.0  # 33 bands reach to 3,175 Hz
_EDGES: Final = _BANDS * _WIDTH + SHIFTS  # grid lines, those of the outermost shifts too
_GRID: Final = _FROM_HZ * 2.0 ** ((np.arange(_EDGES) - UNSHIFTED) / STEPS_PER_OCTAVE) / BIN_HZ + 0.5
_CELL: Final = _GRID.astype(np.int64)
_PART: Final = _GRID - _CELL
_TILT: Final = 4.0 ** (_WIDTH / STEPS_PER_OCTAVE)  # 6 dB an octave, in power: a voice's bands are then about even


def band_words(power: NDArray[np.float32]) -> NDArray[np.uint32]:
    """Find the words of every frame for every shift of pitch.

    Parameters
    ----------
    power : ndarray of float32, shape (frames, columns)
        As `power_spectrogram` gives it.

    Returns
    -------
    ndarray of uint32, shape (`SHIFTS`, frames)
        Bit b of word t in row s: from frame t - 1 to frame t + 1 the power in band b grew by more than that in band
        b + 1, raised by 6 dB an octave, did; the bands moved up by s - `UNSHIFTED` steps. The first and the last frame
        have no word: 0.
    """
    words = np.zeros((SHIFTS, len(power)), np.uint32)
    _fill(power, _CELL, _PART, words)
    return words


@njit(cache=True, nogil=True)
def _fill(
    power: NDArray[np.float32], cell: NDArray[np.int64], part: NDArray[np.float64], words: NDArray[np.uint32]
) -> None:
    frames = len(power)
    bands = np.empty((3, len(cell) - _WIDTH))
    for t in range(min(2, frames)):
        _bands(power[t], cell, part, bands[t])
    for t in range(1, frames - 1):
        before, after = bands[(t - 1) % 3], bands[(t + 1) % 3]
        _bands(power[t + 1], cell, part, after)
        for j in range(SHIFTS + _WIDTH * (_BANDS - 2)):
            if after[j] - before[j] > _TILT * (after[j + _WIDTH] - before[j + _WIDTH]):
                for row in range(j % _WIDTH, SHIFTS, _WIDTH):
                    bit = (j - row) // _WIDTH
                    if 0 <= bit < 32:
                        words[row, t] |= np.uint32(1) << np.uint32(bit)


@njit(cache=True, nogil=True)
def _bands(
    power: NDArray[np.float32], cell: NDArray[np.int64], part: NDArray[np.float64], bands: NDArray[np.float64]
) -> None:
    """Power in the bands that begin at each line of the grid, bins cut where a line cuts them."""
    below = np.empty(len(cell))  # up to each line
    total, k = 0.0, cell[0]
    for i in range(len(cell)):
        while k < cell[i]:
            total += power[k]
            k += 1
        below[i] = total + part[i] * power[k]
    for j in range(len(bands)):
        bands[j] = below[j + _WIDTH] - below[j]
