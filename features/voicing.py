"""How strongly the audio repeats itself at the pitch of a voice, every 40 ms.

Normalised cross-correlation of a frame with what comes after it, after D. Talkin, "A Robust Algorithm for Pitch
Tracking (RAPT)", 1995, at 4 kHz: pitch needs no more, and it costs a quarter.
"""

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

STEP: Final = 320  # samples at 8 kHz: 40 ms
_RATE: Final = 4000
_WINDOW: Final = STEP // 2  # samples at 4 kHz
_SHORTEST: Final = 10  # samples at 4 kHz: 400 Hz
_LONGEST: Final = 66  # 61 Hz
_DIP: Final = np.float32(0.5)  # a peak counts after the correlation has fallen below: smooth noise alone has none
_LEAST_POWER: Final = np.float32((2.0 / 32768.0) ** 2)  # a quarter of A-law's and mu-law's smallest step


def voicing(samples: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Strength and frequency of the best repetition between 61 and 400 Hz in each 40 ms.

    Parameters
    ----------
    samples : ndarray of float32, shape (n,)
        8 kHz, fractions of full scale, without offset; finite.

    Returns
    -------
    strength : ndarray of float32, shape (n // 320,)
        Normalised correlation, 0 (none, or no sound) to 1 (a periodic signal).
    pitch_hz : ndarray of float32, shape (n // 320,)
        61 to 400 in steps of the 4 kHz lag, 0 where strength is 0. Above 250 Hz, where the steps are coarse, twice the
        period often fits better, and half the pitch is told.
    """
    frames = samples.size // STEP
    strength, pitch = np.zeros(frames, np.float32), np.zeros(frames, np.float32)
    if frames:
        _correlate(np.ascontiguousarray(samples, np.float32), strength, pitch)
    return strength, pitch


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def _halved(samples):  # type: ignore[no-untyped-def]
    """Every other sample after the low-pass 1, 2, 1, with zeros behind the end for the longest lag."""
    half = samples.size // 2
    out = np.zeros(half + _LONGEST + 1, np.float32)
    out[0] = np.float32(0.5) * samples[0] + np.float32(0.25) * samples[1]
    for i in range(1, half):
        out[i] = np.float32(0.5) * samples[2 * i] + np.float32(0.25) * (samples[2 * i - 1] + samples[2 * i + 1])
    return out


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def _dot(a, b):  # type: ignore[no-untyped-def]
    total = np.float32(0)
    for i in range(a.size):
        total += a[i] * b[i]
    return total


@njit(cache=True, nogil=True)
def _correlate(samples, strength, pitch):  # type: ignore[no-untyped-def]
    sound = _halved(samples)
    half = samples.size // 2
    for f in range(strength.size):
        start = min(f * _WINDOW, max(half - _WINDOW - _LONGEST, 0))
        frame = sound[start : start + _WINDOW]
        energy = _dot(frame, frame)
        if energy <= _LEAST_POWER * np.float32(_WINDOW):
            continue
        moved = sound[start + _SHORTEST : start + _SHORTEST + _WINDOW]
        other = _dot(moved, moved)
        best, lag, dipped = np.float32(0), 0, False
        for step in range(_SHORTEST, _LONGEST + 1):
            likeness = _dot(frame, sound[start + step : start + step + _WINDOW])
            likeness /= np.sqrt(energy * max(other, np.float32(0.1) * energy))
            dipped = dipped or likeness < _DIP
            if dipped and likeness > best:
                best, lag = likeness, step
            head, tail = sound[start + step], sound[start + step + _WINDOW]
            other += tail * tail - head * head
        if lag:
            strength[f] = min(best, np.float32(1))
            pitch[f] = np.float32(_RATE) / np.float32(lag)
