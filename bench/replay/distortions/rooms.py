"""Rooms that a message is played in, and echo: made impulse responses, a new one for every query."""

from functools import partial
from typing import Final

import numpy as np
from scipy.signal import fftconvolve

from bench.replay.distortions.kind import Apply, Company, Distorted, Distortion, Pcm, Rng, rms
from models.channel.echo import add_echo
from models.sounds.scale import RATE, to_int16

_DIRECT_DB: Final = 0.0  # direct sound over all that is reflected: a telephone some metres from a loudspeaker
_FIRST_S: Final = (0.002, 0.010)  # of the first reflection after the direct sound


def reverberant(seconds: float, rng: Rng, pcm: Pcm, company: Company) -> Distorted:
    """Play in a room whose sound falls by 60 dB in so many seconds.

    Noise that decays exponentially (Polack 1988), from 2 to 10 ms after the direct sound on, as strong as it.
    """
    n = round(seconds * RATE)
    tail = rng.standard_normal(n) * 10.0 ** (-3.0 * np.arange(n) / n)
    tail[: round(float(rng.uniform(*_FIRST_S)) * RATE)] = 0.0
    tail *= 10.0 ** (-_DIRECT_DB / 20.0) / np.sqrt(np.sum(tail**2))
    tail[0] = 1.0
    wide = pcm.astype(np.float64)
    heard = fftconvolve(wide, tail)[: pcm.size]
    return Distorted(to_int16(heard * (rms(wide) / max(rms(heard), 1e-9))))


def echoed(delay_s: float, loss_db: float, rng: Rng, pcm: Pcm, company: Company) -> Distorted:
    """Hear all once more."""
    return Distorted(add_echo(rng, pcm, delay_s, loss_db))


def room(seconds: float) -> Apply:
    """Reverberation."""
    return partial(reverberant, seconds)


DISTORTIONS: Final = (
    Distortion("reverberation 0.3 s", "room", room(0.3)),
    Distortion("reverberation 0.8 s", "room", room(0.8)),
    Distortion("echo 180 ms, 6 dB down", "room", partial(echoed, 0.180, 6.0)),
)
