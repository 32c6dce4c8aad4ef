"""Landmarks of two peaks, as audfprint and others find music by: our own baseline after A. Wang's paper.

"An Industrial-Strength Audio Search Algorithm" (ISMIR 2003): pairs of peaks of a spectrogram become keys of two
frequencies and a time; hits of a call that agree on where the query begins are its score.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bench.replay.contender import Answer
from bench.replay.pairs import HOP, RATE, pairs
from bench.replay.queries import Query

Pcm = NDArray[np.int16]

_OFFSETS: Final = 4096  # frames either way


class Landmarks:
    """Pairs of peaks and a vote on the offset; the score is the number of hits that agree, to a frame."""

    name = "landmarks of pairs"
    about = "our own baseline after audfprint: peaks in windows of 64 ms, pairs, a vote on the offset"

    def __init__(self) -> None:
        self._keys, self._calls, self._frames = (np.zeros(0, np.int64) for _ in range(3))
        self._count = 0

    def enroll(self, calls: Sequence[Pcm]) -> None:
        """Make known all calls; see `bench.replay.contender.Contender`."""
        found = [pairs(pcm) for pcm in calls]
        keys = np.concatenate([np.zeros(0, np.int64), *(keys for keys, _ in found)])
        order = np.argsort(keys, kind="stable")
        self._keys = keys[order]
        self._calls = np.repeat(np.arange(len(found)), [len(keys) for keys, _ in found])[order]
        self._frames = np.concatenate([np.zeros(0, np.int64), *(frames for _, frames in found)])[order]
        self._count = len(found)

    @property
    def bytes_per_call(self) -> float:
        """A key, a call and a frame for each pair, 4 + 4 + 2 bytes."""
        return 10.0 * self._keys.size / max(self._count, 1)

    def search(self, queries: Sequence[Query]) -> list[Answer]:
        """Find the likeliest call for each query; see `bench.replay.contender.Contender`."""
        return [self._one(query) for query in queries]

    def _one(self, query: Query) -> Answer:
        keys, frames = pairs(query.pcm)
        first, last = np.searchsorted(self._keys, keys, "left"), np.searchsorted(self._keys, keys, "right")
        counts = last - first
        rows = np.repeat(first - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        if not rows.size:
            return Answer()
        offsets = self._frames[rows] - np.repeat(frames, counts) + _OFFSETS
        together = np.sort(self._calls[rows] * (2 * _OFFSETS) + offsets)
        cell, votes = _most(together)
        call, offset = divmod(int(cell), 2 * _OFFSETS)
        return Answer(call, float(votes), middle_s=(offset - _OFFSETS) * HOP / RATE + query.pcm.size / 2 / RATE)


@njit(cache=True, nogil=True)
def _most(together: NDArray[np.int64]) -> tuple[int, int]:
    """Cell with most hits, its neighbour's hits among them; cells are sorted."""
    best, found = 0, together[0]
    begin = 0
    for at in range(together.size):
        while together[begin] < together[at] - 1:
            begin += 1
        if at - begin + 1 > best:
            best, found = at - begin + 1, together[at]
    return found, best
