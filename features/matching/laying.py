"""Lays lines through the hits of a call: first which calls are worth it, then one line after the other."""

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

LINES: Final = 4  # of a call, at most

# Chosen by trial on queries of the half that tunes, most of them before the words were weighed as they are now
_LEAST_HITS: Final = 2
_SLOPES: Final = 31  # tempos looked at: 0.85 to 1.15
_SLOWEST: Final = 0.85
_STEP: Final = 0.01
_NEAR: Final = 2.5  # frames between a hit and its line
_SHIFT: Final = 2  # 1/48 octave between two hits of a line
_AGAIN: Final = 0.35  # what one more hit of the same query frame is worth
_ANCHORS: Final = 48  # hits of a call that lines are laid through
_LOOKED_AT: Final = 2000  # hits of a call that are looked at
_APART: Final = 12.0  # frames between two lines of a call, at one of the query's frames


@njit(cache=True, nogil=True)
def cone_votes(
    starts: NDArray[np.int64],
    query: NDArray[np.int32],
    frames: NDArray[np.int32],
    shifts: NDArray[np.int32],
    weights: NDArray[np.float32],
) -> NDArray[np.float64]:
    """Most hits of each call that one of them sees at a possible tempo and its pitch; 0 where there are too few."""
    votes = np.zeros(len(starts) - 1)
    for run in range(len(votes)):
        begin, end = starts[run], min(starts[run + 1], starts[run] + _LOOKED_AT)
        if end - begin < _LEAST_HITS:
            continue
        for a in range(begin, end, 1 + (end - begin) // _ANCHORS):
            seen, last = 0.0, -1
            for b in range(begin, end):
                if not _possible(query[b] - query[a], frames[b] - frames[a], shifts[b] - shifts[a]):
                    continue
                seen += weights[b] * (_AGAIN if query[b] == last else 1.0)
                last = query[b]
            votes[run] = max(votes[run], seen)
    return votes


@njit(cache=True, nogil=True, inline="always")
def _possible(query: int, frames: int, shift: int) -> bool:
    """Whether two hits so far apart can be of one recording."""
    return abs(shift) <= _SHIFT and abs(frames - query) <= _NEAR + (1.0 - _SLOWEST) * abs(query)


@njit(cache=True, nogil=True)
def lay(
    likely: NDArray[np.int64],
    starts: NDArray[np.int64],
    query: NDArray[np.int32],
    frames: NDArray[np.int32],
    shifts: NDArray[np.int32],
    weights: NDArray[np.float32],
    found: NDArray[np.float64],
) -> int:
    """Lay up to `LINES` lines through the hits of each call."""
    count = 0
    for run in likely:
        begin, end = starts[run], min(starts[run + 1], starts[run] + _LOOKED_AT)
        mine = (query[begin:end], frames[begin:end], shifts[begin:end], weights[begin:end])
        used = np.zeros(end - begin, np.bool_)
        first = count
        for _ in range(LINES):
            line = found[count]
            line[0] = run
            if not _best_line(mine[0], mine[1], mine[2], mine[3], used, line):
                break
            if count == first or _gap(found[first:count], line) >= _APART:
                count += 1
    return count


@njit(cache=True, nogil=True)
def _gap(others: NDArray[np.float64], line: NDArray[np.float64]) -> float:
    """Frames between a line and the nearest of others, in the middle of its hits."""
    gap = np.inf
    for other in others:
        gap = min(gap, abs(other[3] + other[4] * (line[2] - other[2]) - line[3]))
    return gap


@njit(cache=True, nogil=True)
def _best_line(
    query: NDArray[np.int32],
    frames: NDArray[np.int32],
    shifts: NDArray[np.int32],
    weights: NDArray[np.float32],
    used: NDArray[np.bool_],
    line: NDArray[np.float64],
) -> bool:
    """Find the anchor and tempo with most votes, and fit a line to the hits near it."""
    votes, last = np.zeros(_SLOPES), np.zeros(_SLOPES, np.int32)
    best, anchor, slope = 0.0, -1, 1.0
    for a in range(0, len(query), 1 + len(query) // _ANCHORS):
        if used[a]:
            continue
        _tempos(a, query, frames, shifts, weights, used, votes, last)
        at = _plainest(votes)
        if votes[at] > best:
            best, anchor, slope = votes[at], a, _SLOWEST + _STEP * at
    if anchor < 0:
        return False
    line[1] = best
    return _fit(anchor, slope, query, frames, shifts, used, line)


@njit(cache=True, nogil=True)
def _plainest(votes: NDArray[np.float64]) -> int:
    """The tempo with most votes, of equal ones the one next to 1."""
    middle = len(votes) // 2
    best = middle
    for away in range(1, middle + 1):
        for at in (middle - away, middle + away):
            if votes[at] > votes[best] + 1e-9:
                best = at
    return best


@njit(cache=True, nogil=True)
def _tempos(
    a: int,
    query: NDArray[np.int32],
    frames: NDArray[np.int32],
    shifts: NDArray[np.int32],
    weights: NDArray[np.float32],
    used: NDArray[np.bool_],
    votes: NDArray[np.float64],
    last: NDArray[np.int32],
) -> None:
    """Votes of all hits for each tempo of a line through hit a."""
    votes[:] = 0.0
    last[:] = -1
    for b in range(len(query)):
        over, up = query[b] - query[a], frames[b] - frames[a]
        if used[b] or not _possible(over, up, shifts[b] - shifts[a]):
            continue
        low, high = 0, _SLOPES - 1
        if over != 0:
            ends = ((up - _NEAR) / over, (up + _NEAR) / over)
            low = max(0, int(np.ceil((min(ends) - _SLOWEST) / _STEP)))
            high = min(high, int(np.floor((max(ends) - _SLOWEST) / _STEP)))
        for at in range(low, high + 1):
            votes[at] += weights[b] * (_AGAIN if query[b] == last[at] else 1.0)
            last[at] = query[b]


@njit(cache=True, nogil=True)
def _fit(
    a: int,
    slope: float,
    query: NDArray[np.int32],
    frames: NDArray[np.int32],
    shifts: NDArray[np.int32],
    used: NDArray[np.bool_],
    line: NDArray[np.float64],
) -> bool:
    """Least squares through the hits near a line, which are used up; whether they are enough."""
    n, x, y, xx, xy, shift = 0, 0.0, 0.0, 0.0, 0.0, 0.0
    for b in range(len(query)):
        over, up = query[b] - query[a], frames[b] - frames[a]
        if used[b] or abs(shifts[b] - shifts[a]) > _SHIFT or abs(up - slope * over) > _NEAR + 1.0:
            continue
        used[b] = True
        n, x, y, xx, xy = n + 1, x + over, y + up, xx + over * over, xy + over * up
        shift += shifts[b]
    spread = xx - x * x / n
    line[2], line[3], line[5], line[7] = query[a] + x / n, frames[a] + y / n, shift / n, n
    line[4] = slope if spread < 100.0 * n else (xy - x * y / n) / spread
    line[6] = np.sqrt(spread / n)
    return bool(n >= _LEAST_HITS)
