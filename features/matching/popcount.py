"""How many bits of a word are set."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, inline="always")
def popcount(word: np.uint32) -> np.uint32:
    """Count the bits of a uint32, several at once in its own register (H. S. Warren, Hacker's Delight, chapter 5)."""
    pairs = np.uint32(word - ((word >> np.uint32(1)) & np.uint32(0x55555555)))
    fours = np.uint32((pairs & np.uint32(0x33333333)) + ((pairs >> np.uint32(2)) & np.uint32(0x33333333)))
    bytes_ = np.uint32((fours + (fours >> np.uint32(4))) & np.uint32(0x0F0F0F0F))
    return np.uint32(np.uint32(bytes_ * np.uint32(0x01010101)) >> np.uint32(24))
