"""Postings: what the index keeps of a call to find it by."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.fingerprint.keys import BINS_PER_CELL, keys_of
from features.fingerprint.stretch import Fingerprint
from features.fingerprint.triplets import triplets

POSTINGS_PER_HALF_SECOND: Final = 22  # 1,320 in a call of 30 s: with its words within 15 KB on disk

_DENSITY: Final = 10  # peaks every half second
_PARTNERS: Final = 4


@dataclass(frozen=True, slots=True)
class Postings:
    """Rows of an index, ordered by frame.

    Attributes
    ----------
    keys
        uint32, shape (n,): the key and above it the fingerprint's version.
    frames
        int32, shape (n,): when the first peak of the three is.
    bins
        uint8, shape (n,): its frequency, in 1/48 octave above 230 Hz.
    """

    keys: NDArray[np.uint32]
    frames: NDArray[np.int32]
    bins: NDArray[np.uint8]


def postings(taken: Fingerprint) -> Postings:
    """Choose the triplets that a stretch is enrolled with.

    Parameters
    ----------
    taken : Fingerprint
        Of a chunk or of several joined: triplets do not reach from one call of this to the next.

    Returns
    -------
    Postings
        At most `POSTINGS_PER_HALF_SECOND` beginning in each half second.
    """
    rows, _ = triplets(
        taken.peaks, taken.strengths, density=_DENSITY, partners=_PARTNERS, most=POSTINGS_PER_HALF_SECOND
    )
    return Postings(keys_of(rows), rows[:, 0].copy(), (rows[:, 1] // BINS_PER_CELL).astype(np.uint8))
