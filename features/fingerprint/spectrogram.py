"""Power over time and frequency: Hann windows of 128 ms every 16 ms, transformed in one batch."""

from typing import Final

import numpy as np
import scipy.fft
from numba import njit
from numpy.typing import NDArray

from features.fingerprint.axis import HOP, WINDOW, frames_in

COLUMNS: Final = 464  # bins 0 to 3,617 Hz: beyond lies the telephone's low-pass

_HANN: Final = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)
_SCALED: Final = (2.0 / _HANN.sum() / 32768 * _HANN).astype(np.float32)


def power_spectrogram(pcm: NDArray[np.int16]) -> NDArray[np.float32]:
    """Squared amplitude in every window and frequency.

    Parameters
    ----------
    pcm : ndarray of int16, shape (n,)
        Audio at 8 kHz.

    Returns
    -------
    ndarray of float32, shape (frames, `COLUMNS`)
        A sine of amplitude a (full scale 1) in the middle of a bin reads a squared. Column k is 7.8125 k Hz.
    """
    frames = frames_in(len(pcm))
    if frames == 0:
        return np.zeros((0, COLUMNS), np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(pcm, WINDOW)[::HOP]
    return _power(scipy.fft.rfft(windows * _SCALED, axis=1, overwrite_x=True))


@njit(cache=True, nogil=True)
def _power(spectrum: NDArray[np.complex64]) -> NDArray[np.float32]:
    frames = len(spectrum)
    power = np.empty((frames, COLUMNS), np.float32)
    for t in range(frames):
        for k in range(COLUMNS):
            cell = spectrum[t, k]
            power[t, k] = cell.real * cell.real + cell.imag * cell.imag
    return power
