"""What sounds in each 20 ms of a chunk, as it was put there: the truth before the channel."""

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

Contents = NDArray[np.uint8]

# In rising order of what is told of a moment in which two of them sound.
CONTENTS: Final[tuple[str, ...]] = (
    "nobody",  # silence, dead air or noise: which, is seen after coding
    "tone",  # a beep or another tone of no name
    "music_or_hold",
    "modem",
    "dtmf",
    "speech",
    "ringback",
    "busy",
    "sit",
    "fax",
    "doubt",  # the edge of a syllable, the gap in a cadence
)
NOBODY, TONE, MUSIC, MODEM, DTMF, SPEECH, RINGBACK, BUSY, SIT, FAX, DOUBT = range(len(CONTENTS))


def spread(active: NDArray[np.bool_], content: int, *, bridge: int = 10, edge: int = 3) -> Contents:
    """Contents of a sound from the frames in which it is heard.

    Parameters
    ----------
    active : ndarray of bool, shape (n,)
        Frames of 20 ms.
    content : int
        What it is where active.
    bridge : int
        Pauses of at most so many frames are the sound's own.
    edge : int
        So many frames before and after it are in doubt.

    Returns
    -------
    ndarray of uint8, shape (n,)
        The content, doubt, or nobody.
    """
    out = np.full(active.size, NOBODY, dtype=np.uint8)
    if not active.any():
        return out
    near = np.convolve(active, np.ones(2 * edge + 1, dtype=np.int64))[edge : edge + active.size]
    out[near > 0] = DOUBT
    out[bridged(active, bridge)] = content
    return out


def bridged(active: NDArray[np.bool_], most: int) -> NDArray[np.bool_]:
    """The mask with its inner gaps of at most so many frames closed."""
    out = active.copy()
    places = np.flatnonzero(active)
    for before, after in pairwise(places):
        if after - before - 1 <= most:
            out[before:after] = True
    return out


def together(first: Contents, second: Contents) -> Contents:
    """Contents of two sounds at once; speech over music, keys over noise."""
    return np.maximum(first, second)
