"""The three spectral shapes that make up most of a chunk: top left singular vectors of its magnitude spectrum."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.extent import greatest
from features.lanczos import top_triplets

BASES: Final = 3

# A direction weaker than this share of the strongest is rounding noise of single precision: it is given as zeros
# rather than as an arbitrary vector, so that equal audio has equal bases on every machine.
_RANK_TOLERANCE: Final = 1e-5
_PLAIN: Final = 1e-6  # of full scale: a thirtieth of the smallest step of 16 bits


def top_bases(magnitude: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Top three left singular vectors of a magnitude spectrum, and their singular values.

    Parameters
    ----------
    magnitude : ndarray of float32, shape (bins, frames)
        As from `features.spectrum.stft_magnitude`; finite. Any number of frames, none too.

    Returns
    -------
    bases : ndarray of float32, shape (3, bins)
        Rows of unit length, strongest first. The sign is fixed so that the sum of a row's cubed entries is not
        negative: its heavier side is positive (the first row has no negative entries anyway). A row beyond the
        matrix's rank is all zeros.
    values : ndarray of float32, shape (3,)
        Singular values in the magnitude's unit, falling, zero beyond the rank; within 2e-6 of the first from the true
        ones. The angle between the rows' space and the true one is at most 2e-6 of the first value over the gap from
        the third to the fourth (see `features.lanczos.top_triplets` for values that are nearly equal).

    Raises
    ------
    ValueError
        When the array isn't two-dimensional, or holds NaN or infinity.
    """
    if magnitude.ndim != 2:
        raise ValueError(f"expected an array (bins, frames), not one of shape {magnitude.shape}")
    bins = magnitude.shape[0]
    peak = greatest(magnitude)
    if peak == 0.0:
        return np.zeros((BASES, bins), dtype=np.float32), np.zeros(BASES, dtype=np.float32)
    # where it matters, scaled to a peak of 1: squares stay far from the smallest and the greatest number
    scale = 1.0 if _PLAIN < peak < 1.0 / _PLAIN else peak
    plain = magnitude if scale == 1.0 else magnitude / np.float32(scale)
    strengths, vectors = top_triplets(plain, min(BASES, *magnitude.shape))
    strengths[strengths <= strengths[0] * _RANK_TOLERANCE] = 0.0
    signs = np.where((vectors * vectors * vectors).sum(axis=1) >= 0.0, 1.0, -1.0)
    bases = np.zeros((BASES, bins), dtype=np.float32)
    bases[: strengths.size] = np.where(strengths > 0.0, signs, 0.0)[:, None] * vectors
    values = np.zeros(BASES, dtype=np.float32)
    values[: strengths.size] = strengths * scale
    return bases, values
