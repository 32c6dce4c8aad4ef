"""Spectral flatness and crest by band, as MPEG-7 audio has them: how noise-like and how peaky each part of a sound is.

AudioSpectrumFlatness of ISO/IEC 15938-4: windows of 30 ms that don't overlap, quarter-octave bands from 250 Hz up, each
reaching 5 % beyond its edges, and from 1 kHz on neighbouring lines taken together, two by two up to 2 kHz, four by four
above. The crest is not in that standard; it is the greatest over the mean of the same lines. Pörschmann and Knospe
("Spectral Analysis of Audio Signals for the Identification of Spam Over IP Telephony") keep 28 values a window, which
is 14 bands: the fifteenth would reach up to 3,532 Hz, where a telephone passes nothing any more.
"""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy import fft

RATE: Final = 8000
WINDOW: Final = 240  # 30 ms
BANDS: Final = 14
VALUES: Final = 2 * BANDS
LOWEST_HZ: Final = 250.0

_N_FFT: Final = 256  # the next power of two, filled with zeros
_BEYOND: Final = 0.05  # of each edge
_PER_OCTAVE: Final = 4
_GROUPED_FROM: Final = 8  # the band that begins at 1 kHz
_BLOCK: Final = 8192  # windows transformed at once: 16 MB
_FLOOR: Final = 1e-12  # relative to a window's mean line, so that a line of exact zero isn't infinitely flat


def band_edges() -> NDArray[np.float64]:
    """Nominal edges of the bands.

    Returns
    -------
    ndarray of float64, shape (15,)
        Hz, 250 to 2,828.
    """
    return LOWEST_HZ * 2.0 ** (np.arange(BANDS + 1) / _PER_OCTAVE)


def flatness_and_crest(pcm: NDArray[np.int16], *, hop: int = WINDOW) -> NDArray[np.float32]:
    """Flatness and crest of each band in each window.

    Parameters
    ----------
    pcm : ndarray of int16, shape (n,)
        Audio at 8 kHz. Windows lie wholly inside.
    hop : int
        Samples from one window to the next, 1 to 240; the standard's windows don't overlap.

    Returns
    -------
    ndarray of float32, shape (1 + (n - 240) // hop, 28)
        First the 14 bands' flatness, geometric over arithmetic mean of power: 0 (a line) to 1 (all lines alike). Then
        their crest, greatest over mean power: 1 to the number of lines or groups in the band (3 to 9). A window of
        zeros is flat: 1 and 1. Neither depends on the level.

    Raises
    ------
    TypeError
        When `pcm` isn't int16.
    ValueError
        When it isn't one-dimensional or `hop` is out of range.
    """
    if pcm.dtype != np.int16:
        raise TypeError(f"expected int16 audio, not {pcm.dtype}")
    if pcm.ndim != 1:
        raise ValueError(f"expected one channel of audio, not an array of shape {pcm.shape}")
    if not 1 <= hop <= WINDOW:
        raise ValueError(f"hop is from 1 to {WINDOW}, not {hop}")
    if pcm.size < WINDOW:
        return np.zeros((0, VALUES), np.float32)
    windows = sliding_window_view(pcm, WINDOW)[::hop]
    values = np.empty((len(windows), VALUES), np.float32)
    for begin in range(0, len(windows), _BLOCK):
        values[begin : begin + _BLOCK] = _values(windows[begin : begin + _BLOCK])
    return values


def _values(windows: NDArray[np.int16]) -> NDArray[np.float64]:
    shaped = windows * np.hamming(WINDOW)
    power = np.abs(fft.rfft(shaped, _N_FFT, axis=1)) ** 2
    power += _FLOOR * power.mean(axis=1, keepdims=True)
    power[~windows.any(axis=1)] = 1.0
    values = np.empty((len(windows), VALUES))
    for band, (low, high, together) in enumerate(_lines()):
        lines = power[:, low:high].reshape(len(windows), -1, together).mean(axis=2)
        mean = lines.mean(axis=1)
        values[:, band] = np.exp(np.log(lines).mean(axis=1)) / mean
        values[:, BANDS + band] = lines.max(axis=1) / mean
    return values


@lru_cache(maxsize=1)
def _lines() -> tuple[tuple[int, int, int], ...]:
    """First line of each band, the one after its last, and how many are taken together."""
    edges = band_edges() * _N_FFT / RATE
    found = []
    for band in range(BANDS):
        low, high = round(edges[band] * (1 - _BEYOND)), round(edges[band + 1] * (1 + _BEYOND)) + 1
        together = 1 if band < _GROUPED_FROM else 2 ** (1 + (band - _GROUPED_FROM) // _PER_OCTAVE)
        groups = max(round((high - low) / together), 1)
        found.append((low, low + groups * together, together))
    return tuple(found)
