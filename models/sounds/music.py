"""Music on hold: chords, a melody and sometimes a beat, never the same twice."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from models.sounds.scale import RATE, at_level

# steps of the scale on which each chord of a progression is built
_PROGRESSIONS: Final = ((0, 4, 5, 3), (0, 5, 3, 4), (0, 3, 4, 4), (5, 3, 0, 4), (0, 2, 3, 4), (1, 4, 0, 0))
_MAJOR, _MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
_LINE: Final = butter(3, (250.0, 3400.0), btype="bandpass", fs=RATE, output="sos")


def hold_music(rng: np.random.Generator, n: int, level_dbfs: float = -20.0) -> NDArray[np.int16]:
    """Synthesised music in a random key, tempo, progression and timbre.

    Parameters
    ----------
    rng : numpy.random.Generator
    n : int
        Number of samples.
    level_dbfs : float
        RMS.

    Returns
    -------
    ndarray of int16, shape (n,)
    """
    if n == 0:
        return np.zeros(0, dtype=np.int16)
    scale = _MAJOR if rng.random() < 0.6 else _MINOR
    root = 110.0 * 2.0 ** (rng.integers(0, 12) / 12.0)
    beat = round(RATE * 60.0 / rng.uniform(70, 140))
    progression = _PROGRESSIONS[int(rng.integers(len(_PROGRESSIONS)))]
    partials = rng.uniform(0.2, 1.0, 6) / np.arange(1, 7) ** rng.uniform(0.7, 2.0)
    decay, drums = rng.uniform(0.4, 4.0), rng.random() < 0.4
    first = int(rng.integers(0, 8))
    out = np.zeros(n + 8 * beat)
    for number in range(n // beat + 1):
        at, chord = number * beat, progression[((number + first) // 4) % len(progression)]
        if (number + first) % 2 == 0 or number == 0:
            for degree in (chord, chord + 2, chord + 4):
                _add(out, at, _note(_pitch(root, scale, degree), 4 * beat, partials, decay))
        if rng.random() < 0.8:
            degree = chord + int(rng.integers(0, 8)) + 7
            late = beat // 2 if rng.random() < 0.3 else 0
            _add(out, at + late, 0.8 * _note(_pitch(root, scale, degree), 2 * beat, partials, decay + 1.0))
        if drums:
            hit = rng.standard_normal(beat // 4) * np.exp(-np.arange(beat // 4) / (0.01 * RATE))
            _add(out, at, 0.5 * hit)
    return at_level(np.asarray(sosfilt(_LINE, out[:n]), dtype=np.float64), level_dbfs)


def _pitch(root: float, scale: tuple[int, ...], degree: int) -> float:
    """Frequency of a step of the scale, counted through the octaves."""
    return float(root * 2.0 ** ((scale[degree % 7] + 12 * (degree // 7)) / 12.0))


def _note(frequency: float, length: int, partials: NDArray[np.float64], decay: float) -> NDArray[np.float64]:
    """Plucked or bowed note: harmonics under a common envelope."""
    time = np.arange(length) / RATE
    tone = np.zeros(length)
    for number, strength in enumerate(partials, start=1):
        if frequency * number < 3800.0:
            tone += strength * np.sin(2 * np.pi * frequency * number * time)
    envelope = np.minimum(time / 0.01, 1.0) * np.exp(-decay * time) * np.minimum((length - np.arange(length)) / 80.0, 1)
    note: NDArray[np.float64] = tone * envelope
    return note


def _add(out: NDArray[np.float64], at: int, what: NDArray[np.float64]) -> None:
    end = min(at + what.size, out.size)
    out[at:end] += what[: end - at]
