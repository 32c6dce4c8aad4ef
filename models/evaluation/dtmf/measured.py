"""Tones with all that any of the models looks at, measured once."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.evaluation.dtmf.material import Tones
from models.evaluation.dtmf.peaks import Lines, spectra, two_lines
from models.evaluation.dtmf.rows import dft_rows, exact_rows

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Measured:
    """Tones as models see them; every array has one row for each.

    Attributes
    ----------
    keys : ndarray of int64, shape (n,)
    sources : ndarray of str, shape (n,)
    copies, lengths : ndarray of int64, shape (n,)
    rows : ndarray of float64, shape (n, 16)
        |DFT| at the nearest bins: the paper's features, not scaled.
    exact : ndarray of float64, shape (n, 16)
        Share of the tone's energy at the frequencies themselves.
    lines : Lines
        The two strongest, measured finely.
    spectra : ndarray of float32, shape (n, 173)
    """

    keys: Places
    sources: NDArray[np.str_]
    copies: Places
    lengths: Places
    rows: NDArray[np.float64]
    exact: NDArray[np.float64]
    lines: Lines
    spectra: NDArray[np.float32]

    def take(self, places: Places) -> "Measured":
        """Some of them, in the order asked for."""
        return Measured(
            keys=self.keys[places],
            sources=self.sources[places],
            copies=self.copies[places],
            lengths=self.lengths[places],
            rows=self.rows[places],
            exact=self.exact[places],
            lines=self.lines.take(places),
            spectra=self.spectra[places],
        )


def measure(tones: Tones, tell: Callable[[int, int], None]) -> Measured:
    """Measure tones.

    Parameters
    ----------
    tones : Tones
    tell : callable
        Told steps done and steps in all.
    """
    rows = dft_rows(tones)
    tell(1, 3)
    lines = two_lines(tones)
    tell(2, 3)
    measured = Measured(
        keys=tones.keys,
        sources=tones.sources,
        copies=tones.copies,
        lengths=tones.lengths,
        rows=rows,
        exact=exact_rows(tones),
        lines=lines,
        spectra=spectra(tones),
    )
    tell(3, 3)
    return measured
