"""Which frames may hold evidence: none of what unrelated calls share, such as tones, modems and gaps."""

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from features.fingerprint.axis import BIN_HZ, HIGH, HOP, LOW, WINDOW

# Tuned on calls' tones, faxes and noises (tests/features/test_fingerprint_gates.py).
_TONE_SHARE: Final = 0.8  # two lines that hold this share of a frame's power are a tone or a pair
_BAND_FROM: Final = int(900 / BIN_HZ)  # from 900 Hz up ...
_BAND: Final = int(400 / BIN_HZ)  # ... 400 Hz ...
_BAND_SHARE: Final = 0.8  # ... that hold this share are a modem's two frequencies (V.21 in every fax call), no voice
_FLAT_FROM: Final = int(600 / BIN_HZ)
_FLAT_TO: Final = int(2400 / BIN_HZ)
_FLAT: Final = 0.45  # white noise has 0.56, a V.29 page and the training before it too; voiced speech 0.0 to 0.3
_NO_LINES: Final = 0.14  # less than that in its two strongest lines has no voice ...
_RATHER_FLAT: Final = 0.34  # ... and at so much is a modem's training (V.17), which repeats itself
_SUDDEN: Final = 4.0  # a flat frame so many times its floor is a modem or a burst; nearer it, speech in noise
_LINED: Final = 0.2  # flatness below which a frame holds lines: a voice or music, however steadily they sound
_RECEIVED_SHARE: Final = 0.75
_TINY: Final = np.float32(1e-12)


def received_frames(received: NDArray[np.bool_] | None, frames: int) -> NDArray[np.bool_]:
    """Tell for which frames enough samples came: three quarters of a window's."""
    if received is None:
        return np.ones(frames, np.bool_)
    total = np.concatenate(([0], np.cumsum(received)))
    starts = HOP * np.arange(frames)
    enough: NDArray[np.bool_] = total[starts + WINDOW] - total[starts] >= _RECEIVED_SHARE * WINDOW
    return enough


def telling_frames(
    power: NDArray[np.float32], floor: NDArray[np.float32]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which frames are neither a tone, nor a pair of tones, nor a modem's signal, and which of them hold lines.

    Parameters
    ----------
    power : ndarray of float32, shape (frames, columns)
        As `power_spectrogram` gives it.
    floor : ndarray of float32, shape (columns,)
        What of it is there most of the time.

    Returns
    -------
    telling : ndarray of bool, shape (frames,)
    lined : ndarray of bool, shape (frames,)
        Frames of a voice or of music, which are no noise even where they don't change.
    """
    return _telling(power, floor[_FLAT_FROM:_FLAT_TO].mean())


@njit(cache=True, nogil=True)
def _telling(power: NDArray[np.float32], floor: np.float32) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    telling, lined = np.zeros(len(power), np.bool_), np.zeros(len(power), np.bool_)
    row = np.empty(HIGH - LOW, np.float32)
    for t in range(len(power)):
        row[:] = power[t, LOW:HIGH]
        whole = row.sum() + _TINY
        if _in_band(row) >= _BAND_SHARE * whole:
            continue
        lines = _two_lines(row) / whole
        mean, flatness = _flatness(power[t])
        flat = flatness >= (_FLAT if lines >= _NO_LINES else _RATHER_FLAT)
        telling[t] = lines < _TONE_SHARE and (not flat or mean < _SUDDEN * floor)
        lined[t] = flatness < _LINED
    return telling, lined


@njit(cache=True, nogil=True)
def _in_band(row: NDArray[np.float32]) -> np.float32:
    """Greatest power in a band above the first formant's."""
    first = _BAND_FROM - LOW
    band = row[first : first + _BAND].sum()
    most = band
    for k in range(first + _BAND, len(row)):
        band += row[k] - row[k - _BAND]
        most = max(most, band)
    return np.float32(most)


@njit(cache=True, nogil=True)
def _two_lines(row: NDArray[np.float32]) -> np.float32:
    """Power of the two strongest lines, a line being five bins (a Hann window's main lobe); `row` is used up."""
    lines = np.float32(0)
    for _ in range(2):
        top = int(np.argmax(row))
        for k in range(max(0, top - 2), min(len(row), top + 3)):
            lines += row[k]
            row[k] = 0
    return lines


@njit(cache=True, nogil=True)
def _flatness(power: NDArray[np.float32]) -> tuple[float, float]:
    """Mean power from 600 to 2,400 Hz, and the geometric over the arithmetic mean there."""
    logs, total = 0.0, 0.0
    for k in range(_FLAT_FROM, _FLAT_TO):
        logs += np.log(power[k] + _TINY)
        total += power[k] + _TINY
    mean = total / (_FLAT_TO - _FLAT_FROM)
    return mean, np.exp(logs / (_FLAT_TO - _FLAT_FROM)) / mean
