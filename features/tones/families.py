"""Which supervisory families a burst may belong to, by its sines alone."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from features.tones.bursts import Burst
from features.tones.sines import Sine
from features.tones.table import FAMILIES, Family

# 10 dB over white noise leave 0.91; a square wave's fundamental holds 0.81, and its third harmonic 0.09.
MIN_SHARE: Final = 0.8
MAX_OTHER: Final = 0.03  # of the energy in any one sine that does not belong: -15 dB
MAX_TWIST: Final = 10**0.8  # 8 dB
_HIGHEST_HZ: Final = 700.0
_MAX_SWING_DB: Final = {1: 1.6, 2: 2.2}  # by the number of frequencies
_MAX_SLOW_SWING_DB: Final = 4.5  # two tones 25 Hz apart beat in a window of 64 ms
_MAX_MODULATED_SWING_DB: Final = 14.0
_SLOW_HZ: Final = 30.0
_SIDE_HZ: Final = 4.0  # how far a sideband may lie from where it belongs
_LEAST_SIDE: Final = 0.015  # of the carrier: a modulation of a quarter
_MAX_TILT: Final = 4.0  # one sideband to the other


@dataclass(frozen=True, slots=True)
class Match:
    """A burst that fits a family: the share of its energy that does, its twist in dB and its frequency error."""

    family: Family
    share: float
    twist_db: float
    frequency_error: float


def families(burst: Burst) -> list[Match]:
    """Return every family that the burst fits."""
    if burst.keyed or not burst.sines or burst.frequency > _HIGHEST_HZ:
        return []
    tried = ((_modulated if family.modulation_hz else _plain)(burst, family) for family in FAMILIES)
    return [match for match in tried if match is not None]


def _nearest(burst: Burst, frequency: float, tolerance: float) -> Sine | None:
    near = [sine for sine in burst.sines if abs(sine.frequency - frequency) <= tolerance]
    return max(near, key=lambda sine: sine.power, default=None)


def _share(burst: Burst, taken: Sequence[Sine]) -> float:
    """Return the share of the energy in the sines taken; 0 when it is too little or another one stands out."""
    inside, other = 0.0, 0.0
    for sine, share in zip(burst.sines, burst.shares, strict=True):
        if sine in taken:
            inside += share
        else:
            other = max(other, share)
    return inside if inside >= MIN_SHARE and other <= MAX_OTHER else 0.0


def _plain(burst: Burst, family: Family) -> Match | None:
    nominal = family.frequencies
    taken = [_nearest(burst, frequency, family.tolerance_hz) for frequency in nominal]
    found = [sine for sine in taken if sine is not None]
    if len(set(found)) < len(nominal):
        return None
    slow = len(nominal) > 1 and nominal[1] - nominal[0] < _SLOW_HZ
    weakest, strongest = min(s.power for s in found), max(s.power for s in found)
    share = _share(burst, found)
    if not share or strongest > MAX_TWIST * weakest:
        return None
    if not burst.holds(_MAX_SLOW_SWING_DB if slow else _MAX_SWING_DB[len(nominal)]):
        return None
    error = max(abs(s.frequency - f) / f for s, f in zip(found, nominal, strict=True))
    twist = 10 * math.log10(found[-1].power / found[0].power) if len(found) > 1 else 0.0
    return Match(family, share, twist, error)


def _modulated(burst: Burst, family: Family) -> Match | None:
    """Match a carrier with its sidebands, or, where the carrier is suppressed, the sidebands alone."""
    frequency, rate = family.frequencies[0], family.modulation_hz
    carrier = _nearest(burst, frequency, family.tolerance_hz)
    centre = carrier.frequency if carrier else burst.frequency
    low, high = (_nearest(burst, centre + side * rate, _SIDE_HZ) for side in (-1, 1))
    if low is None or high is None or abs(centre - frequency) > family.tolerance_hz:
        return None
    outer = [_nearest(burst, centre + side * 2 * rate, _SIDE_HZ) for side in (-1, 1)]
    taken = [sine for sine in (carrier, low, high, *outer) if sine is not None]
    share = _share(burst, taken)
    sides = min(low.power, high.power), max(low.power, high.power)
    if not share or sides[1] > _MAX_TILT * sides[0] or burst.swing_db > _MAX_MODULATED_SWING_DB:
        return None
    if carrier is not None and sides[0] < _LEAST_SIDE * carrier.power:
        return None
    return Match(family, share, 0.0, abs(centre - frequency) / frequency)
