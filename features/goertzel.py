"""Goertzel's algorithm over consecutive blocks, for any set of frequencies."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

SAMPLE_RATE = 8000


@njit(cache=True, nogil=True)
def _block_sums(pcm, coefficients, rotations, block, out):  # type: ignore[no-untyped-def]
    bins = coefficients.shape[0]
    s1 = np.zeros(bins)
    s2 = np.zeros(bins)
    for b in range(out.shape[0]):
        s1[:] = 0.0
        s2[:] = 0.0
        for n in range(b * block, (b + 1) * block):
            x = float(pcm[n])
            for k in range(bins):
                s0 = x + coefficients[k] * s1[k] - s2[k]
                s2[k] = s1[k]
                s1[k] = s0
        for k in range(bins):
            out[b, k] = rotations[k, 0] * s1[k] - rotations[k, 1] * s2[k]


def block_spectra(pcm: NDArray[np.int16], frequencies: NDArray[np.float64], block: int) -> NDArray[np.complex128]:
    """Return the Goertzel sums of consecutive blocks.

    Parameters
    ----------
    pcm
        Samples, shape (n,), int16, 8 kHz.
    frequencies
        Shape (k,), Hz, each between 0 and 4000.
    block
        Block length in samples; an incomplete last block is left out.

    Returns
    -------
    NDArray[np.complex128]
        Shape (n // block, k): the sum of x[i] exp(-j w i) over each block, i counting from the block's first sample.

    Notes
    -----
    G. Goertzel, "An algorithm for the evaluation of finite trigonometric series", 1958.
    """
    omega = 2 * np.pi * frequencies / SAMPLE_RATE
    turn = np.exp(-1j * omega * (block - 1))
    rotations = np.stack([turn, turn * np.exp(-1j * omega)], axis=1)
    out = np.empty((len(pcm) // block, len(frequencies)), dtype=np.complex128)
    _block_sums(pcm, 2 * np.cos(omega), rotations, block, out)
    return out
