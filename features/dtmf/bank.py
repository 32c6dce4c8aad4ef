"""Eight Goertzel sums of every block of 5 ms: what all windows are made of.

A block's sum is the same number whatever is heard before, after or together with it: each block is summed by itself, in
one fixed order of additions, so that audio fed in pieces gives bit-identical results. (A matrix product of BLAS, faster
by little, rounds a block differently with the number of blocks.)
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from features.dtmf.keys import BLOCK, FREQUENCIES, SAMPLE_RATE

_HALF = BLOCK // 2


def _weights() -> NDArray[np.float32]:
    """Cosines and sines of the eight frequencies, counted from the block's centre outwards, shape (20, 16)."""
    distance = np.arange(_HALF) + 0.5
    phase = 2 * np.pi / SAMPLE_RATE * np.outer(distance, FREQUENCIES)
    return np.concatenate([np.cos(phase), np.sin(phase)], axis=1).astype(np.float32)


_WEIGHTS = _weights()


@njit(cache=True, nogil=True)
def _sum_blocks(pcm, weights, half, sums, powers, energies):  # type: ignore[no-untyped-def]
    even = np.zeros(8, np.float32)
    odd = np.zeros(8, np.float32)
    for b in range(sums.shape[0]):
        even[:] = np.float32(0)
        odd[:] = np.float32(0)
        energy = 0
        middle = (2 * b + 1) * half
        for n in range(half):  # the sums' real parts need the even half of the block only, the imaginary the odd
            after, before = int(pcm[middle + n]), int(pcm[middle - 1 - n])
            energy += after * after + before * before
            plus, minus = np.float32(after + before), np.float32(after - before)
            for k in range(8):
                even[k] += plus * weights[n, k]
                odd[k] += minus * weights[n, 8 + k]
        energies[b] = np.float32(energy)
        for k in range(8):
            sums[b, k] = complex(even[k], -odd[k])
            powers[b, k] = even[k] * even[k] + odd[k] * odd[k]


@njit(cache=True, nogil=True)
def sum_again(pcm, sums, powers, energies, first, end):  # type: ignore[no-untyped-def]
    """Sum blocks `first` to `end` - 1 again, whose samples have changed (kernel)."""
    _sum_blocks(
        pcm[first * BLOCK : end * BLOCK], _WEIGHTS, _HALF, sums[first:end], powers[first:end], energies[first:end]
    )


def sum_blocks(
    pcm: NDArray[np.int16],
    sums: NDArray[np.complex64],
    powers: NDArray[np.float32],
    energies: NDArray[np.float32],
) -> None:
    """Fill in the Goertzel sums of consecutive blocks of `BLOCK` samples.

    Parameters
    ----------
    pcm
        Shape (b * BLOCK,), int16, 8 kHz.
    sums
        Shape (b, 8), filled with the sum of x[i] exp(-j w (i - 19.5)) over each block, for each of `FREQUENCIES`.
    powers
        Shape (b, 8), filled with the squared magnitudes of `sums`.
    energies
        Shape (b,), filled with the sum of squares of each block.

    Notes
    -----
    G. Goertzel, "An algorithm for the evaluation of finite trigonometric series", 1958; for blocks as short as these
    the plain sums are cheaper than his recursion, and exact.
    """
    _sum_blocks(pcm, _WEIGHTS, _HALF, sums, powers, energies)
