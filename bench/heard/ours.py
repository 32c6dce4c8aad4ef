"""Our own DTMF receiver, asked as the others are."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bench.heard.receiver import Heard, Pcm
from features.dtmf import DtmfDetector
from features.tone import Tone
from models.sounds.scale import RATE


class Ours:
    """`features.dtmf.DtmfDetector`; a digit's time is its start.

    Parameters
    ----------
    masked : bool
        Tell it which samples were received, where that is known: as in the product.
    """

    about = "features.dtmf.DtmfDetector with its own settings"

    def __init__(self, *, masked: bool = True) -> None:
        self.name = "callsieve" if masked else "callsieve, not told of losses"
        self._masked = masked

    def hear(self, pieces: Sequence[Pcm], received: Sequence[NDArray[np.bool_]] | None = None) -> list[list[Heard]]:
        """Listen; see `bench.heard.receiver.Receiver`. A digit belongs to the piece that it began in."""
        detector = DtmfDetector(RATE)
        found: list[Tone] = []
        for place, piece in enumerate(pieces):
            mask = received[place] if received is not None and self._masked else None
            found += detector.feed(piece, mask)
        return by_piece(pieces, found + detector.flush())


def by_piece(pieces: Sequence[Pcm], tones: Sequence[Tone]) -> list[list[Heard]]:
    """Divide tones of one stream among its pieces, by their start."""
    begins = np.concatenate([[0], np.cumsum([piece.size for piece in pieces])]) / RATE
    heard: list[list[Heard]] = [[] for _ in pieces]
    for tone in sorted(tones, key=lambda tone: tone.start_s):
        place = int(np.clip(np.searchsorted(begins, tone.start_s, side="right") - 1, 0, len(heard) - 1))
        heard[place].append(Heard(tone.symbol, tone.start_s - float(begins[place])))
    return heard
