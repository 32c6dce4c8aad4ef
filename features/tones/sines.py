"""The sines of one burst: their frequencies to a fraction of a hertz, their powers, and what they leave unexplained."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft

from features.samples import SAMPLE_RATE

LONGEST: Final = 4096  # samples, 0.5 s: longer would ask more of a line's clock than it gives

_MOST = 6  # sines looked for
_LEAST = 0.008  # share of the energy of a sine that counts: -21 dB
_LOW_HZ, _HIGH_HZ = 250.0, 2400.0


@dataclass(frozen=True, slots=True)
class Sine:
    """One steady sine: Hz, and mean square in squared sample units."""

    frequency: float
    power: float


@dataclass(frozen=True, slots=True)
class Sines:
    """The sines of a stretch, strongest first, the mean square of all of it, and the share of it that each explains."""

    found: tuple[Sine, ...]
    total: float

    @property
    def shares(self) -> tuple[float, ...]:
        """Share of the energy of each sine, 0 to 1."""
        return tuple(min(sine.power / self.total, 1.0) for sine in self.found)


@lru_cache(maxsize=8)
def _hann(length: int) -> NDArray[np.float32]:
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)).astype(np.float32)


def sines(samples: NDArray[np.int16]) -> Sines:
    """Find up to six sines between 250 and 2400 Hz.

    Parameters
    ----------
    samples
        Shape (n,), int16; the middle `LONGEST` of more. Sines nearer than 16,000 / n Hz are one.

    Returns
    -------
    Sines
        Those with at least 0.8 % of the energy each; none for fewer than 64 samples or silence.
    """
    length = min(len(samples) // 64 * 64, LONGEST)
    if length < 64:
        return Sines((), 0.0)
    first = (len(samples) - length) // 2
    size = 4096 if length <= 2048 else 8192
    window = _hann(length)
    cut = samples[first : first + length].astype(np.float32)
    spectrum = rfft((cut - cut.mean()) * window, size)
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float64)
    total = float(power.sum())
    if total <= 0:
        return Sines((), 0.0)
    scale = 2.0 / (size * float(np.dot(window, window)))
    lobe = -(-2 * size // length) + 1  # bins from a sine's peak to the end of its main lobe
    low, high = round(_LOW_HZ * size / SAMPLE_RATE), round(_HIGH_HZ * size / SAMPLE_RATE)
    left, found = power.copy(), []
    for _ in range(_MOST):
        peak = low + int(np.argmax(left[low:high]))
        inside = left[peak - lobe : peak + lobe + 1]
        explained = float(inside.sum())
        if explained < _LEAST * total:
            break
        before, at, after = np.log(np.maximum(left[peak - 1 : peak + 2], 1e-12))
        bend = before - 2 * at + after
        shift = 0.5 * (before - after) / bend if bend < -1e-9 else 0.0
        found.append(Sine(float((peak + shift) * SAMPLE_RATE / size), explained * scale))
        inside[:] = 0.0
    return Sines(tuple(found), total * scale)
