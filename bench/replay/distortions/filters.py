"""Bands cut off, and slopes."""

from functools import partial
from typing import Final, Literal

import numpy as np
from scipy.signal import butter, sosfilt

from bench.replay.distortions.kind import Distortion, Pcm, plain, rms
from models.channel.line import band_limit
from models.sounds.scale import RATE, to_int16

_ORDER: Final = 4
_CORNER_HZ: Final = 300.0  # a slope begins here


def cut(pcm: Pcm, hz: float, kind: Literal["lowpass", "highpass"]) -> Pcm:
    """Fourth-order low-pass or high-pass."""
    sos = butter(_ORDER, hz, btype=kind, fs=RATE, output="sos")
    return to_int16(np.asarray(sosfilt(sos, pcm.astype(np.float64)), dtype=np.float64))


def tilted(pcm: Pcm, db_per_octave: float) -> Pcm:
    """Spectrum sloping from 300 Hz on; as loud as it was."""
    wide = pcm.astype(np.float64)
    octaves = np.log2(np.maximum(np.fft.rfftfreq(pcm.size, 1.0 / RATE), _CORNER_HZ) / _CORNER_HZ)
    sloped = np.fft.irfft(np.fft.rfft(wide) * 10.0 ** (octaves * db_per_octave / 20.0), pcm.size)
    return to_int16(sloped * (rms(wide) / max(rms(sloped), 1e-9)))


DISTORTIONS: Final = (
    Distortion("low-pass 2 kHz", "filter", plain(partial(cut, hz=2000.0, kind="lowpass"))),
    Distortion("high-pass 700 Hz", "filter", plain(partial(cut, hz=700.0, kind="highpass"))),
    Distortion("band-pass 300-3400 Hz", "filter", plain(band_limit)),
    Distortion("band-pass 600-2400 Hz", "filter", plain(partial(band_limit, low=600.0, high=2400.0))),
    Distortion("tilt +4 dB an octave", "filter", plain(partial(tilted, db_per_octave=4.0))),
    Distortion("tilt -4 dB an octave", "filter", plain(partial(tilted, db_per_octave=-4.0))),
)
