"""Louder, quieter, clipped, levelled."""

from functools import partial
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bench.replay.distortions.kind import Distortion, Pcm, Rng, chanced, plain
from models.channel.line import clip, gain
from models.sounds.scale import RATE, to_int16

_FRAME: Final = 80  # samples: the gain is decided anew every 10 ms
_WANTED_DBFS: Final = -18.0
_MOST_DB: Final = 24.0  # of gain, either way
_ATTACK_S, _RELEASE_S = 0.05, 0.6


def levelled(pcm: Pcm) -> Pcm:
    """Bring all to one level, as automatic gain control does: quick to turn down, slow to turn up."""
    frames = -(-pcm.size // _FRAME)
    wide = np.zeros(frames * _FRAME)
    wide[: pcm.size] = pcm
    levels = 10.0 * np.log10(np.mean(wide.reshape(-1, _FRAME) ** 2, axis=1) / 32768.0**2 + 1e-9)
    hop_s = _FRAME / RATE
    gains = _gains(_WANTED_DBFS - levels, np.exp(-hop_s / _ATTACK_S), np.exp(-hop_s / _RELEASE_S))
    decibels = np.interp(np.arange(pcm.size), (np.arange(frames) + 0.5) * _FRAME, np.clip(gains, -_MOST_DB, _MOST_DB))
    return to_int16(pcm * 10.0 ** (decibels / 20.0))


@njit(cache=True, nogil=True)
def _gains(wanted: NDArray[np.float64], attack: float, release: float) -> NDArray[np.float64]:
    gains = np.zeros(wanted.size)
    held = 0.0
    for i in range(wanted.size):
        if wanted[i] < 50.0:  # of what is nearly silent nothing is learnt
            slow = attack if wanted[i] < held else release
            held = slow * held + (1.0 - slow) * wanted[i]
        gains[i] = held
    return gains


def fading(rng: Rng, pcm: Pcm) -> Pcm:
    """Level going up and down by 10 dB, each time over one to three seconds."""
    period, phase = float(rng.uniform(1.0, 3.0)), float(rng.uniform(0.0, 2.0 * np.pi))
    decibels = 5.0 * np.sin(2.0 * np.pi * np.arange(pcm.size) / (RATE * period) + phase) - 5.0
    return to_int16(pcm * 10.0 ** (decibels / 20.0))


DISTORTIONS: Final = (
    Distortion("gain +12 dB", "level", plain(partial(gain, db=12.0))),
    Distortion("gain -12 dB", "level", plain(partial(gain, db=-12.0))),
    Distortion("clipping 5 %", "level", plain(partial(clip, share=0.05))),
    Distortion("clipping 20 %", "level", plain(partial(clip, share=0.2))),
    Distortion("automatic gain", "level", plain(levelled)),
    Distortion("fading 10 dB", "level", chanced(fading)),
)
