"""Probes: which keys to ask an index for, given what was heard."""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from features.fingerprint.keys import (
    BINS_PER_CELL,
    BINS_PER_PLACE,
    PLACE_BITS,
    RATIOS,
    SHAPE_BITS,
    SPANS,
    SPANS_PER_E,
    STEPS,
    coordinates,
    packed,
)
from features.fingerprint.peaks import DENSITY
from features.fingerprint.stretch import Fingerprint
from features.fingerprint.triplets import triplets

BUDGET: Final = 350_000  # rows read: some 40 ms of a core in ClickHouse
MOST_PROBES: Final = 10_000

_PARTNERS: Final = 6
_TRIPLETS: Final = 120  # every half second
_SHAPES: Final = 1 << SHAPE_BITS
_PLACES: Final = 1 << PLACE_BITS

# How far a triplet heard again lies from where it was, tuned on recorded calls (bench/fingerprint.py).
_BINS_OFF: Final = 1.5
_FRAMES_OFF: Final = 0.5
_TEMPO_OFF: Final = 0.06
_LIKELY: Final = 0.03  # less likely cells are left alone
_NEIGHBOUR: Final = 0.12  # a span's neighbour cell goes with it from here on
_SHIFTED: Final = 22  # bins: as far as the pitch may have been changed, 11 %
_ALTERED: Final = 0.3  # how often it is
_SHARES: Final = np.array([0.06, 0.19, 0.22, 0.21, 0.11, 0.08, 0.07, 0.06])  # of rows in each place
_SEEK: Final = 256.0  # rows: a granule of the index, which is read whole
_THRIFT: Final = 0.7  # power of the cost that a probe's likelihood is divided by


@dataclass(frozen=True, slots=True)
class Probes:
    """What an index is asked for, best first.

    Attributes
    ----------
    keys
        uint32, shape (n,): keys with their version. One key may stand more than once, for several triplets.
    frames
        int32, shape (n,): when the first peak of the triplet is.
    bins
        int32, shape (n,): its frequency, in 1/48 octave above 230 Hz.
    """

    keys: NDArray[np.uint32]
    frames: NDArray[np.int32]
    bins: NDArray[np.int32]


def probes(
    heard: Fingerprint,
    frequency: NDArray[np.float32] | None = None,
    *,
    budget: float = BUDGET,
    most: int = MOST_PROBES,
) -> Probes:
    """Choose what to ask for: the cells around every triplet, the likeliest, strongest and rarest first.

    Parameters
    ----------
    heard : Fingerprint
        What was heard.
    frequency : ndarray of float32, shape (2**`SHAPE_BITS`,), optional
        How many rows of the index have each shape (`key_frequencies`). Unknown: no key is asked for less for being
        common, and only `most` bounds how many are.
    budget : float
        How many rows may be read, as far as they can be foretold.
    most : int
        Greatest number of probes.

    Returns
    -------
    Probes

    Raises
    ------
    ValueError
        When `frequency` has another shape.
    """
    if frequency is None:
        frequency, budget = _unknown(), np.inf
    elif frequency.shape != (_SHAPES,):
        raise ValueError(f"frequencies are of {_SHAPES} shapes, not of shape {frequency.shape}")
    rows, strengths = triplets(heard.peaks, heard.strengths, density=DENSITY, partners=_PARTNERS, most=_TRIPLETS)
    keys, spans, whose, value, cost = _runs(rows, strengths, frequency)
    order = np.argsort(-value, kind="stable")
    order = order[np.cumsum(cost[order]) <= budget]
    order = order[np.cumsum(spans[order]) <= most]
    asked = np.repeat(keys[order], spans[order]) + _counting(spans[order])
    whose = np.repeat(whose[order], spans[order])
    return Probes(asked, rows[whose, 0], rows[whose, 1] // BINS_PER_CELL)


@cache
def _unknown() -> NDArray[np.float32]:
    return np.zeros(_SHAPES, np.float32)


def _counting(spans: NDArray[np.int64]) -> NDArray[np.uint32]:
    """0 up to each span: 0, 1, 2, 0, 1, 0, ..."""
    ends = np.cumsum(spans)
    counting: NDArray[np.uint32] = (np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - spans, spans)).astype(
        np.uint32
    )
    return counting


@njit(cache=True, nogil=True)
def _runs(
    rows: NDArray[np.int32], strengths: NDArray[np.float32], frequency: NDArray[np.float32]
) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Runs of neighbouring keys around every triplet: first key, length, triplet, value for its cost, cost."""
    keys = np.empty(24 * len(rows), np.uint32)
    spans = np.empty(24 * len(rows), np.int64)
    whose = np.empty(24 * len(rows), np.int64)
    value = np.empty(24 * len(rows))
    cost = np.empty(24 * len(rows))
    here, there = np.zeros(3, np.int64), np.zeros(3, np.int64)
    stays, moves = np.zeros(3), np.zeros(3)
    count = 0
    for i in range(len(rows)):
        row = rows[i]
        place = coordinates(row[2], row[3], row[4], row[5])
        off = _BINS_OFF / BINS_PER_CELL
        spread = (off, off, _FRAMES_OFF / row[5] * RATIOS)
        for axis in range(3):
            cells = STEPS if axis < 2 else RATIOS
            here[axis], there[axis], stays[axis], moves[axis] = _choice(place[axis], spread[axis], cells)
        first, last, within = _span(place[3], np.hypot(_FRAMES_OFF / row[5], _TEMPO_OFF) * SPANS_PER_E)
        home = row[1] // BINS_PER_PLACE
        worth = min(max(strengths[i], np.float32(0.1)), np.float32(3.0))
        for where in range(max(home - 1, 0), min(home + 2, _PLACES)):
            there_likely = within * _lands(row[1], where)
            for other in range(8):
                likely = there_likely
                for axis in range(3):
                    likely *= moves[axis] if other >> axis & 1 else stays[axis]
                if likely < _LIKELY:
                    continue
                key = packed(
                    where,
                    there[0] if other & 1 else here[0],
                    there[1] if other & 2 else here[1],
                    there[2] if other & 4 else here[2],
                    first,
                )
                keys[count], spans[count], whose[count] = key, last - first + 1, i
                cost[count] = _SEEK
                for k in range(spans[count]):
                    cost[count] += frequency[(key + k) & (_SHAPES - 1)] * _SHARES[where]
                value[count] = likely * worth / cost[count] ** _THRIFT
                count += 1
    return keys[:count], spans[:count], whose[:count], value[:count], cost[:count]


@njit(cache=True, nogil=True)
def _lands(bin: int, where: int) -> float:
    """How likely a peak is to be in a place, the pitch unchanged or changed by anything up to `_SHIFTED` bins."""
    first, last = where * BINS_PER_PLACE, (where + 1) * BINS_PER_PLACE
    within = max(0, min(last, bin + _SHIFTED) - max(first, bin - _SHIFTED)) / (2.0 * _SHIFTED)
    return _ALTERED * within + (1.0 - _ALTERED) * (first <= bin < last)


@njit(cache=True, nogil=True)
def _choice(place: float, spread: float, cells: int) -> tuple[int, int, float, float]:
    """The cell, its likelier neighbour, and how likely each is."""
    here = int(place)
    below = _beyond((place - here) / spread) if here > 0 else 0.0
    above = _beyond((here + 1 - place) / spread) if here < cells - 1 else 0.0
    there = here - 1 if below > above else here + 1
    return here, there, 1.0 - below - above, max(below, above)


@njit(cache=True, nogil=True)
def _span(place: float, spread: float) -> tuple[int, int, float]:
    """First and last cell that the length in time may have changed to, and how likely it is in between."""
    here = int(place)
    below = _beyond((place - here) / spread) if here > 0 else 0.0
    above = _beyond((here + 1 - place) / spread) if here < SPANS - 1 else 0.0
    first, last, likely = here, here, 1.0 - below - above
    if below > _NEIGHBOUR:
        first, likely = here - 1, likely + below
    if above > _NEIGHBOUR:
        last, likely = here + 1, likely + above
    return first, last, likely


@njit(cache=True, nogil=True)
def _beyond(distance: float) -> float:
    """How likely a normal deviate is to exceed this (logistic approximation)."""
    return float(1.0 / (1.0 + np.exp(1.702 * distance)))
