"""The nearest neighbours' verdict on a window that passed the gates: a key, or only something like one.

Reference rows are windows of presses under all kinds of conditions and windows of speech, music and noise that pass
the gates too; each kind of window has its own. A window is a key when the share of keys among its nearest rows,
weighted by the inverse of their distance, is large enough. Made by `models.dtmf`.

Notes
-----
After A. Maity, S. Prakasam, S. Bhargava, "Robust dual-tone multi-frequency tone detection using k-nearest neighbour
classifier for a noisy environment", with a class for what is no digit.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from features.dtmf.traits import TRAITS
from features.dtmf.windows import KINDS

NEIGHBOURS: Final = 15
_FILE: Final = Path(__file__).with_name("references.npy")
_LEAST_SPREAD: Final = 1e-3
_NEAR: Final = 1e-3  # added to distances, so that a row met again doesn't decide alone


@dataclass(frozen=True, slots=True)
class References:
    """Reference rows, ready for comparing.

    ``rows`` (TRAITS, n) float32 are normalised traits, a column for each row of the kinds of windows one after another;
    ``is_key`` (n,) float32 tells which are keys, ``first`` (KINDS + 1,) where each kind's columns begin; ``centre``
    and ``scale`` (KINDS, TRAITS) normalise.
    """

    rows: NDArray[np.float32]
    is_key: NDArray[np.float32]
    first: NDArray[np.int64]
    centre: NDArray[np.float32]
    scale: NDArray[np.float32]


def prepare(table: NDArray[np.float32]) -> References:
    """Prepare reference rows.

    Parameters
    ----------
    table
        Shape (n, 2 + TRAITS): which kind of window (`features.dtmf.windows.KIND`), 1 for a key and 0 for none, traits.

    Raises
    ------
    ValueError
        If the shape is another, a number isn't finite, or a kind of window has fewer rows than `NEIGHBOURS`.
    """
    if table.ndim != 2 or table.shape[1] != 2 + TRAITS or not np.isfinite(table).all():
        raise ValueError(f"references are finite numbers of shape (n, {2 + TRAITS}), not {table.shape}")
    windows = table[:, 0].astype(np.int64)
    counts = np.bincount(windows, minlength=KINDS)
    if len(counts) != KINDS or counts.min() < NEIGHBOURS:
        raise ValueError(f"each of {KINDS} kinds of windows needs at least {NEIGHBOURS} rows, not {counts.tolist()}")
    parts = [table[windows == w] for w in range(KINDS)]
    centre = np.stack([part[:, 2:].mean(axis=0, dtype=np.float64) for part in parts]).astype(np.float32)
    spread = np.stack([part[:, 2:].std(axis=0, dtype=np.float64) for part in parts])
    scale = (1 / np.maximum(spread, _LEAST_SPREAD)).astype(np.float32)
    rows = np.concatenate([(part[:, 2:] - centre[w]) * scale[w] for w, part in enumerate(parts)])
    is_key = np.concatenate([part[:, 1] for part in parts])
    first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return References(np.ascontiguousarray(rows.T), is_key, first, centre, scale)


@lru_cache(maxsize=1)
def references() -> References:
    """Return the reference rows that are shipped."""
    return prepare(np.load(_FILE, allow_pickle=False))


@njit(cache=True, nogil=True)
def share_of_keys(traits, window, rows, is_key, first, centre, scale, distance):  # type: ignore[no-untyped-def]
    """Return the weighted share of keys among the nearest rows of a kind of window, 0 to 1 (kernel).

    ``distance`` is room for as many float32 as there are rows.
    """
    begin, end = first[window], first[window + 1]
    count = end - begin
    distance[:count] = np.float32(0)
    for t in range(traits.shape[0]):
        value = np.float32((np.float32(traits[t]) - centre[window, t]) * scale[window, t])
        for i in range(count):
            gap = rows[t, begin + i] - value
            distance[i] += gap * gap
    nearest = np.full(NEIGHBOURS, np.float32(np.inf))
    kinds = np.zeros(NEIGHBOURS, np.float32)
    for i in range(count):
        if distance[i] < nearest[NEIGHBOURS - 1]:
            place = NEIGHBOURS - 1
            while place > 0 and nearest[place - 1] > distance[i]:
                nearest[place], kinds[place] = nearest[place - 1], kinds[place - 1]
                place -= 1
            nearest[place], kinds[place] = distance[i], is_key[begin + i]
    total = keys = 0.0
    for i in range(NEIGHBOURS):
        weight = 1 / (np.sqrt(float(nearest[i])) + _NEAR)
        total += weight
        keys += weight * kinds[i]
    return keys / total


@njit(cache=True, nogil=True)
def _judge_all(traits, windows, rows, is_key, first, centre, scale, out):  # type: ignore[no-untyped-def]
    distance = np.empty(is_key.shape[0], np.float32)
    for i in range(out.shape[0]):
        out[i] = share_of_keys(traits[i], windows[i], rows, is_key, first, centre, scale, distance)


def judge(traits: NDArray[np.float32], windows: NDArray[np.int64], known: References) -> NDArray[np.float64]:
    """Return the share of keys among each window's neighbours; `traits` (n, TRAITS), `windows` (n,) their kinds."""
    out = np.empty(len(windows))
    _judge_all(traits, windows, known.rows, known.is_key, known.first, known.centre, known.scale, out)
    return out
