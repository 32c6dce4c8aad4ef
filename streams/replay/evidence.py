"""Evidence: what was heard of one stream so far, added up over its chunks."""

from typing import Final

import numpy as np

from features.fingerprint import CHUNK_FRAMES, SHIFTS, Fingerprint, joined
from features.matching.hits import Hits, merged, no_hits
from features.matching.lines import strongest

MOST_PARTS: Final = 4  # chunks whose evidence is added up
MOST_SPAN: Final = 12  # chunks, pauses within
KEPT_CALLS: Final = 300  # whose hits are kept for the next chunk
_NO_WORD: Final = np.uint32(0)
_REACH: Final = 62  # frames: what lies farther before a chunk is in no triplet with it


class Evidence:
    """The query's side of a stream: its fingerprints, and where in the index they were met.

    `streams.replay.Searcher` adds to it. It is in memory only, some 50 KB: after a restart the next chunk is searched
    by itself.
    """

    __slots__ = ("_first", "_hits", "_parts")

    def __init__(self) -> None:
        self._first = 0
        self._parts: list[tuple[int, Fingerprint]] = []
        self._hits = no_hits()

    def copy(self) -> "Evidence":
        """The same, to go on from."""
        other = Evidence()
        other.become(self)
        return other

    def become(self, other: "Evidence") -> None:
        """Take over what another one has."""
        self._first, self._parts, self._hits = other._first, list(other._parts), other._hits

    @property
    def first(self) -> int:
        """Number of the chunk that frames are counted from."""
        return self._first

    @property
    def chunks(self) -> list[int]:
        """Numbers of the chunks it is made of, as they came."""
        return [self._first + part for part, _ in self._parts]

    def add(self, chunk: int, heard: Fingerprint) -> Fingerprint:
        """Take one more chunk.

        After `MOST_PARTS` chunks, a long pause or a chunk that lies before the first, it begins anew.

        Parameters
        ----------
        chunk
            Its number. One that was added before changes nothing.
        heard
            Its fingerprint.

        Returns
        -------
        Fingerprint
            What to ask the index for: the chunk, and of the one before as much as reaches into it. Frames are counted
            from `first`.
        """
        known = chunk in self.chunks
        if not known and (len(self._parts) >= MOST_PARTS or not 0 <= chunk - self._first < MOST_SPAN):
            self._parts, self._hits = [], no_hits()
        if not self._parts:
            self._first = chunk
        part = chunk - self._first
        before = [end_of(other) for number, other in self._parts if number == part - 1]
        if not known:
            self._parts.append((part, heard))
        return joined([*((part - 1, tail) for tail in before), (part, heard)])

    def meet(self, found: Hits) -> Hits:
        """Add hits of what was asked for, and keep the best; all of them, those of the chunks before too."""
        together = merged([self._hits, found])
        self._hits = strongest(together, KEPT_CALLS)
        return together

    def heard(self) -> Fingerprint:
        """All its chunks, one after the other, from `first`."""
        return joined(self._parts)


def end_of(before: Fingerprint) -> Fingerprint:
    """What of a chunk's fingerprint can be in a triplet with the next chunk's: its last second of peaks, no words."""
    late = int(np.searchsorted(before.peaks[:, 0], CHUNK_FRAMES - _REACH))
    words = np.broadcast_to(_NO_WORD, (SHIFTS, before.frames))  # of a length, in no memory
    return Fingerprint(before.peaks[late:].copy(), before.strengths[late:].copy(), words)
