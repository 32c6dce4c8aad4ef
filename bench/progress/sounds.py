"""What a line's generator sends: sums of sines, switched, modulated or keyed. Of power 1 while on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

RATE: Final = 8000  # Hz
_RAMP: Final = 16  # samples: 2 ms, as a real generator is gated

Samples = NDArray[np.float32]
Phases = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound, its mean square 1 where it is on, and where that is; both of shape (n,)."""

    samples: Samples
    on: NDArray[np.bool_]


def sines(rng: np.random.Generator, n: int, frequencies: Sequence[float]) -> Samples:
    """Sum of equal sines, each from a phase of its own; Hz."""
    time = np.arange(n) / RATE
    total = np.zeros(n, np.float32)
    for frequency in frequencies:
        total += wave(frequency * time + rng.random())
    return total * np.float32(1 / np.sqrt(len(frequencies)))


def wave(cycles: Phases) -> Samples:
    """Sine of power 1 from its phase in cycles, which may be many."""
    turned = ((cycles - np.floor(cycles)) * (2 * np.pi)).astype(np.float32)
    out: Samples = np.sin(turned) * np.float32(np.sqrt(2))
    return out


def modulated(rng: np.random.Generator, samples: Samples, hz: float, depth: float) -> Samples:
    """Amplitude modulation by a sine, `depth` from 0 to 1; the power stays."""
    swing = wave(hz * np.arange(samples.size) / RATE + rng.random()) * np.float32(depth / np.sqrt(2))
    return (1 + swing) * samples * np.float32(1 / np.sqrt(1 + depth**2 / 2))


def reversed_every(samples: Samples, seconds: float) -> Samples:
    """Turn the phase over at each multiple of a time."""
    turned = (np.arange(samples.size) / RATE // seconds) % 2 == 1
    return np.where(turned, -samples, samples)


def keyed(rng: np.random.Generator, bits: NDArray[np.uint8], one_hz: float, zero_hz: float, bit_s: float) -> Samples:
    """Frequency-shift keying without a jump of phase: the bits, one after another."""
    ends = np.round(np.arange(1, bits.size + 1) * bit_s * RATE).astype(np.int64)
    frequency = np.repeat(np.where(bits == 1, one_hz, zero_hz), np.diff(ends, prepend=0))
    return wave(np.cumsum(frequency) / RATE + rng.random())


def switched(samples: Samples, cadence: Sequence[float], gains_db: Sequence[float] = ()) -> Sound:
    """Switch a sound on and off.

    Parameters
    ----------
    samples : ndarray of float32, shape (n,)
    cadence : sequence of float
        Seconds on, off, on, off and so on, repeated; empty is on without a break.
    gains_db : sequence of float
        Of one burst after another, repeated, dB; empty is 0 for all.
    """
    if not cadence:
        return Sound(edged(samples), np.ones(samples.size, np.bool_))
    lengths = np.resize(cadence, int(np.ceil(samples.size / RATE / sum(cadence))) * len(cadence))
    edges = np.minimum(np.round(np.cumsum(lengths) * RATE).astype(np.int64), samples.size)
    parts = np.diff(edges, prepend=0)
    burst = np.arange(parts.size) % 2 == 0
    gain = np.where(burst, 1.0, 0.0)
    gain[burst] *= 10 ** (np.resize(np.array(gains_db or (0.0,)), int(burst.sum())) / 20)
    return Sound(_gated(samples, np.repeat(gain, parts)), np.repeat(burst, parts))


def edged(samples: Samples) -> Samples:
    """A sound with edges of 2 ms instead of clicks."""
    return _gated(samples, np.ones(samples.size))


def _gated(samples: Samples, gate: NDArray[np.float64]) -> Samples:
    total = np.cumsum(np.concatenate([np.zeros(_RAMP), gate]))
    smooth = (total[_RAMP:] - total[:-_RAMP]).astype(np.float32) * np.float32(1 / _RAMP)
    gated: Samples = samples * smooth
    return gated
