"""Slower or faster at the same pitch, higher or lower at the same tempo, by overlapping pieces that fit.

Waveform-similarity overlap-add (Verhelst and Roelands, ICASSP 1993): the next piece is taken where it continues the
last one best, within 10 ms of where the tempo puts it.
"""

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bench.heard.speeds import at_speed
from bench.replay.distortions.kind import Pcm
from models.sounds.scale import to_int16

_HOP: Final = 120  # samples from piece to piece in the outcome: 15 ms; a piece is two of them
_REACH: Final = 80  # samples either way


def at_tempo(pcm: Pcm, tempo: float) -> Pcm:
    """Play faster (above 1) or slower at the same pitch.

    Parameters
    ----------
    pcm : ndarray of int16, shape (n,)
    tempo : float
        0.5 to 2.

    Returns
    -------
    ndarray of int16, shape (about n / tempo,)

    Raises
    ------
    ValueError
        For another tempo.
    """
    if not 0.5 <= tempo <= 2.0:
        raise ValueError(f"tempo is 0.5 to 2, not {tempo}")
    padded = np.concatenate([np.zeros(_HOP), pcm.astype(np.float64), np.zeros(3 * _HOP + _REACH)])
    pieces = int(pcm.size / (tempo * _HOP)) + 2
    window = 0.5 - 0.5 * np.cos(np.pi * np.arange(2 * _HOP) / _HOP)
    out = _overlapped(padded, window, pieces, tempo * _HOP)
    return to_int16(out[_HOP : _HOP + round(pcm.size / tempo)])


def at_pitch(pcm: Pcm, pitch: float) -> Pcm:
    """Speak higher (above 1) or lower at the same tempo; as long as before, to a few samples."""
    return at_speed(at_tempo(pcm, 1.0 / pitch), pitch)


@njit(cache=True, nogil=True)
def _overlapped(x: NDArray[np.float64], window: NDArray[np.float64], pieces: int, step: float) -> NDArray[np.float64]:
    hop = window.size // 2
    out = np.zeros((pieces + 1) * hop)
    at = 0
    for piece in range(pieces):
        if piece:
            at = _fitting(x, at + hop, int(piece * step), hop)
        if at + 2 * hop > x.size:
            break
        for i in range(2 * hop):
            out[piece * hop + i] += window[i] * x[at + i]
    return out


@njit(cache=True, nogil=True)
def _fitting(x: NDArray[np.float64], natural: int, wanted: int, hop: int) -> int:
    """Where, near the wanted place, the sound goes on most like the natural continuation."""
    best, found = -np.inf, wanted
    for at in range(max(wanted - _REACH, 0), min(wanted + _REACH, x.size - 2 * hop) + 1):
        both, power = 0.0, 1.0
        for i in range(hop):
            if natural + i < x.size:
                both += x[at + i] * x[natural + i]
            power += x[at + i] * x[at + i]
        likeness = both / np.sqrt(power)
        if likeness > best:
            best, found = likeness, at
    return found
