"""What is made of flatness and crest before they are compared: as they are, and normalised in several ways."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.fft import dct

from features.mpeg7 import BANDS, WINDOW, flatness_and_crest

Pcm = NDArray[np.int16]
Vectors = NDArray[np.float32]

PAPER: Final = "as they are"
_LOUD_DB: Final = 30.0  # below the loudest windows: fainter ones are pauses
_LOUDEST: Final = 0.95  # quantile of the windows' levels
_FLOOR: Final = 1e-4
_TOGETHER: Final = 8  # windows, 0.24 s
_SPREADS: Final = 4.0  # a normalised value is kept in a byte between minus and plus so many standard deviations


@dataclass(frozen=True, slots=True)
class Sound:
    """Flatness and crest of a sound, and how loud its windows are.

    Attributes
    ----------
    values : ndarray of float32, shape (n, 28)
    levels : ndarray of float64, shape (n,)
        dB, of any reference.
    """

    values: Vectors
    levels: NDArray[np.float64]

    @classmethod
    def of(cls, pcm: Pcm) -> "Sound":
        """Take the values of a sound at 8 kHz."""
        if pcm.size < WINDOW:
            return cls(flatness_and_crest(pcm), np.zeros(0))
        power = np.mean(sliding_window_view(pcm, WINDOW)[::WINDOW].astype(np.float64) ** 2, axis=1)
        return cls(flatness_and_crest(pcm), 10.0 * np.log10(power + 1e-2))


@dataclass(frozen=True, slots=True)
class View:
    """A way to compare sounds.

    Attributes
    ----------
    name : str
    about : str
        What is done to the values, in half a sentence.
    vectors : callable
        From a sound to what is compared.
    low, high : ndarray of float32, shape (d,)
        Between what a value is kept in a byte.
    """

    name: str
    about: str
    vectors: Callable[[Sound], Vectors]
    low: Vectors
    high: Vectors


def views(calls: Sequence[Sound]) -> list[View]:
    """All ways, the paper's first.

    Parameters
    ----------
    calls : sequence of Sound
        Those that codebooks are made of: what is normalised over all calls takes its scale from them.
    """
    together = np.concatenate([call.values for call in calls])
    mean, spread = together.mean(axis=0), _spread(together, 0)
    logs = _decibels(together)
    scale = logs.std(axis=0)
    low = np.repeat(np.array([0.0, 1.0], np.float32), BANDS)
    high = np.repeat(np.array([1.0, 9.0], np.float32), BANDS)
    return [
        View(PAPER, "Euclidean distance of flatness and crest", lambda sound: sound.values, low, high),
        View(
            "in decibels",
            "their logarithms",
            lambda sound: _decibels(sound.values),
            *_bounds(float(scale.max()), logs.mean(axis=0)),
        ),
        View(
            "by band",
            "each of the 28 values over its standard deviation in all calls",
            lambda sound: np.asarray((sound.values - mean) / spread, np.float32),
            *_bounds(1.0),
        ),
        View(
            "by window",
            "14 flatnesses of a window to mean 0 and variance 1, its 14 crests too",
            lambda sound: _by_window(sound.values),
            *_bounds(1.0),
        ),
        View(
            "by call",
            "each value to mean 0 and variance 1 over the call, or over the piece that is asked about",
            lambda sound: _by_call(sound.values),
            *_bounds(1.0),
        ),
        View(
            "cepstral",
            "cosine transform of the 14 logarithms over the bands without its first term, then by call",
            lambda sound: _by_call(_cepstral(sound.values)),
            *_bounds(1.0, np.zeros(2 * (BANDS - 1))),
        ),
        View(
            "by call, no pauses",
            f"by call, of windows at most {_LOUD_DB:.0f} dB below the loudest",
            lambda sound: _by_call(sound.values[_loud(sound.levels)]),
            *_bounds(1.0),
        ),
        View(
            "averaged",
            f"cepstral, of means over {_TOGETHER} windows, {30 * _TOGETHER} ms, that begin at each window",
            lambda sound: _by_call(_cepstral(_averaged(sound.values))),
            *_bounds(1.0, np.zeros(2 * (BANDS - 1))),
        ),
    ]


def _bounds(spread: float, middle: NDArray[np.floating] | None = None) -> tuple[Vectors, Vectors]:
    centre = np.zeros(2 * BANDS) if middle is None else middle
    reach = _SPREADS * spread
    return (centre - reach).astype(np.float32), (centre + reach).astype(np.float32)


def _spread(values: Vectors, axis: int) -> Vectors:
    found: Vectors = np.maximum(values.std(axis=axis, keepdims=True), np.float32(_FLOOR))
    return found


def _decibels(values: Vectors) -> Vectors:
    found: Vectors = (10.0 * np.log10(np.maximum(values, _FLOOR))).astype(np.float32)
    return found


def _by_window(values: Vectors) -> Vectors:
    halves = values.reshape(-1, BANDS)
    found: Vectors = ((halves - halves.mean(axis=1, keepdims=True)) / _spread(halves, 1)).reshape(values.shape)
    return found


def _by_call(values: Vectors) -> Vectors:
    if not len(values):
        return values
    found: Vectors = (values - values.mean(axis=0)) / _spread(values, 0)
    return found


def _cepstral(values: Vectors) -> Vectors:
    halves = _decibels(values).reshape(-1, BANDS)
    terms = np.asarray(dct(halves, axis=1, norm="ortho"), np.float32)[:, 1:]
    return np.ascontiguousarray(terms.reshape(len(values), 2 * (BANDS - 1)))


def _averaged(values: Vectors) -> Vectors:
    if len(values) < _TOGETHER:
        return values
    found: Vectors = sliding_window_view(values, _TOGETHER, axis=0).mean(axis=2)
    return found


def _loud(levels: NDArray[np.float64]) -> NDArray[np.bool_]:
    if not levels.size:
        return np.zeros(0, np.bool_)
    kept: NDArray[np.bool_] = levels >= np.quantile(levels, _LOUDEST) - _LOUD_DB
    return kept
