"""The three spectral shapes that make up most of a chunk: top left singular vectors of its magnitude spectrum.

They come from the eigenvectors of the Gram matrix (bins by bins) in double precision: 1.2 ms for two seconds of audio,
where a whole singular value decomposition takes 3.2.
"""

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

BASES: Final = 3

# A direction weaker than this share of the strongest is rounding noise of single precision: it is given as zeros
# rather than as an arbitrary vector, so that equal audio has equal bases on every machine.
_RANK_TOLERANCE: Final = 1e-5


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
        Singular values in the magnitude's unit, falling, zero beyond the rank.

    Raises
    ------
    ValueError
        When the array isn't two-dimensional, or holds NaN or infinity.
    """
    if magnitude.ndim != 2:
        raise ValueError(f"expected an array (bins, frames), not one of shape {magnitude.shape}")
    if not np.isfinite(magnitude).all():
        raise ValueError("the magnitude spectrum holds NaN or infinity")
    bins = magnitude.shape[0]
    if magnitude.size == 0:
        return np.zeros((BASES, bins), dtype=np.float32), np.zeros(BASES, dtype=np.float32)
    # scaled to a peak of 1, so that squares of very quiet audio stay far from the smallest double
    peak = float(np.abs(magnitude).max())
    if peak == 0.0:
        return np.zeros((BASES, bins), dtype=np.float32), np.zeros(BASES, dtype=np.float32)
    bases, values = _top_of_gram(magnitude.astype(np.float64) / peak)
    return bases.astype(np.float32), (values * peak).astype(np.float32)


@njit(cache=True, nogil=True)
def _top_of_gram(matrix: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Eigenvectors of matrix times its transpose, the three largest, with roots of their eigenvalues."""
    bins = matrix.shape[0]
    bases = np.zeros((BASES, bins))
    values = np.zeros(BASES)
    eigenvalues, eigenvectors = np.linalg.eigh(np.dot(matrix, matrix.T.copy()))
    largest = np.sqrt(max(eigenvalues[bins - 1], 0.0))
    for rank in range(min(BASES, bins)):
        value = np.sqrt(max(eigenvalues[bins - 1 - rank], 0.0))
        if value <= largest * _RANK_TOLERANCE:
            break
        vector = eigenvectors[:, bins - 1 - rank]
        sign = 1.0 if np.sum(vector**3) >= 0.0 else -1.0
        bases[rank] = sign * vector
        values[rank] = value
    return bases, values
