"""Votes: which calls hold the landmarks of a query in the query's own order and pace."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.special import pdtrc

from features.landmarks import Landmarks

# Tuned on distorted replays and on phrases that different messages of one synthetic voice share
# (tests/streams/test_replay.py): a phrase of a second or less is not a recording heard before.
LEAST_SCORE: Final = 0.4  # share of the query's peaks that the call has at the same distances
LEAST_BLOCKS: Final = 5  # blocks of 0.2 s in which they are: one second
LEAST_COVER: Final = 0.6  # of the blocks that have peaks at all
LEAST_LANDMARKS: Final = 6
MOST_CHANCE: Final = 1e-4

_TOLERANCE: Final = 4  # ticks, 16 ms: how far votes for one offset may lie apart
_BLOCK_TICKS: Final = 50
_BLOCK_SHARE: Final = 0.3  # of a block's peaks agree
_MOST_CALLS: Final = 100  # that are looked at closely, the ones of most votes
_CHUNK_TICKS: Final = 500


@dataclass(frozen=True, slots=True)
class Postings:
    """Landmarks found in the index, a row each.

    Attributes
    ----------
    keys
        uint32, shape (n,).
    calls
        uint64, shape (n,): numbers of calls.
    ticks
        int64, shape (n,): when in the call's stream, 4 ms.
    """

    keys: NDArray[np.uint32]
    calls: NDArray[np.uint64]
    ticks: NDArray[np.int64]

    def only(self, mask: NDArray[np.bool_]) -> "Postings":
        """The rows where the mask is true."""
        return Postings(self.keys[mask], self.calls[mask], self.ticks[mask])


@dataclass(frozen=True, slots=True)
class Alignment:
    """A call that agrees with the query.

    Attributes
    ----------
    call
        Its number.
    offset
        Ticks of the call minus ticks of the query.
    score
        Share of the query's peaks in landmarks that agree, 0 to 1.
    chance
        Probability that unrelated audio agrees in as many places, anywhere in the calls that were found. The model:
        each of a call's n votes falls by itself anywhere on its axis of d ticks, so an offset (five ticks wide)
        gets Poisson(5 n / d) of them; a third of the agreeing peaks counts as the number of independent votes, since
        landmarks share peaks; the tail is multiplied by the number of offsets looked at. Words said alike are outside
        of the model; that is what the least blocks are for.
    first, last
        Ticks of the query between which it agrees.
    """

    call: int
    offset: int
    score: float
    chance: float
    first: int
    last: int


def vote(query: Landmarks, postings: Postings) -> list[Alignment]:
    """Calls that hold the query, best score first.

    Parameters
    ----------
    query : Landmarks
        Of a chunk.
    postings : Postings
        Rows of the query's keys; rows of other keys are ignored.

    Returns
    -------
    list of Alignment
        At most 100, each within the limits above.
    """
    calls, delta, landmark = _hits(query, postings)
    if len(delta) < LEAST_LANDMARKS:
        return []
    starts = np.flatnonzero(np.concatenate(([True], calls[1:] != calls[:-1])))
    bounds = np.append(starts, len(calls))
    begin, end = _densest(delta, bounds)
    found = [
        alignment
        for i in np.argsort(begin - end, kind="stable")[:_MOST_CALLS]
        if end[i] - begin[i] >= LEAST_LANDMARKS
        and (alignment := _aligned(query, calls, delta, landmark, slice(begin[i], end[i]), slice(*bounds[i : i + 2])))
        and alignment.chance * len(starts) <= MOST_CHANCE
    ]
    return sorted(found, key=lambda alignment: (-alignment.score, alignment.call))


def _hits(query: Landmarks, postings: Postings) -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]:
    """Call, tick difference and landmark of every agreeing pair, ordered by call and difference."""
    order = np.argsort(query.keys, kind="stable")
    keys = query.keys[order]
    low, high = np.searchsorted(keys, postings.keys), np.searchsorted(keys, postings.keys, "right")
    times = high - low
    row = np.repeat(np.arange(len(times)), times)
    place = np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times)
    landmark = order[low[row] + place]
    delta = postings.ticks[row] - query.ticks[landmark]
    calls = postings.calls[row]
    sort = np.lexsort((landmark, delta, calls))
    return calls[sort], delta[sort], landmark[sort]


@njit(cache=True, nogil=True)
def _densest(delta: NDArray[np.int64], bounds: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each call the stretch of at most the tolerance that holds most votes."""
    begin = np.zeros(len(bounds) - 1, np.int64)
    end = np.zeros(len(bounds) - 1, np.int64)
    for i in range(len(bounds) - 1):
        left = bounds[i]
        for right in range(bounds[i], bounds[i + 1]):
            while delta[right] - delta[left] > _TOLERANCE:
                left += 1
            if right + 1 - left > end[i] - begin[i]:
                begin[i], end[i] = left, right + 1
    return begin, end


def _aligned(
    query: Landmarks,
    calls: NDArray[np.uint64],
    delta: NDArray[np.int64],
    landmark: NDArray[np.int64],
    votes: slice,
    of_call: slice,
) -> Alignment | None:
    """What the votes for one offset of one call say, if it is enough."""
    agree = np.zeros(len(query.peaks), np.bool_)
    agree[query.members[landmark[votes]].ravel()] = True
    score = float(agree.mean())
    block = query.peaks[:, 0] // _BLOCK_TICKS
    present = np.bincount(block)
    good = np.bincount(block, weights=agree) >= _BLOCK_SHARE * np.maximum(present, 1)
    covered = int((good & (present > 0)).sum())
    if score < LEAST_SCORE or covered < LEAST_BLOCKS or covered < LEAST_COVER * np.count_nonzero(present):
        return None
    axis = max(int(delta[of_call][-1] - delta[of_call][0]), _CHUNK_TICKS)
    width = _TOLERANCE + 1
    expected = width * (of_call.stop - of_call.start) / axis
    chance = float(pdtrc(int(agree.sum()) // 3 - 1, expected)) * axis / width
    ticks = query.peaks[agree, 0]
    return Alignment(
        call=int(calls[votes.start]),
        offset=int(np.median(delta[votes])),
        score=score,
        chance=min(1.0, chance),
        first=int(ticks.min()),
        last=int(ticks.max()),
    )
