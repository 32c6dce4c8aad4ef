"""An index in memory: for the representatives of campaigns, for evaluations and for tests."""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numba import njit
from numpy.typing import NDArray

from features.matching.runs import distinct

_LEAST_TAIL: Final = 20_000  # rows that may wait unsorted; more than that and an eighth of the index is sorted in


class Enrolled(Protocol):
    """What is enrolled of a call: `features.fingerprint.Postings`."""

    @property
    def keys(self) -> NDArray[np.uint32]:
        """Keys of its landmarks."""

    @property
    def frames(self) -> NDArray[np.int32]:
        """When they are."""

    @property
    def bins(self) -> NDArray[np.uint8]:
        """Their frequencies, 1/48 octave."""


@dataclass(frozen=True, slots=True)
class _Rows:
    keys: NDArray[np.uint32]
    calls: NDArray[np.uint32]
    frames: NDArray[np.uint16]
    bins: NDArray[np.uint8]

    def sorted(self) -> "_Rows":
        order = np.argsort(self.keys, kind="stable")
        return _Rows(self.keys[order], self.calls[order], self.frames[order], self.bins[order])

    def without(self, calls: set[int]) -> "_Rows":
        if not calls:
            return self
        kept = ~np.isin(self.calls, np.fromiter(calls, np.uint32, len(calls)))
        return _Rows(self.keys[kept], self.calls[kept], self.frames[kept], self.bins[kept])

    def of(self, asked: NDArray[np.uint32]) -> "_Rows":
        begin = np.searchsorted(self.keys, asked, side="left")
        end = np.searchsorted(self.keys, asked, side="right")
        places = _places(begin, end)
        return _Rows(self.keys[places], self.calls[places], self.frames[places], self.bins[places])


class MemoryIndex:
    """Postings and words of calls, in memory.

    Rows lie sorted by key; what was added lately waits in a tail that is sorted in when it has grown. Not for several
    threads at once.
    """

    def __init__(self) -> None:
        self._base = _joined([])
        self._tail: list[_Rows] = []
        self._waiting = 0
        self._gone: set[int] = set()  # removed, but still in the base
        self._words: dict[int, NDArray[np.uint32]] = {}

    def __len__(self) -> int:
        """How many calls there are."""
        return len(self._words)

    def __contains__(self, call: int) -> bool:
        """Whether a call is there."""
        return call in self._words

    @property
    def calls(self) -> list[int]:
        """Numbers of the calls that are there, in the order they were added."""
        return list(self._words)

    @property
    def bytes(self) -> int:
        """What postings and words take."""
        rows = [self._base, *self._tail]
        return sum(len(part.keys) for part in rows) * 11 + sum(words.nbytes for words in self._words.values())

    def add(self, call: int, postings: Enrolled, words: NDArray[np.uint32]) -> None:
        """Enrol a call; one that is there is replaced.

        Parameters
        ----------
        call : int
            Its number, 0 to 2**32 - 1.
        postings : Postings
            Frames below 65,536.
        words : ndarray of uint32, shape (n,)
            A word for every second frame from the call's first, as they are stored.

        Raises
        ------
        ValueError
            When the number or a frame is out of range, or the columns differ in length.
        """
        if not 0 <= call < 1 << 32:
            raise ValueError(f"{call} is no call's number")
        if not len(postings.keys) == len(postings.frames) == len(postings.bins):
            raise ValueError("postings need one frame and one bin for each key")
        if len(postings.frames) and not 0 <= postings.frames.min() <= postings.frames.max() < 1 << 16:
            raise ValueError("frames of postings are 0 to 65535")
        self.remove(call)
        if call in self._gone:
            self._settle()
        rows = _Rows(
            postings.keys.astype(np.uint32),
            np.full(len(postings.keys), call, np.uint32),
            postings.frames.astype(np.uint16),
            postings.bins.astype(np.uint8),
        )
        self._tail.append(rows.sorted())
        self._waiting += len(rows.keys)
        self._words[call] = words.astype(np.uint32)

    def remove(self, call: int) -> None:
        """Take a call out; one that isn't there is none."""
        if self._words.pop(call, None) is not None:
            self._gone.add(call)

    def words(self, call: int) -> NDArray[np.uint32]:
        """Words of a call, every second frame; none of one that isn't there."""
        return self._words.get(call, np.zeros(0, np.uint32))

    def rows(
        self, keys: NDArray[np.uint32]
    ) -> tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint16], NDArray[np.uint8]]:
        """Look keys up.

        Parameters
        ----------
        keys : ndarray of uint32
            Any order; one that comes twice is looked up once.

        Returns
        -------
        keys, calls, frames, bins : ndarray of uint32, uint32, uint16, uint8, shape (rows,)
            Every row with one of the keys.
        """
        if len(self._tail) > 1:
            self._tail = [_joined(self._tail).sorted()]
        if self._waiting > max(_LEAST_TAIL, len(self._base.keys) // 8):
            self._settle()
        asked = distinct(keys.astype(np.uint32))
        found = _joined([part.of(asked) for part in (self._base, *self._tail)]).without(self._gone)
        return found.keys, found.calls, found.frames, found.bins

    def _settle(self) -> None:
        """Sort everything in, and leave out what was removed."""
        self._base = _joined([part.without(self._gone) for part in (self._base, *self._tail)]).sorted()
        self._tail, self._waiting = [], 0
        self._gone.clear()


def _joined(parts: list[_Rows]) -> _Rows:
    if len(parts) == 1:
        return parts[0]
    return _Rows(
        np.concatenate([np.zeros(0, np.uint32), *(part.keys for part in parts)]),
        np.concatenate([np.zeros(0, np.uint32), *(part.calls for part in parts)]),
        np.concatenate([np.zeros(0, np.uint16), *(part.frames for part in parts)]),
        np.concatenate([np.zeros(0, np.uint8), *(part.bins for part in parts)]),
    )


@njit(cache=True, nogil=True)
def _places(begin: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int64]:
    """All places of several ranges."""
    total = 0
    for i in range(len(begin)):
        total += end[i] - begin[i]
    places = np.empty(total, np.int64)
    found = 0
    for i in range(len(begin)):
        for place in range(begin[i], end[i]):
            places[found] = place
            found += 1
    return places
