"""Made-up calls for an index to grow by: they have the keys that real calls have, and are none of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from features.fingerprint import (
    BINS,
    CHUNK_FRAMES,
    STORED_STEP,
    UNSHIFTED,
    Fingerprint,
    Postings,
    postings,
)

CHUNKS: Final = 15  # thirty seconds
FRAMES: Final = CHUNKS * CHUNK_FRAMES
WORDS: Final = -(-FRAMES // STORED_STEP)

_APART: Final = (CHUNKS + 1) * CHUNK_FRAMES  # no triplet reaches from a call to the next
_LEAST_PEAKS: Final = 60
_SHORTEST, _LONGEST = 95, 190  # frames of a piece, 1.5 to 3 s
_TEMPO: Final = (0.75, 1.33)
_SHIFT: Final = 60  # bins of 1/144 octave
_KEPT: Final = 0.95


@dataclass(frozen=True, slots=True)
class Stock:
    """Peaks and words of real calls, one after the other.

    ``peaks`` and ``strengths`` of call i are those from ``of_peaks[i]`` to ``of_peaks[i + 1]``, its words likewise.
    """

    peaks: NDArray[np.int32]
    strengths: NDArray[np.float32]
    of_peaks: NDArray[np.int64]
    words: NDArray[np.uint32]
    of_words: NDArray[np.int64]


def stock(calls: Sequence[Fingerprint]) -> Stock:
    """Gather what made-up calls are made of, from calls that say enough."""
    full = [call for call in calls if len(call.peaks) >= _LEAST_PEAKS]
    words = [call.words[UNSHIFTED][call.words[UNSHIFTED] != 0] for call in full]
    words = [some for some in words if len(some) > 2 * _LONGEST]
    if not full or not words:
        raise ValueError("no call here says enough to make others of")
    return Stock(
        np.concatenate([call.peaks for call in full]).astype(np.int32),
        np.concatenate([call.strengths for call in full]).astype(np.float32),
        np.cumsum([0, *(len(call.peaks) for call in full)]).astype(np.int64),
        np.concatenate(words).astype(np.uint32),
        np.cumsum([0, *map(len, words)]).astype(np.int64),
    )


def made(of: Stock, first: int, count: int) -> tuple[NDArray[np.int64], Postings, NDArray[np.uint32]]:
    """Make calls: pieces of real ones of 1.5 to 3 s, backwards, at another tempo and pitch, every peak a little moved.

    Parameters
    ----------
    of
        What they are made of.
    first, count
        Numbers of the calls; call n is the same whichever are made with it.

    Returns
    -------
    whose : ndarray of int64, shape (rows,)
        Number of each posting's call, from 0.
    rows : Postings
        With frames counted from each call's own first.
    words : ndarray of uint32, shape (count, 938)
        Every second frame's.
    """
    peaks = np.empty((count * FRAMES, 2), np.int32)
    strengths = np.empty(count * FRAMES, np.float32)
    words = np.empty((count, WORDS), np.uint32)
    n = _fill(first, count, of.peaks, of.strengths, of.of_peaks, peaks, strengths)
    _say(first, of.words, of.of_words, words)
    order = np.argsort(peaks[:n, 0].astype(np.int64) * 1024 + peaks[:n, 1], kind="stable")
    keys, frames, bins = _enrolled(peaks[:n][order], strengths[:n][order])
    return frames // _APART, Postings(keys, (frames % _APART).astype(np.int32), bins), words


def _enrolled(
    peaks: NDArray[np.int32], strengths: NDArray[np.float32]
) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.uint8]]:
    """Rows as `Enroller` keeps them: of each chunk by itself, and what reaches from one into the next."""
    nothing = np.zeros((1, 0), np.uint32)
    whole = postings(Fingerprint(peaks, strengths, nothing))
    chunk = peaks[:, 0] // CHUNK_FRAMES
    apart = peaks + np.stack([CHUNK_FRAMES * chunk, np.zeros_like(chunk)], axis=1)  # a chunk's pause after each
    alone = postings(Fingerprint(apart, strengths, nothing))
    frames = alone.frames - CHUNK_FRAMES * (alone.frames // (2 * CHUNK_FRAMES))
    rows = np.concatenate(
        [
            keys.astype(np.uint64) << np.uint64(32) | at.astype(np.uint64) << np.uint64(8) | bins.astype(np.uint64)
            for keys, at, bins in ((whole.keys, whole.frames, whole.bins), (alone.keys, frames, alone.bins))
        ]
    )
    rows = np.unique(rows)
    return (
        (rows >> np.uint64(32)).astype(np.uint32),
        (rows >> np.uint64(8) & np.uint64(0xFFFFFF)).astype(np.int64),
        rows.astype(np.uint8),
    )


@njit(cache=True, nogil=True)
def _fill(
    first: int,
    count: int,
    peaks: NDArray[np.int32],
    strengths: NDArray[np.float32],
    of: NDArray[np.int64],
    out: NDArray[np.int32],
    weights: NDArray[np.float32],
) -> int:
    n = 0
    for call in range(count):
        np.random.seed(first + call)
        base, at = call * _APART, 0
        while at < FRAMES:
            whose = np.random.randint(len(of) - 1)
            begin, end = of[whose], of[whose + 1]
            length = np.random.randint(_SHORTEST, _LONGEST)
            since = np.random.randint(max(1, peaks[end - 1, 0] - length))
            tempo, shift = np.random.uniform(_TEMPO[0], _TEMPO[1]), np.random.randint(-_SHIFT, _SHIFT + 1)
            for i in range(begin, end):
                back = since + length - peaks[i, 0]
                if back < 0 or back > length or np.random.random() > _KEPT:
                    continue
                frame = at + int(back * tempo + np.random.uniform(-0.5, 1.5))
                place = peaks[i, 1] + shift + np.random.randint(-2, 3)
                place = -place if place < 0 else min(place, 2 * BINS - 2 - place)
                if 0 <= frame < FRAMES and n < len(out):
                    out[n, 0], out[n, 1], weights[n] = base + frame, place, strengths[i]
                    n += 1
            at += int(length * tempo) + 1
    return n


@njit(cache=True, nogil=True)
def _say(first: int, words: NDArray[np.uint32], of: NDArray[np.int64], out: NDArray[np.uint32]) -> None:
    """Words of pieces, backwards, every second one, their bits moved round by some."""
    for call in range(len(out)):
        np.random.seed(first + call)
        at = 0
        while at < out.shape[1]:
            whose = np.random.randint(len(of) - 1)
            length = np.random.randint(_SHORTEST, _LONGEST)
            since = of[whose] + np.random.randint(of[whose + 1] - of[whose] - length)
            turn = np.uint32(np.random.randint(1, 32))
            for back in range(length - 1, 0, -STORED_STEP):
                if at == out.shape[1]:
                    break
                word = words[since + back]
                out[call, at] = (word << turn) | (word >> (np.uint32(32) - turn))
                at += 1
