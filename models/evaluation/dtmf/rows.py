"""The paper's features: how strong a tone is at the eight frequencies and at their second harmonics."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.dtmf import COLUMNS, ROWS
from features.goertzel import SAMPLE_RATE, block_spectra
from models.evaluation.dtmf.material import Tones

FUNDAMENTALS: Final = np.array(ROWS + COLUMNS)
ALL: Final = np.concatenate([FUNDAMENTALS, 2.0 * FUNDAMENTALS])  # Hz


def dft_rows(tones: Tones) -> NDArray[np.float64]:
    """Measure |DFT| at the bins nearest to the sixteen frequencies, over the whole tone, by Goertzel's algorithm.

    The bins are those of a transform as long as the tone, as in the authors' scripts: 10 Hz apart in 100 ms.

    Parameters
    ----------
    tones : Tones

    Returns
    -------
    ndarray of float64, shape (n, 16)
        Units of samples; fundamentals first.
    """
    rows = np.empty((len(tones.keys), ALL.size))
    for place, length in enumerate(tones.lengths.tolist()):
        bins = np.round(ALL / SAMPLE_RATE * length) * SAMPLE_RATE / length
        rows[place] = np.abs(block_spectra(tones.pcm[place, :length], bins, length)[0])
    return rows


def exact_rows(tones: Tones) -> NDArray[np.float64]:
    """Measure the share of a tone's energy at each of the sixteen frequencies themselves, not at the nearest bins.

    Goertzel's algorithm at multiples of 1 / length that aren't whole (Sysel and Rajmic, "Goertzel algorithm generalized
    to non-integer multiples of fundamental frequency", EURASIP Journal on Advances in Signal Processing 2012:56).

    Parameters
    ----------
    tones : Tones

    Returns
    -------
    ndarray of float64, shape (n, 16)
        About 0 to 1; 0 of silence.
    """
    rows = np.zeros((len(tones.keys), ALL.size))
    for place, length in enumerate(tones.lengths.tolist()):
        pcm = tones.pcm[place, :length]
        energy = float((pcm.astype(np.float64) ** 2).sum())
        if energy > 0.0:
            rows[place] = 2.0 * np.abs(block_spectra(pcm, ALL, length)[0]) ** 2 / (length * energy)
    return rows


def by_maximum(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide each row by its largest value, as the paper does; a row of zeros stays one."""
    greatest = rows.max(axis=1, keepdims=True)
    scaled: NDArray[np.float64] = rows / np.where(greatest > 0.0, greatest, 1.0)
    return scaled
