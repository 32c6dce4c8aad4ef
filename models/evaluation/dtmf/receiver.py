"""What a receiver has to do with the paper's tones: the stream detector hears one after the other."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.dtmf import KEYS, DtmfDetector
from features.goertzel import SAMPLE_RATE
from models.evaluation.dtmf.material import Tones

_SILENCE: Final = 400  # samples between two tones: Q.24's pause of 40 ms and a little more
_AT_ONCE: Final = 1000  # tones: 130 s


NOTHING: Final = -1  # heard of a tone
SEVERAL: Final = -2


def receive(tones: Tones) -> NDArray[np.int64]:
    """Feed all tones to one detector, one after the other.

    Parameters
    ----------
    tones : Tones

    Returns
    -------
    ndarray of int64, shape (n,)
        The one key heard of each tone, or `NOTHING`, or `SEVERAL`.
    """
    begins = np.cumsum(tones.lengths + _SILENCE) - tones.lengths  # a silence comes first
    detector = DtmfDetector()
    heard = []
    for first in range(0, len(tones.keys), _AT_ONCE):
        pieces = []
        for place in range(first, min(first + _AT_ONCE, len(tones.keys))):
            pieces += [np.zeros(_SILENCE, dtype=np.int16), tones.pcm[place, : tones.lengths[place]]]
        heard += detector.feed(np.concatenate(pieces))
    heard += detector.feed(np.zeros(SAMPLE_RATE, dtype=np.int16)) + detector.flush()
    said = np.full(len(tones.keys), NOTHING)
    for tone in heard:
        middle = (tone.start_s + tone.duration_s / 2.0) * SAMPLE_RATE
        place = max(int(np.searchsorted(begins, middle, side="right")) - 1, 0)
        said[place] = KEYS.index(tone.symbol) if said[place] == NOTHING else SEVERAL
    return said
