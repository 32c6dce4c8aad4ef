"""Sums of what the words along a line say: of one line, of its neighbours, of every offset."""

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from features.fingerprint import STORED_STEP, UNSHIFTED
from features.matching.popcount import popcount

SLOPE_FRAMES: Final = 1.5  # frames at the query's ends between two slopes that are tried

_OFFSETS: Final = 4  # frames a line may lie wrong
_PITCH_COST: Final = 12.0  # of evidence: most replays have the pitch ...
_TEMPO_COST: Final = 12.0  # ... and the tempo of the recording, and chance hasn't
_SAME_TEMPO: Final = 0.004


@njit(cache=True, nogil=True)
def search(
    row: int,
    words: NDArray[np.uint32],
    reference: NDArray[np.uint32],
    slopes: NDArray[np.float64],
    query_frame: float,
    frame: float,
    weights: NDArray[np.float64],
    best: NDArray[np.float64],
) -> None:
    """Try slopes and offsets; what is better than the best so far takes its place (row, slope, offset)."""
    stretch = np.zeros(4, np.int64)
    for slope in slopes:
        for away in range(-_OFFSETS, _OFFSETS + 1, STORED_STEP):
            offset = frame + away - slope * query_frame
            evidence = along(words, reference, slope, offset, weights, stretch) - cost(row, slope)
            if evidence > best[0]:
                best[0], best[1], best[2], best[3] = evidence, row, slope, offset


@njit(cache=True, nogil=True)
def refine(
    words: NDArray[np.uint32], reference: NDArray[np.uint32], weights: NDArray[np.float64], best: NDArray[np.float64]
) -> None:
    """Try the frames next to the best offset, and the slopes between those that were tried, about its middle."""
    stretch = np.zeros(4, np.int64)
    along(words, reference, best[2], best[3], weights, stretch)
    middle = 0.5 * (stretch[0] + stretch[1])
    row, plain = best[1], abs(best[2] - 1.0) <= _SAME_TEMPO
    begin, slope = best[3] + best[2] * middle, best[2]
    for turn in range(-1, 2):
        if plain and turn != 0:
            continue
        tried = slope + 0.5 * turn * 2.0 * SLOPE_FRAMES / max(len(words), 100)
        for away in range(-1, 2):
            offset = begin + away - tried * middle
            evidence = along(words, reference, tried, offset, weights, stretch) - cost(int(row), tried)
            if evidence > best[0]:
                best[0], best[2], best[3] = evidence, tried, offset


@njit(cache=True, nogil=True)
def anywhere(
    words: NDArray[np.uint32], reference: NDArray[np.uint32], slope: float, weights: NDArray[np.float64]
) -> tuple[float, float]:
    """Greatest evidence of all offsets, and the offset."""
    most, where = 0.0, 0.0
    stretch = np.zeros(4, np.int64)
    for offset in range(-int(slope * len(words)), STORED_STEP * len(reference), STORED_STEP):
        evidence = along(words, reference, slope, offset, weights, stretch)
        if evidence > most:
            most, where = evidence, float(offset)
    return most, where


@njit(cache=True, nogil=True)
def cost(row: int, slope: float) -> float:
    """Most replays are played as they were recorded; pitch and tempo that were changed are the likelier by chance."""
    return (_PITCH_COST if row != UNSHIFTED else 0.0) + (_TEMPO_COST if abs(slope - 1.0) > _SAME_TEMPO else 0.0)


@njit(cache=True, nogil=True)
def along(
    words: NDArray[np.uint32],
    reference: NDArray[np.uint32],
    slope: float,
    offset: float,
    weights: NDArray[np.float64],
    stretch: NDArray[np.int64],
) -> float:
    """Greatest sum of weights of consecutive words; its first and last frame, equal bits and compared words."""
    most, total, first = 0.0, 0.0, 0
    equal, compared = np.int64(0), np.int64(0)
    per_frame = 1.0 / slope
    for u in range(max(0, int(np.ceil(offset / STORED_STEP))), len(reference)):
        at = int((STORED_STEP * u - offset) * per_frame + 0.5)
        if at >= len(words):
            break
        if words[at] == 0 or reference[u] == 0:
            continue
        if total <= 0.0:
            total, first, equal, compared = 0.0, at, np.int64(0), np.int64(0)
        same = 32 - np.int64(popcount(np.uint32(words[at] ^ reference[u])))
        total += weights[same]
        equal += same
        compared += 1
        if total > most:
            most = total
            stretch[0], stretch[1], stretch[2], stretch[3] = first, at, equal, compared
    return most
