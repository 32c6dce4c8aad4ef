"""Landmarks of two peaks, as audfprint and others find music by: our own baseline after A. Wang's paper.

"An Industrial-Strength Audio Search Algorithm" (ISMIR 2003): pairs of peaks of a spectrogram become keys of two
frequencies and a time; hits of a call that agree on where the query begins are its score.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter

from bench.replay.contender import Answer
from bench.replay.queries import Query

Pcm = NDArray[np.int16]

# Chosen on the half that tunes: denser and finer than for music, of which there are minutes
WINDOW: Final = 512
HOP: Final = 128
DENSITY: Final = 30  # peaks a second
PARTNERS: Final = 8
LONGEST: Final = 63  # frames from peak to peak
WIDEST: Final = 31  # lines of 15.6 Hz
_RATE: Final = 8000
_NEAR: Final = (9, 11)  # lines and frames in which a peak is the highest
_TIME_BITS: Final = 6
_APART_BITS: Final = 6
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
        return Answer(call, float(votes), middle_s=(offset - _OFFSETS) * HOP / _RATE + query.pcm.size / 2 / _RATE)


def pairs(pcm: Pcm) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the keys of all pairs of peaks in a sound at 8 kHz, and the frame of 128 samples at which each begins."""
    if pcm.size < WINDOW:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    windows = np.lib.stride_tricks.sliding_window_view(pcm.astype(np.float32), WINDOW)[::HOP]
    level = np.log(np.abs(np.fft.rfft(windows * np.hanning(WINDOW).astype(np.float32), axis=1)) + 30.0)
    level -= level.mean(axis=0)
    highest = (maximum_filter(level, size=(_NEAR[1], _NEAR[0])) == level) & (level > 0.5)
    frames, lines = np.nonzero(highest)
    most = round(DENSITY * pcm.size / _RATE)
    if frames.size > most:
        kept = np.sort(np.argsort(-level[frames, lines], kind="stable")[:most])
        frames, lines = frames[kept], lines[kept]
    return _keys(frames, lines)


@njit(cache=True, nogil=True)
def _keys(frames: NDArray[np.int64], lines: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    keys, begins = np.empty(frames.size * PARTNERS, np.int64), np.empty(frames.size * PARTNERS, np.int64)
    n = 0
    for i in range(frames.size):
        partners = 0
        for j in range(i + 1, frames.size):
            time, apart = frames[j] - frames[i], lines[j] - lines[i]
            if time > LONGEST or partners == PARTNERS:
                break
            if time >= 2 and -WIDEST <= apart <= WIDEST:
                keys[n] = (((lines[i] << _APART_BITS) | (apart + WIDEST)) << _TIME_BITS) | time
                begins[n] = frames[i]
                n, partners = n + 1, partners + 1
    return keys[:n], begins[:n]


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
