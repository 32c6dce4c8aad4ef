"""Prompts that hold the same take: a voice's prompts are cut from each other, and then a match of both is no mistake.

Pairs of spectral peaks say where two prompts may hold the same; only where their waveforms are nearly equal for half a
second is it believed. No fingerprint under test decides what is unknown.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import correlate
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from bench.replay.pairs import HOP, pairs
from models.sounds.scale import RATE

Pcm = NDArray[np.int16]

ALIKE: Final = 0.8  # correlation of the same take, coded twice, is above 0.9; of two takes of one word below 0.6
_HITS: Final = 3  # pairs of peaks that agree on an offset, for a look at the waveforms
_WINDOW: Final = RATE // 2
_STEP: Final = RATE // 8
_LAG: Final = 2 * HOP  # samples that the peaks may be wrong by
_OFFSETS: Final = 1 << 14
_QUIET: Final = 50.0  # RMS of a window in which there is nothing to compare


def takes(prompts: Sequence[Pcm]) -> NDArray[np.int32]:
    """Number the takes of prompts of one voice: those that share one, if only through a third, have one number.

    Parameters
    ----------
    prompts : sequence of ndarray of int16
        At 8 kHz.

    Returns
    -------
    ndarray of int32, shape (prompts,)
    """
    found = [pairs(pcm) for pcm in prompts]
    keys = np.concatenate([np.zeros(0, np.int64), *(keys for keys, _ in found)])
    order = np.argsort(keys, kind="stable")
    owners = np.repeat(np.arange(len(found)), [len(keys) for keys, _ in found])[order]
    frames = np.concatenate([np.zeros(0, np.int64), *(frames for _, frames in found)])[order]
    keys = keys[order]
    edges: set[tuple[int, int]] = set()
    for number, (own_keys, own_frames) in enumerate(found):
        first = np.searchsorted(keys, own_keys, "left")
        counts = np.searchsorted(keys, own_keys, "right") - first
        rows = np.repeat(first - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        offsets = frames[rows] - np.repeat(own_frames, counts) + _OFFSETS // 2
        cells = owners[rows] * _OFFSETS + offsets
        begins = np.repeat(own_frames, counts)[owners[rows] > number] * HOP
        cells = cells[owners[rows] > number]
        by_cell = np.argsort(cells, kind="stable")
        for group in np.split(by_cell, np.flatnonzero(np.diff(cells[by_cell])) + 1):
            if len(group) < _HITS:
                continue
            other, offset = divmod(int(cells[group[0]]), _OFFSETS)
            alike = int(begins[group].min()), int(begins[group].max())
            shift = (offset - _OFFSETS // 2) * HOP
            if (number, other) not in edges and same_take(prompts[number], prompts[other], shift, *alike):
                edges.add((number, other))
    one, two = np.array(sorted(edges), np.int64).reshape(-1, 2).T
    graph = coo_matrix((np.ones(len(edges)), (one, two)), shape=(len(prompts), len(prompts)))
    labels: NDArray[np.int32] = connected_components(graph, directed=False)[1]
    return labels


def same_take(one: Pcm, two: Pcm, offset: int, first: int, last: int) -> bool:
    """Tell whether half a second of one sound is nearly equal to another.

    Parameters
    ----------
    one, two : ndarray of int16
    offset : int
        Samples that it is later in the second, to 16 ms or so.
    first, last : int
        Samples of the first sound between which, or half a second around, something was alike.
    """
    begin_at, end_at = max(0, -offset, first - _WINDOW), min(one.size, two.size - offset, last + 2 * _WINDOW)
    for start in range(begin_at, end_at - _WINDOW + 1, _STEP):
        piece = one[start : start + _WINDOW].astype(np.float64)
        begin = max(start + offset - _LAG, 0)
        around = two[begin : start + offset + _WINDOW + _LAG].astype(np.float64)
        if around.size < _WINDOW or np.sqrt(np.mean(piece**2)) < _QUIET:
            continue
        both = correlate(around, piece, mode="valid")
        power = np.cumsum(np.concatenate([[0.0], around**2]))
        energy = (power[_WINDOW:] - power[:-_WINDOW]) * float(piece @ piece)
        if np.max(both / np.sqrt(np.maximum(energy, 1.0))) >= ALIKE:
            return True
    return False
