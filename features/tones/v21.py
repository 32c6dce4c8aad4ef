"""The 300 bit/s signal of fax machines (ITU-T V.21 channel 2, the carrier of T.30's flags and control frames)."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.samples import SAMPLE_RATE

MARK_HZ: Final = 1650.0  # binary 1
SPACE_HZ: Final = 1850.0  # binary 0

_BLOCK: Final = 20  # samples: a bit is 26.7
_SHORTEST: Final = 480  # samples looked at: what a chunk shows of a signal that just became known
_LONGEST: Final = 8000
# Crying babies, roosters and dogs stay below or outside; measured: flags 10 dB over noise 0.90, and 0.08 of variation
_LEAST_SHARE: Final = 0.85  # of the energy, at whichever of the two is on
_LEAST_ZEROS, _MOST_ZEROS = 0.12, 0.85  # share of blocks at 1850 Hz; flags (01111110) give a quarter, frames a half
_MOST_VARIATION: Final = 0.43  # of its amplitude from block to block, relative; AMR gives 0.36, what isn't keyed more

_TURNS: Final = np.exp(-2j * np.pi * np.outer(np.arange(_BLOCK), [MARK_HZ, SPACE_HZ]) / SAMPLE_RATE)


def is_v21(samples: NDArray[np.int16]) -> bool:
    """Tell whether a stretch, shape (n,), int16, is keyed between 1650 and 1850 Hz bit by bit; false below 0.06 s."""
    if len(samples) < _SHORTEST:
        return False
    blocks = min(len(samples), _LONGEST) // _BLOCK
    cut = samples[: blocks * _BLOCK].reshape(blocks, _BLOCK).astype(np.float64)
    mark, space = np.abs(cut @ _TURNS).T
    louder = np.maximum(mark, space)
    energy = max(float(np.sum(cut**2)), 1e-9)
    share = 2 * float(np.sum(louder**2)) / (_BLOCK * energy)
    zeros = float(np.mean(space > mark))
    steady = float(np.std(louder)) <= _MOST_VARIATION * float(np.mean(louder))
    return steady and share >= _LEAST_SHARE and _LEAST_ZEROS <= zeros <= _MOST_ZEROS
