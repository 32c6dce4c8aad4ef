"""Where in a recording somebody speaks, by its levels; what can't be told by them is in doubt."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import get_window

from models.dataset.contents import DOUBT, NOBODY, SPEECH, Contents, bridged, spread

Levels = NDArray[np.float64]

_SILENT: Final = -100.0  # dBFS: exact zeros of a gated recording
_ACTIVE_DB: Final = 25.0  # a frame so far below the loud ones is no syllable
_QUIET_DB: Final = 40.0  # one so far below is a pause, if it is not far over the floor
_FLOOR_DB: Final = 10.0
_FRAME: Final = 320  # samples of a frame in which voicing is looked for: 40 ms
_HOP: Final = 160
_LAGS: Final = slice(20, 134)  # samples: pitch of 60 to 400 Hz
_VOICED: Final = 0.6  # of the autocorrelation at 0


def clean_talk(levels: Levels, loud: float) -> Contents:
    """Contents of speech recorded or made without noise: loud frames, and pauses between them."""
    return spread(levels > loud - _ACTIVE_DB, SPEECH)


def loudness(levels: Levels) -> float:
    """Level of a recording's loud frames, dBFS: the 95th percentile of those that sound."""
    sounding = levels[levels > _SILENT]
    return float(np.percentile(sounding, 95)) if sounding.size else _SILENT


def call_talk(levels: Levels, whole: Levels) -> Contents:
    """Contents of a talker's side of a call: speech, pauses where it is as quiet as the line, else doubt.

    Parameters
    ----------
    levels : ndarray of float64, shape (n,)
        Of the part wanted, 20 ms each.
    whole : ndarray of float64, shape (m,)
        Of the recording.

    Returns
    -------
    ndarray of uint8, shape (n,)
    """
    sounding = whole[whole > _SILENT]
    if sounding.size == 0:
        return np.full(levels.size, NOBODY, dtype=np.uint8)
    loud, floor = loudness(whole), float(np.percentile(sounding, 10))
    active = levels > max(loud - _ACTIVE_DB, floor + _FLOOR_DB)
    quiet = levels < max(loud - _QUIET_DB, min(floor + 6.0, loud - _ACTIVE_DB - 3.0))
    out = spread(active, SPEECH)
    out[(out == NOBODY) & ~quiet] = DOUBT
    return out


def noisy_talk(levels: Levels, whole: Levels) -> Contents:
    """Contents of speech in noise: speech where it stands out, doubt elsewhere."""
    floor = float(np.percentile(whole, 15))
    active = bridged(levels > floor + _FLOOR_DB, 10)
    return np.where(active, SPEECH, DOUBT).astype(np.uint8)


def voiced_frames(pcm: NDArray[np.int16]) -> int:
    """How many frames stand out of their surroundings and are periodic as a voice is.

    Parameters
    ----------
    pcm : ndarray of int16, shape (n,), n >= 320

    Returns
    -------
    int
        Of frames 20 ms apart.
    """
    window = get_window("hann", _FRAME)
    frames = np.lib.stride_tricks.sliding_window_view(pcm.astype(np.float64), _FRAME)[::_HOP]
    frames = frames - frames.mean(axis=1, keepdims=True)
    power = np.abs(np.fft.rfft(frames * window, 1024, axis=1)) ** 2
    likeness = np.fft.irfft(power, axis=1)
    shape = np.fft.irfft(np.abs(np.fft.rfft(window, 1024)) ** 2)
    periodic = (likeness[:, _LAGS] / (likeness[:, :1] + 1e-9) * (shape[0] / shape[_LAGS])).max(axis=1)
    level = 10.0 * np.log10(np.mean(frames**2, axis=1) / 32768.0**2 + 1e-14)
    stands_out = (level > level.max() - _ACTIVE_DB) & (level > np.percentile(level, 10) + 12.0)
    return int(np.count_nonzero((periodic > _VOICED) & stands_out))
