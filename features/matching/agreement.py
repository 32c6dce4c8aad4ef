"""Agreement: how far the words of a query and of a call are the same along a line.

Words are those of J. Haitsma and T. Kalker, "A Highly Robust Audio Fingerprinting System" (2002): a bit for each of 32
differences between bands and frames. Along the right line most bits agree, whatever the channel did; along a wrong one
half of them do. A message may be in the call only in part (two messages in one, a silence put in, somebody talking
over it), so what is looked for is the stretch of the query that speaks most for the line.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from features.matching.lines import Line
from features.matching.popcount import popcount

SHIFTS: Final = 13  # rows of words, 1/36 octave apart; the middle one is unshifted
STEP: Final = 2  # frames of the call between two of its words
LEAST_COMPARED: Final = 62  # frames, 1 s: what unrelated messages of one voice share is shorter

_MIDDLE: Final = SHIFTS // 2
_BLOCK: Final = 8  # frames, 128 ms: stretches begin and end at whole blocks
_BLOCKS: Final = 96  # at most; longer queries have longer blocks
_OFFSETS: Final = 4  # frames a line may lie wrong
_SLOPE_FRAMES: Final = 1.5  # frames at the query's ends between two slopes that are tried
_SLOPE_TRIES: Final = 3  # to either side at most
_EXPECTED: Final = np.array([0.58, 0.66, 0.78, 0.92])  # shares of bits that agree: from buried in noise to a clean copy


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the words say of a line.

    Attributes
    ----------
    call
        The call's number.
    z
        How far the agreement is from chance: ``2 (agreement - 1/2) sqrt(frames compared)`` over the stretch that
        speaks most for the line. What it is worth says `features.matching.chance.false_match_probability`.
    agreement
        Share of equal bits in that stretch, 0 to 1.
    compared
        Frames of the stretch in which both have a word.
    asked
        Frames of the query in which it has a word at all: there was that much to choose from.
    offset
        Frame of the call at the query's frame 0; negative where the call's begins later.
    slope
        Frames of the call for one of the query.
    pitch
        The query's frequency over the call's.
    tempo
        The query's speed over the call's: above 1 is faster.
    first, last
        Frames of the query, first and last one of the part that they share; last is below first if nothing is.
    """

    call: int
    z: float
    agreement: float
    compared: int
    asked: int
    offset: float
    slope: float
    pitch: float
    tempo: float
    first: int
    last: int


def verify(words: NDArray[np.uint32], reference: NDArray[np.uint32], line: Line) -> Agreement:
    """Compare words along a line and its neighbours.

    Parameters
    ----------
    words : ndarray of uint32, shape (13, frames)
        The query's words, one row for each pitch that it may have been shifted by (-6 to 6 in 1/36 octave); 0 is no
        evidence.
    reference : ndarray of uint32, shape (n,)
        The call's words, one for every second frame from its first; 0 is no evidence.
    line : Line
        What `candidates` found.

    Returns
    -------
    Agreement
        Of the best of the lines that were tried; z is 0 where nothing can be compared.

    Raises
    ------
    ValueError
        When the words haven't 13 rows.
    """
    if words.ndim != 2 or len(words) != SHIFTS:
        raise ValueError(f"expected words for {SHIFTS} pitches, not shape {words.shape}")
    frames = words.shape[1]
    reference = np.ascontiguousarray(reference, np.uint32)
    block = max(_BLOCK, -(-frames // _BLOCKS))
    best = np.zeros(6)
    for row in _rows(line.shift):
        _search(row, words[row], reference, _slopes(line, frames), line.query_frame, line.frame, block, best)
    score, row, slope, offset = best[0], int(best[1]), float(best[2]), float(best[3])
    asked = int(np.count_nonzero(words[_MIDDLE]))
    if score <= 0.0:
        return _none(line, asked)
    first, last, equal, compared = _part(words[row], reference, slope, offset, best[4:], block)
    agreement = equal / (32.0 * compared)
    return Agreement(
        call=line.call,
        z=(agreement - 0.5) * 2.0 * float(np.sqrt(compared * STEP / max(slope, 0.5))),
        agreement=agreement,
        compared=round(compared * STEP / slope),
        asked=asked,
        offset=offset,
        slope=slope,
        pitch=2.0 ** ((row - _MIDDLE) / 36.0),
        tempo=slope,
        first=first,
        last=last,
    )


def _none(line: Line, asked: int) -> Agreement:
    offset = line.frame - line.slope * line.query_frame
    return Agreement(line.call, 0.0, 0.5, 0, asked, offset, line.slope, 2.0 ** (-line.shift / 48.0), line.slope, 0, -1)


def _rows(shift: float) -> list[int]:
    """Rows to try: the nearest to the pitch that the hits have, and its neighbours."""
    nearest = _MIDDLE - round(shift * 36.0 / 48.0)
    return [row for row in (nearest, nearest - 1, nearest + 1) if 0 <= row < SHIFTS]


def _slopes(line: Line, frames: int) -> NDArray[np.float64]:
    """Slopes to try: as many as the hits leave open, the original speed among them where it may be that."""
    step = max(2.0 * _SLOPE_FRAMES / max(frames, 100), 0.002)
    open_ = 2.5 / max(line.spread * np.sqrt(max(line.hits, 1)) / 2.0, 1.0)
    tries = int(np.clip(np.ceil(open_ / step), 1, _SLOPE_TRIES))
    slopes = line.slope + step * np.arange(-tries, tries + 1)
    if abs(line.slope - 1.0) <= max(0.03, tries * step):
        slopes = np.append(slopes[np.abs(slopes - 1.0) > 0.3 * step], 1.0)
    return np.asarray(slopes, np.float64)


@njit(cache=True, nogil=True)
def _search(
    row: int,
    words: NDArray[np.uint32],
    reference: NDArray[np.uint32],
    slopes: NDArray[np.float64],
    query_frame: float,
    frame: float,
    block: int,
    best: NDArray[np.float64],
) -> None:
    """Try slopes and offsets; what is better than the best so far takes its place."""
    equal = np.zeros(len(words) // block + 1, np.int64)
    compared = np.zeros(len(words) // block + 1, np.int64)
    for slope in slopes:
        for away in range(-_OFFSETS, _OFFSETS + 1):
            offset = frame + away - slope * query_frame
            _along(words, reference, slope, offset, block, equal, compared)
            _stretch(row, slope, offset, equal, compared, best)


@njit(cache=True, nogil=True)
def _along(
    words: NDArray[np.uint32],
    reference: NDArray[np.uint32],
    slope: float,
    offset: float,
    block: int,
    equal: NDArray[np.int64],
    compared: NDArray[np.int64],
) -> None:
    """Equal bits and compared words of each block of the query."""
    equal[:] = 0
    compared[:] = 0
    first = max(0, int(np.ceil(offset / STEP)))
    for u in range(first, len(reference)):
        at = int((STEP * u - offset) / slope + 0.5)
        if at >= len(words):
            break
        if words[at] != 0 and reference[u] != 0:
            compared[at // block] += 1
            equal[at // block] += 32 - np.int64(popcount(np.uint32(words[at] ^ reference[u])))


@njit(cache=True, nogil=True)
def _stretch(
    row: int,
    slope: float,
    offset: float,
    equal: NDArray[np.int64],
    compared: NDArray[np.int64],
    best: NDArray[np.float64],
) -> None:
    """Find the run of blocks with the greatest likelihood against chance, for one of the expected shares."""
    for share in _EXPECTED:
        same, other = np.log(2.0 * share), np.log(2.0 * (1.0 - share))
        begin, total = 0, 0.0
        for at in range(len(equal)):
            if total <= 0.0:
                begin, total = at, 0.0
            total += equal[at] * same + (32 * compared[at] - equal[at]) * other
            if total > best[0]:
                best[0], best[1], best[2], best[3], best[4], best[5] = total, row, slope, offset, begin, at


@njit(cache=True, nogil=True)
def _part(
    words: NDArray[np.uint32],
    reference: NDArray[np.uint32],
    slope: float,
    offset: float,
    blocks: NDArray[np.float64],
    block: int,
) -> tuple[int, int, int, int]:
    """First and last frame of the shared part, word by word; its equal bits and compared words."""
    equal, compared = np.zeros(len(words), np.int64), np.zeros(len(words), np.int64)
    _along(words, reference, slope, offset, 1, equal, compared)
    begin, end = int(blocks[0]) * block, min((int(blocks[1]) + 1) * block, len(words))
    level = equal[begin:end].sum() / max(1, compared[begin:end].sum())
    middle = 0.5 * (level + 16.0)
    first, total, start, last, most = 0, 0.0, 0, -1, 0.0
    for at in range(len(words)):
        if total <= 0.0:
            start, total = at, 0.0
        total += equal[at] - middle * compared[at]
        if total > most:
            first, last, most = start, at, total
    return first, last, equal[first : last + 1].sum(), compared[first : last + 1].sum()
