"""From a signal of any scale to 16-bit samples at a level."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

RATE: Final = 8000  # Hz, of every sound here
_FULL_SCALE: Final = 32768.0


def at_level(signal: NDArray[np.float64], level_dbfs: float) -> NDArray[np.int16]:
    """Scale a signal to an RMS level and round it; what exceeds 16 bits is clipped.

    Parameters
    ----------
    signal : ndarray of float64, shape (n,)
        Any scale; all zeros stay so.
    level_dbfs : float
        RMS level wanted, dBFS.

    Returns
    -------
    ndarray of int16, shape (n,)
    """
    rms = float(np.sqrt(np.mean(signal**2))) if signal.size else 0.0
    if rms == 0.0:
        return np.zeros(signal.size, dtype=np.int16)
    return to_int16(signal * (_FULL_SCALE * 10.0 ** (level_dbfs / 20.0) / rms))


def to_int16(signal: NDArray[np.float64]) -> NDArray[np.int16]:
    """Round a signal that is in 16-bit scale already, clipping to ±32767."""
    return np.clip(np.rint(signal), -32767, 32767).astype(np.int16)


def band(n: int, low: float, high: float, spectrum: NDArray[np.complex128]) -> NDArray[np.float64]:
    """Signal of n samples from a half spectrum, with all outside [low, high] Hz taken away."""
    frequency = np.fft.rfftfreq(n, 1.0 / RATE)
    kept: NDArray[np.float64] = np.fft.irfft(np.where((frequency >= low) & (frequency <= high), spectrum, 0.0), n)
    return kept
