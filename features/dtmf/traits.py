"""What the neighbours are compared by: numbers that tell a key from what only looks like one."""

from typing import Final

import numpy as np
from numba import njit

from features.dtmf.extent import shares
from features.dtmf.fit import (
    AFTER_NEXT,
    BURST,
    HIGH_HZ,
    HIGH_POWER,
    LOW_HZ,
    LOW_OVERTONE,
    LOW_POWER,
    LOW_SLOPE,
    LOW_SWAY,
    NEXT,
    PURITY,
)
from features.dtmf.gates import MAX_DEVIATION
from features.dtmf.keys import COLUMNS, ROWS, SAMPLE_RATE

TRAIT_NAMES: Final = (
    "snr",
    "low_deviation",
    "high_deviation",
    "twist",
    "low_sway",
    "high_sway",
    "low_excess_sway",
    "high_excess_sway",
    "low_slope",
    "high_slope",
    "low_overtone",
    "high_overtone",
    "next",
    "after_next",
    "burst",
    "comb",
    "rival",
    "before_least",
    "before_most",
    "earlier_least",
    "earlier_most",
)
TRAITS: Final = len(TRAIT_NAMES)

_LOWEST_PITCH, _HIGHEST_PITCH = 70.0, 450.0  # Hz, of voices at any speed
_HIGHEST = 3400.0  # Hz, of a telephone
_ROWS: Final = np.array(ROWS)
_COLUMNS: Final = np.array(COLUMNS)


@njit(cache=True, nogil=True)
def _line(left, length, frequency):  # type: ignore[no-untyped-def]
    """Return the energy of what is left over at one frequency (Goertzel)."""
    omega = 2 * np.pi * frequency / SAMPLE_RATE
    twice = 2 * np.cos(omega)
    s1 = s2 = 0.0
    for n in range(length):
        s1, s2 = left[n] + twice * s1 - s2, s1
    return (s1 * s1 + s2 * s2 - twice * s1 * s2) * 2 / length


@njit(cache=True, nogil=True)
def _comb(left, length, low, high):  # type: ignore[no-untyped-def]
    """Return the share of what is left over that lies on harmonics of a voice of which both tones are harmonics."""
    energy = 0.0
    for n in range(length):
        energy += left[n] * left[n]
    if energy <= 0:
        return 0.0
    best = 0.0
    slack = 0.012 + 0.2 * SAMPLE_RATE / length / low
    for m in range(2, 14):
        pitch = low / m
        n = int(np.round(high / pitch))
        if not _LOWEST_PITCH <= pitch <= _HIGHEST_PITCH or abs(high / n / pitch - 1) > slack:
            continue
        pitch = (low + high) / (m + n)
        total, count = 0.0, 0
        for harmonic in range(1, int(_HIGHEST / pitch) + 1):
            if harmonic not in (m, n):
                total += _line(left, length, harmonic * pitch)
                count += 1
        chance = min(2.0 * count / length, 0.9)  # of noise
        best = max(best, (total / energy - chance) / (1 - chance))
    return min(best, 1.0)


@njit(cache=True, nogil=True)
def _rival(left, length, key):  # type: ignore[no-untyped-def]
    """Return the greatest power of what is left over at another row or column, as a mean square."""
    most = 0.0
    for k in range(4):
        if k != key // 4:
            most = max(most, _line(left, length, _ROWS[k]))
        if k != key % 4:
            most = max(most, _line(left, length, _COLUMNS[k]))
    return most / length


@njit(cache=True, nogil=True)
def _decibel(value, least, most):  # type: ignore[no-untyped-def]
    return min(max(10 * np.log10(max(value, 1e-12)), least), most)


@njit(cache=True, nogil=True)
def describe(fit, left, length, powers, counts, first, earliest, key, expected, traits):  # type: ignore[no-untyped-def]
    """Fill ``traits`` of a window of `length` samples that begins with block `first` (kernel).

    ``fit`` and ``left`` are from `features.dtmf.fit.fit_pair`; ``expected`` from `features.dtmf.extent.expect`.
    """
    low, high = fit[LOW_POWER], fit[HIGH_POWER]
    noise = max((1 - fit[PURITY]) / max(fit[PURITY], 1e-6), 1e-6) * (low + high)
    traits[0] = _decibel((low + high) / noise, -5.0, 25.0) / 10
    traits[1] = abs(fit[LOW_HZ] / _ROWS[key // 4] - 1) / MAX_DEVIATION
    traits[2] = abs(fit[HIGH_HZ] / _COLUMNS[key % 4] - 1) / MAX_DEVIATION
    traits[3] = _decibel(high / low, -12.0, 12.0) / 10
    for tone in range(2):
        sway, power = fit[LOW_SWAY + tone], fit[LOW_POWER + tone]
        traits[4 + tone] = _decibel(sway * sway, -40.0, 0.0) / 10
        white = 8 * noise / (length * power)  # what noise of that power would do to a quarter's amplitude
        traits[6 + tone] = _decibel(sway * sway / white, -10.0, 20.0) / 10
        traits[8 + tone] = min(abs(fit[LOW_SLOPE + tone]), 1.0)
        traits[10 + tone] = _decibel(fit[LOW_OVERTONE + tone] * power * length / (2 * noise), -10.0, 25.0) / 10
    traits[12], traits[13], traits[14] = fit[NEXT], fit[AFTER_NEXT], fit[BURST]
    traits[15] = _comb(left, length, fit[LOW_HZ], fit[HIGH_HZ])
    traits[16] = _decibel(_rival(left, length, key) / min(low, high), -30.0, 10.0) / 10
    for back in range(2):
        b = first - 2 - 3 * back
        least, most = shares(powers, counts, b, key, expected) if b >= earliest else (0.0, 0.0)
        traits[17 + 2 * back] = min(np.sqrt(least), 2.0)
        traits[18 + 2 * back] = min(np.sqrt(most), 2.0)
