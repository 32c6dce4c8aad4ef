"""Background noises of the places people telephone from."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from models.sounds.scale import RATE, at_level, band

_LOW, _HIGH = 80.0, 3700.0  # what a telephone passes, a little generously


def noise(rng: np.random.Generator, n: int, level_dbfs: float, kind: str = "pink") -> NDArray[np.int16]:
    """Noise of a kind at a level.

    Parameters
    ----------
    rng : numpy.random.Generator
    n : int
        Number of samples.
    level_dbfs : float
        RMS.
    kind : str
        One of `KINDS`: white, pink, brown, hum, street, babble (many voices, none to be understood).

    Returns
    -------
    ndarray of int16, shape (n,)

    Raises
    ------
    ValueError
        For another kind.
    """
    if kind not in _MAKERS:
        raise ValueError(f"kind is one of {', '.join(KINDS)}, not {kind!r}")
    if n == 0:
        return np.zeros(0, dtype=np.int16)
    return at_level(_MAKERS[kind](rng, n), level_dbfs)


def _coloured(rng: np.random.Generator, n: int, slope: float) -> NDArray[np.float64]:
    """Noise whose amplitude falls with frequency to the power of slope (0 white, 0.5 pink, 1 brown)."""
    shape = 1.0 / np.maximum(np.fft.rfftfreq(n, 1.0 / RATE), _LOW) ** slope
    return band(n, _LOW, _HIGH, np.fft.rfft(rng.standard_normal(n)) * shape)


def _slow(rng: np.random.Generator, n: int, seconds: float) -> NDArray[np.float64]:
    """Random curve between 0 and 1 that changes over the given time."""
    knots = rng.random(int(n / (seconds * RATE)) + 3)
    curve: NDArray[np.float64] = np.interp(np.arange(n) / (seconds * RATE) + rng.random(), np.arange(knots.size), knots)
    return curve


def _hum(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """Mains hum with harmonics up to 1 kHz, over a little noise."""
    base, time = float(rng.choice([50.0, 60.0])), np.arange(n) / RATE
    hum: NDArray[np.float64] = np.zeros(n)
    for harmonic in range(1, 17):
        hum += rng.random() / harmonic * np.sin(2 * np.pi * base * harmonic * time + rng.uniform(0, 2 * np.pi))
    faint = _coloured(rng, n, 0.5)
    hum += 0.1 * hum.std() / max(faint.std(), 1e-12) * faint
    return hum


def _street(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """Traffic: brown noise that swells as cars pass, hiss of tyres, sometimes a horn."""
    rumble, tyres = _coloured(rng, n, 1.0), _coloured(rng, n, 0.25)
    traffic: NDArray[np.float64] = rumble / rumble.std() * (0.4 + _slow(rng, n, 1.5))
    traffic += 0.5 * tyres / tyres.std() * _slow(rng, n, 0.8)
    if rng.random() < 0.3:
        start, length = int(rng.integers(0, n)), round(RATE * rng.uniform(0.2, 0.6))
        time = np.arange(min(length, n - start)) / RATE
        horn = np.sign(np.sin(2 * np.pi * rng.uniform(350, 500) * time))
        traffic[start : start + time.size] += horn
    return traffic


def _babble(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """A full room: a dozen voices of gliding pitch through moving resonances, each at syllable pace."""
    out: NDArray[np.float64] = np.zeros(n)
    for _ in range(12):
        pitch = rng.uniform(90, 240) * (0.85 + 0.3 * _slow(rng, n, 0.3))
        phase = np.cumsum(pitch) / RATE
        pulses = np.diff(np.floor(phase), prepend=0.0) + 0.05 * rng.standard_normal(n)
        voice = np.zeros(n)
        for centre in (rng.uniform(350, 800), rng.uniform(900, 2200), rng.uniform(2300, 3200)):
            radius, angle = 0.96, 2 * np.pi * centre / RATE
            resonance = lfilter([1.0], [1.0, -2 * radius * np.cos(angle), radius**2], pulses)
            voice += resonance * _slow(rng, n, 0.15)
        syllables = np.clip(2.0 * _slow(rng, n, 0.12) - 0.6, 0.0, None) * (_slow(rng, n, 1.0) > 0.35)
        out += voice * syllables * rng.uniform(0.4, 1.0)
    murmur = _coloured(rng, n, 0.5)
    out += 0.15 * max(out.std(), 1e-9) / murmur.std() * murmur
    return out


_MAKERS: Final[dict[str, Callable[[np.random.Generator, int], NDArray[np.float64]]]] = {
    "white": lambda rng, n: _coloured(rng, n, 0.0),
    "pink": lambda rng, n: _coloured(rng, n, 0.5),
    "brown": lambda rng, n: _coloured(rng, n, 1.0),
    "hum": _hum,
    "street": _street,
    "babble": _babble,
}
KINDS: Final[tuple[str, ...]] = tuple(_MAKERS)
