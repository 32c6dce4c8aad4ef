"""The 300 bit/s signal of fax machines (ITU-T V.21 channel 2, the carrier of T.30's flags and control frames)."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

HALF = 8  # blocks: 64 ms, nineteen bits
MIN_SHARE = 0.8  # of the energy, at whichever of the two is on: fax gives 0.9; speech 0.79, in single windows
MIN_ZEROS, MAX_ZEROS = 0.06, 0.9  # share of blocks at 1850 Hz; flags (01111110) give a quarter


@njit(cache=True, nogil=True)
def _shares(blocks, energies, window, hop, mark, space, share, zeros, energy):  # type: ignore[no-untyped-def]
    for frame in range(share.shape[0]):
        total = 0.0
        amplitudes = 0.0
        count = 0
        for i in range(frame, frame + window):
            one = abs(blocks[i, mark])
            zero = abs(blocks[i, space])
            total += energies[i]
            amplitudes += max(one, zero)
            count += zero > one
        # The square of the sum, not the sum of squares: a window that is partly silent must not look full.
        share[frame] = 2 * amplitudes**2 / (window * hop * total) if total > 0 else 0.0
        zeros[frame] = count / window
        energy[frame] = total


def hear_v21(
    blocks: NDArray[np.complex128], energies: NDArray[np.float64], columns: tuple[int, int], hop: int
) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64]]:
    """Return which windows of 64 ms hold keyed 1650 and 1850 Hz, the share of energy there, and their energy.

    All three have shape (frames,), one window per block; the energy is a sum of squares of samples.

    Parameters
    ----------
    blocks, energies
        As from `features.goertzel`, blocks of `hop` samples.
    columns
        The columns of 1650 and 1850 Hz.
    hop
        Block length in samples: about one bit (26.7 samples).
    """
    frames = max(len(energies) - 2 * HALF + 1, 0)
    share, zeros, energy = np.zeros(frames), np.zeros(frames), np.zeros(frames)
    _shares(blocks, energies, 2 * HALF, hop, columns[0], columns[1], share, zeros, energy)
    return (share >= MIN_SHARE) & (zeros >= MIN_ZEROS) & (zeros <= MAX_ZEROS), share, energy
