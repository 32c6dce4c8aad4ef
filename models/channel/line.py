"""What a line does to a sound: gain, noise, hum, band, offset, clipping."""

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from models.sounds.scale import RATE, at_level, to_int16


def gain(pcm: NDArray[np.int16], db: float) -> NDArray[np.int16]:
    """Louder or quieter by so many dB; clips."""
    return to_int16(pcm.astype(np.float64) * 10.0 ** (db / 20.0))


def mix(first: NDArray[np.int16], second: NDArray[np.int16]) -> NDArray[np.int16]:
    """Sum of two sounds of the same length; clips."""
    return to_int16(first.astype(np.float64) + second.astype(np.float64))


def add_hum(rng: np.random.Generator, pcm: NDArray[np.int16], level_dbfs: float, mains_hz: float) -> NDArray[np.int16]:
    """Mains hum with seven harmonics that fall off, at an RMS level, under a sound."""
    time = np.arange(pcm.size) / RATE
    strengths = rng.random(8) / np.arange(1, 9)
    phases = rng.uniform(0.0, 2.0 * np.pi, 8)
    parts = [
        strength * np.sin(2.0 * np.pi * mains_hz * number * time + phase)
        for number, (strength, phase) in enumerate(zip(strengths, phases, strict=True), start=1)
    ]
    return mix(pcm, at_level(np.sum(parts, axis=0), level_dbfs))


def band_limit(pcm: NDArray[np.int16], low: float = 300.0, high: float = 3400.0) -> NDArray[np.int16]:
    """Fourth-order band-pass, Hz; 0 < low < high < 4000, else ValueError."""
    sos = butter(4, (low, high), btype="bandpass", fs=RATE, output="sos")
    return to_int16(np.asarray(sosfilt(sos, pcm.astype(np.float64)), dtype=np.float64))


def offset(pcm: NDArray[np.int16], samples: int) -> NDArray[np.int16]:
    """The sound around another value than zero, as a converter's fault leaves it; clips."""
    return to_int16(pcm.astype(np.float64) + samples)


def clip(pcm: NDArray[np.int16], share: float) -> NDArray[np.int16]:
    """Cut off at the level that this share of the sounding samples exceeds (0 to 1); silence stays as it is.

    Sounding is what is at most 40 dB below the peak, so that a long pause doesn't make a short word all clipped.
    """
    size = np.abs(pcm.astype(np.int32))
    peak = int(size.max()) if pcm.size else 0
    if peak == 0:
        return pcm.copy()
    limit = max(int(np.quantile(size[size >= peak / 100], 1.0 - share)), 1)
    return np.clip(pcm, -limit, limit).astype(np.int16)
