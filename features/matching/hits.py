"""Hits: where a row of the index and a probe of the query have the same key and a pitch that can be."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from features.fingerprint import Probes
from features.matching.runs import runs

MAX_SHIFT: Final = 9  # 1/48 octave: the 6/36 octave for which there are words, and one for rounding
MAX_HITS: Final = 4_000_000  # of one query; rows after that are passed over
_LEAST: Final = 2  # hits of a call: what is hit once lies on every line
_TABLE_BITS: Final = 18
_FRAME_LIMIT: Final = 1 << 16  # frames that a sorting key can hold


@dataclass(frozen=True, slots=True)
class Hits:
    """Hits of a query, ordered by call, then query frame, then frame.

    Attributes
    ----------
    calls
        uint32, shape (n,): numbers of calls.
    query_frames, frames
        int32, shape (n,): where the landmark is in the query and in the call, 16 ms.
    shifts
        int32, shape (n,): the call's frequency over the query's, 1/48 octave.
    weights
        float32, shape (n,): what a hit is worth; 1 for a key of average frequency, more for a rare one.
    """

    calls: NDArray[np.uint32]
    query_frames: NDArray[np.int32]
    frames: NDArray[np.int32]
    shifts: NDArray[np.int32]
    weights: NDArray[np.float32]

    def __len__(self) -> int:
        """How many there are."""
        return len(self.calls)

    def of(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> "Hits":
        """Some of them, by mask or place."""
        return Hits(
            self.calls[chosen],
            self.query_frames[chosen],
            self.frames[chosen],
            self.shifts[chosen],
            self.weights[chosen],
        )


def no_hits() -> Hits:
    """Not one."""
    none = np.zeros(0, np.int32)
    return Hits(np.zeros(0, np.uint32), none, none, none, np.zeros(0, np.float32))


def hits(
    keys: NDArray[np.uint32],
    calls: NDArray[np.uint32],
    frames: NDArray[np.integer],
    bins: NDArray[np.integer],
    probes: Probes,
) -> Hits:
    """Join rows of an index with a query's probes.

    Parameters
    ----------
    keys, calls, frames, bins : ndarray, shape (rows,)
        Rows of the index: key, call number, frame of the landmark (below 65,536) and its frequency in 1/48 octave.
        Any order; quickest where equal keys follow on each other, as in an index ordered by key. Rows whose key
        wasn't asked for are passed over.
    probes : Probes
        What the query asks for.

    Returns
    -------
    Hits
        With at most `MAX_SHIFT` between the frequencies; of calls that are hit more than once.

    Raises
    ------
    ValueError
        When the columns differ in length.
    """
    if not len(keys) == len(calls) == len(frames) == len(bins):
        raise ValueError(f"columns of {len(keys)}, {len(calls)}, {len(frames)} and {len(bins)} rows are no table")
    if not len(probes.keys) == len(probes.frames) == len(probes.bins):
        raise ValueError("probes need one frame and one bin for each key")
    if not len(keys) or not len(probes.keys):
        return no_hits()
    order = np.argsort(probes.keys, kind="stable")
    ordered = probes.keys[order]
    starts = runs(ordered)
    asked = ordered[starts[:-1]]
    asked_frames = probes.frames[order].astype(np.int32)
    asked_bins = probes.bins[order].astype(np.int32)
    rows = (keys.astype(np.uint32), frames.astype(np.int32), bins.astype(np.int32))
    found, rows_of_key, place = _count(rows[0], rows[2], asked, starts, asked_bins)
    whose = np.empty(min(found, MAX_HITS), np.uint32)
    what = np.empty((4, len(whose)), np.int32)
    _join(place, calls.astype(np.uint32), rows[1], rows[2], starts, asked_frames, asked_bins, whose, what)
    kept = _kept(whose, np.zeros(1 << _TABLE_BITS, np.uint8))
    query, there, shift, key = what[:, kept]
    return _ordered(Hits(whose[kept], query, there, shift, _weights(rows_of_key)[key]))


def merged(parts: Sequence[Hits]) -> Hits:
    """Put hits of several parts of one query together; their query frames count from one beginning.

    Parameters
    ----------
    parts : sequence of Hits
        Of different stretches of the query: for example what `strongest` kept of the chunks before, and the newest
        chunk's. What is in two parts counts twice.

    Returns
    -------
    Hits
        Ordered as `hits` orders.
    """
    if not parts:
        return no_hits()
    together = Hits(
        np.concatenate([part.calls for part in parts]),
        np.concatenate([part.query_frames for part in parts]),
        np.concatenate([part.frames for part in parts]),
        np.concatenate([part.shifts for part in parts]),
        np.concatenate([part.weights for part in parts]),
    )
    return _ordered(together)


def _ordered(found: Hits) -> Hits:
    rank = found.calls.astype(np.uint64) << np.uint64(32)
    rank |= np.clip(found.query_frames, 0, _FRAME_LIMIT - 1).astype(np.uint64) << np.uint64(16)
    rank |= np.clip(found.frames, 0, _FRAME_LIMIT - 1).astype(np.uint64)
    order = np.lexsort((found.shifts, rank)) if len(found) < _FRAME_LIMIT else np.argsort(rank, kind="stable")
    return found.of(order)


def _weights(rows_of_key: NDArray[np.int64]) -> NDArray[np.float32]:
    """Rarer keys say more: the logarithm of a key's rows, against the mean of those that have any."""
    there = np.maximum(rows_of_key, 1)
    mean = float(rows_of_key.sum()) / max(1, int((rows_of_key > 0).sum()))
    return np.clip(1.0 + 0.25 * np.log(max(mean, 1.0) / there), 0.25, 2.0).astype(np.float32)


@njit(cache=True, nogil=True)
def _count(
    keys: NDArray[np.uint32],
    bins: NDArray[np.int32],
    asked: NDArray[np.uint32],
    starts: NDArray[np.int64],
    asked_bins: NDArray[np.int32],
) -> tuple[int, NDArray[np.int64], NDArray[np.int64]]:
    """How many hits there are, how many rows each key has, and each row's place among the keys asked for."""
    rows_of_key = np.zeros(len(asked), np.int64)
    place = np.full(len(keys), -1, np.int64)
    found, at = 0, 0
    for i in range(len(keys)):
        if i == 0 or keys[i] != keys[i - 1]:
            at = np.searchsorted(asked, keys[i])
        if at == len(asked) or asked[at] != keys[i]:
            continue
        place[i] = at
        rows_of_key[at] += 1
        for j in range(starts[at], starts[at + 1]):
            found += abs(bins[i] - asked_bins[j]) <= MAX_SHIFT
    return found, rows_of_key, place


@njit(cache=True, nogil=True)
def _join(
    place: NDArray[np.int64],
    calls: NDArray[np.uint32],
    frames: NDArray[np.int32],
    bins: NDArray[np.int32],
    starts: NDArray[np.int64],
    asked_frames: NDArray[np.int32],
    asked_bins: NDArray[np.int32],
    whose: NDArray[np.uint32],
    what: NDArray[np.int32],
) -> None:
    """Write all hits: call; query frame, frame, shift, place of the key."""
    found = 0
    for i in range(len(place)):
        if place[i] < 0:
            continue
        for j in range(starts[place[i]], starts[place[i] + 1]):
            between = bins[i] - asked_bins[j]
            if abs(between) <= MAX_SHIFT and found < len(whose):
                whose[found] = calls[i]
                what[0, found], what[1, found] = asked_frames[j], frames[i]
                what[2, found], what[3, found] = between, place[i]
                found += 1


@njit(cache=True, nogil=True)
def _kept(calls: NDArray[np.uint32], table: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Places of the hits whose call has enough; calls that share a cell of the table are kept too."""
    lost = np.uint32(32 - _TABLE_BITS)
    for call in calls:
        cell = np.uint32(call * np.uint32(2654435769)) >> lost
        if table[cell] < _LEAST:
            table[cell] += 1
    kept = np.zeros(len(calls), np.int64)
    found = 0
    for i in range(len(calls)):
        if table[np.uint32(calls[i] * np.uint32(2654435769)) >> lost] >= _LEAST:
            kept[found] = i
            found += 1
    return kept[:found]
