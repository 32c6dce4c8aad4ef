"""Every modified call asked about against the codebooks of all calls."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.codebook import SIZE, between, errors, lbg, pack, unpack
from models.evaluation.replay.calls import Call
from models.evaluation.replay.modifications import Modification
from models.evaluation.replay.views import PAPER, Sound, Vectors, View, views

TWO_CODEBOOKS: Final = "as they are, two codebooks"
"""The paper's values compared as two codebooks, where all others ask how far the replay's windows are from one."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Distances of one way to compare.

    Attributes
    ----------
    name, about : str
    distances : ndarray of float64, shape (modifications, calls, calls)
        [m, q, c]: how far call q, modified by m, is from the codebook of call c.
    """

    name: str
    about: str
    distances: NDArray[np.float64]


def identify(
    calls: Sequence[Call], modified: Sequence[Modification], seed: int, tell: Callable[[int, int], None]
) -> list[Answers]:
    """Ask about every call in every modification, in every way.

    Parameters
    ----------
    calls : sequence of Call
    modified : sequence of Modification
    seed : int
        Of chances in the modifications and of the codebooks.
    tell : callable
        Told modifications done and how many there are.

    Raises
    ------
    ModelError
        When librosa or a codec isn't installed.
    """
    known = [Sound.of(call.pcm) for call in calls]
    ways = views(known)
    books = {way.name: [_kept(way, sound, seed) for sound in known] for way in ways}
    found = {way.name: np.zeros((len(modified), len(calls), len(calls))) for way in ways}
    found[TWO_CODEBOOKS] = np.zeros((len(modified), len(calls), len(calls)))
    for m, modification in enumerate(modified):
        tell(m, len(modified))
        for q, call in enumerate(calls):
            sound = Sound.of(modification.heard(call.pcm, seed, q))
            for way in ways:
                found[way.name][m, q] = _distances(way.vectors(sound), books[way.name])
            own = _kept(ways[0], sound, seed)
            found[TWO_CODEBOOKS][m, q] = [between(own, book) for book in books[PAPER]]
    tell(len(modified), len(modified))
    about = {way.name: way.about for way in ways} | {
        TWO_CODEBOOKS: "the same; the replay's codebook and the call's, the mean of both ways"
    }
    order = [PAPER, TWO_CODEBOOKS, *(way.name for way in ways[1:])]
    return [Answers(name, about[name], found[name]) for name in order]


def _kept(way: View, sound: Sound, seed: int) -> Vectors:
    """A codebook as it comes out of its bytes."""
    codes = lbg(way.vectors(sound), SIZE, seed=seed)
    return unpack(pack(codes, way.low, way.high), way.low, way.high, codes.shape[1])


def _distances(vectors: Vectors, books: Sequence[Vectors]) -> list[float]:
    """From at most as many windows as a codebook has codes, spread evenly, to each codebook."""
    asked = vectors[np.linspace(0, len(vectors) - 1, min(len(vectors), SIZE)).astype(int)]
    return [float(errors(asked, book).mean(dtype=np.float64)) for book in books]
