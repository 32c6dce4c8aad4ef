"""A tone's spectrum finely: where its two strongest lines are and how exactly that is known; the spectrum itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.goertzel import SAMPLE_RATE
from models.evaluation.dtmf.material import Tones

Rows = NDArray[np.float64]

_FINE: Final = 1 << 14  # points of the transform: 0.5 Hz apart, and a parabola between them
_BANDS: Final = ((600.0, 1066.0), (1066.0, 1860.0))  # Hz: rows and columns, two semitones up or down and a little more
_COARSE: Final = 1024  # points of the spectrum that trees are given
_SPECTRUM: Final = (550.0, 1900.0)  # Hz, its ends
_FLOOR: Final = 1e-3  # power that silence counts as, so that it has a logarithm: far under one step of a sample
_AT_ONCE: Final = 512  # tones: 64 MB of spectra
_LINE: Final = 24.0  # Hz to each side of a line that count as its own


@dataclass(frozen=True, slots=True)
class Lines:
    """The two lines of each tone.

    Attributes
    ----------
    frequencies : ndarray of float64, shape (n, 2)
        Hz, the row's and the column's.
    bounds : ndarray of float64, shape (n, 2)
        Hz: Cramér-Rao bound of the deviation with which each can be measured (Rife and Boorstyn 1974).
    purity_db : ndarray of float64, shape (n,)
        Power of the two lines over that of all else up to 4 kHz.
    """

    frequencies: Rows
    bounds: Rows
    purity_db: Rows

    def take(self, rows: NDArray[np.int64]) -> "Lines":
        """Some of them, in the order asked for."""
        return Lines(self.frequencies[rows], self.bounds[rows], self.purity_db[rows])


def two_lines(tones: Tones) -> Lines:
    """Find the strongest line of the rows' and of the columns' band, and how exactly each is known.

    Under a Hann window a line's place is the top of the parabola through the logarithms of the highest point and its
    two neighbours.

    Parameters
    ----------
    tones : Tones
    """
    count = len(tones.keys)
    frequencies, bounds, purity = np.empty((count, 2)), np.empty((count, 2)), np.empty(count)
    grid = np.arange(_FINE // 2 + 1) * (SAMPLE_RATE / _FINE)
    for rows, samples in _alike(tones):
        power = np.abs(np.fft.rfft(samples, _FINE, axis=1)) ** 2 + _FLOOR
        # 6 / (signal-to-noise ratio x samples^3), radians a sample
        unit = np.sqrt(6.0 / tones.lengths[rows].astype(np.float64) ** 3) * SAMPLE_RATE / (2.0 * np.pi)
        inside = np.empty((len(rows), 2))
        for place, (low, high) in enumerate(_BANDS):
            frequencies[rows, place] = _strongest(power, *np.searchsorted(grid, (low, high)).tolist())
            inside[:, place] = _near(power, frequencies[rows, place])
        outside = np.maximum(power.sum(axis=1) - inside.sum(axis=1), _FLOOR)
        bounds[rows] = unit[:, None] * np.sqrt(outside[:, None] / inside)
        purity[rows] = 10.0 * np.log10(inside.sum(axis=1) / outside)
    return Lines(frequencies, bounds, purity)


def spectra(tones: Tones) -> NDArray[np.float32]:
    """Take the whole spectrum from 550 to 1900 Hz, 7.8 Hz apart, each divided by its maximum, shape (n, 173)."""
    grid = np.arange(_COARSE // 2 + 1) * (SAMPLE_RATE / _COARSE)
    kept = (grid >= _SPECTRUM[0]) & (grid <= _SPECTRUM[1])
    found = np.empty((len(tones.keys), int(kept.sum())), dtype=np.float32)
    for rows, samples in _alike(tones):
        size = np.abs(np.fft.rfft(samples, _COARSE, axis=1))[:, kept]
        found[rows] = size / np.maximum(size.max(axis=1, keepdims=True), 1e-9)
    return found


def _strongest(power: NDArray[np.floating], first: int, last: int) -> Rows:
    """Frequencies of the highest local maxima between two places of the fine transform."""
    band = power[:, first - 1 : last + 1]
    top = (band[:, 1:-1] > band[:, :-2]) & (band[:, 1:-1] >= band[:, 2:])
    place = np.where(top, band[:, 1:-1], 0.0).argmax(axis=1) + first
    each = np.arange(len(place))
    before, at, after = (np.log(power[each, place + step]) for step in (-1, 0, 1))
    bend = before - 2.0 * at + after
    aside = np.where(bend < 0.0, 0.5 * (before - after) / np.where(bend < 0.0, bend, -1.0), 0.0)
    frequencies: Rows = (place + aside) * (SAMPLE_RATE / _FINE)
    return frequencies


def _near(power: NDArray[np.floating], frequencies: Rows) -> Rows:
    """Sum the power around one line of each tone."""
    middle = np.round(frequencies * (_FINE / SAMPLE_RATE)).astype(np.int64)
    reach = int(_LINE * _FINE / SAMPLE_RATE)
    found: Rows = np.take_along_axis(power, middle[:, None] + np.arange(-reach, reach + 1), axis=1).sum(axis=1)
    return found


def _alike(tones: Tones) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """Tones of one length at a time, under a Hann window."""
    for length in np.unique(tones.lengths).tolist():
        rows = np.flatnonzero(tones.lengths == length)
        window = np.hanning(length).astype(np.float32)
        for begin in range(0, rows.size, _AT_ONCE):
            part = rows[begin : begin + _AT_ONCE]
            yield part, tones.pcm[part, :length] * window
