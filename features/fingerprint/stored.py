"""Words as they are stored: every second frame, little-endian (docs/fingerprint.md)."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

STORED_STEP: Final = 2  # frames from one stored word to the next, 32 ms


def encode_words(words: NDArray[np.uint32]) -> bytes:
    """Write a row of words.

    Parameters
    ----------
    words : ndarray of uint32, shape (frames,)
        A word a frame; of a `Fingerprint` the row `UNSHIFTED`.

    Returns
    -------
    bytes
        Words 0, 2, 4, ..., four bytes each, least significant first; words of 0 at the end are left out.

    Raises
    ------
    TypeError
        When the words aren't uint32.
    ValueError
        When there is more than one row.
    """
    if words.dtype != np.uint32:
        raise TypeError(f"words are uint32, not {words.dtype}")
    if words.ndim != 1:
        raise ValueError(f"expected one row of words, not an array of shape {words.shape}")
    return np.trim_zeros(words[::STORED_STEP], "b").astype("<u4").tobytes()


def decode_words(stored: bytes) -> NDArray[np.uint32]:
    """Read words back.

    Parameters
    ----------
    stored : bytes
        As `encode_words` wrote them.

    Returns
    -------
    ndarray of uint32, shape (n,)
        Word i is frame 2 i's.

    Raises
    ------
    ValueError
        When the length isn't a multiple of four.
    """
    if len(stored) % 4:
        raise ValueError(f"words have four bytes each, and {len(stored)} is no multiple of that")
    return np.frombuffer(stored, "<u4").astype(np.uint32)
