"""Kernels over a chunk's 20 ms frames and its blocks: levels and their order, fine structure, voicing, extremes."""

from typing import Final

import numpy as np
from numba import njit

from features.blocks import BLOCK_NAMES
from features.figures import at, correlation, longest, mean_sd
from features.layout import BEYOND_8, BEYOND_24, CHANGES, CROSSINGS, FLOOR_DB, LEVEL

_NEPERS: Final = np.float32(0.1 * np.log(10.0))  # of power, in a decibel
_TAIL: Final = 15  # frames of 20 ms: 300 ms, where a late talker begins
_ACTIVE_DB: Final = 6.0
_VOICED: Final = 0.5
_RECEIVED: Final = BLOCK_NAMES.index("received_share")


@njit(cache=True, nogil=True)
def _power_db(levels, heard, first, last):  # type: ignore[no-untyped-def]
    """Level of the mean power of some frames, and the greatest of theirs; the floor where none was heard."""
    total, count, most = 0.0, 0, FLOOR_DB
    for f in range(first, last):
        if heard[f]:
            total += np.exp(_NEPERS * levels[f])
            count += 1
            most = max(most, float(levels[f]))
    return (10.0 * np.log10(total / count) if count else FLOOR_DB), most, count


@njit(cache=True, nogil=True)
def describe_levels(levels, heard, ordered, out):  # type: ignore[no-untyped-def]
    """Quantiles, spreads, steps and runs of the frames' levels; the chunk's tail and head against the rest."""
    kept = levels[heard]
    low, middle, high = at(ordered, 0.1), at(ordered, 0.5), at(ordered, 0.9)
    out[0], out[1], out[2], out[3] = low, middle, high, ordered[-1]
    out[4], out[5] = high - low, at(ordered, 0.75) - at(ordered, 0.25)
    out[6], out[7] = ordered[-1] - middle, middle - ordered[0]
    out[8] = mean_sd(kept)[1]
    steps, pairs, runs, before = 0.0, 0, 0, False
    for f in range(levels.size):
        if f and heard[f] and heard[f - 1]:
            steps += abs(levels[f] - levels[f - 1])
            pairs += 1
        active = levels[f] > low + _ACTIVE_DB
        runs += heard[f] and active and not before
        before = active if heard[f] else before
    out[9] = steps / max(pairs, 1)
    for place, over in enumerate((3.0, 6.0, 10.0, 20.0)):
        out[10 + place] = np.mean(kept > low + over)
    out[14], out[15] = 0.02 * longest(heard & (levels > low + _ACTIVE_DB)), runs
    end = levels.size - _TAIL
    tail, tail_most, in_tail = _power_db(levels, heard, end, levels.size)
    rest, rest_most, in_rest = _power_db(levels, heard, 0, end)
    if in_tail and in_rest:
        out[16], out[17] = tail - rest, tail_most - rest_most
    head, _, in_head = _power_db(levels, heard, 0, _TAIL)
    after, _, in_after = _power_db(levels, heard, _TAIL, levels.size)
    if in_head and in_after:
        out[18] = head - after
    constant = heard & (levels <= FLOOR_DB + 1.0)
    out[19], out[20] = np.sum(constant) / kept.size, 0.02 * longest(constant)


@njit(cache=True, nogil=True)
def describe_steps(time, moments, heard, ordered, out):  # type: ignore[no-untyped-def]
    """Moments, and what quantisation leaves: small samples, changes, crossings."""
    out[0] = np.log2(1.0 + abs(moments[0]) * 32768.0)
    out[1] = max(10.0 * np.log10(moments[1] + 1e-12), FLOOR_DB)
    out[2], out[3], out[4] = np.log2(1.0 + moments[2]), np.log2(1.0 + moments[3]), moments[4]
    for place, row in enumerate((BEYOND_8, BEYOND_24)):
        kept = time[row][heard]
        out[5 + 2 * place], out[6 + 2 * place] = mean_sd(kept)[0], kept.max()
    out[9], out[10] = mean_sd(time[CHANGES][heard])
    crossings, levels = time[CROSSINGS][heard], time[LEVEL][heard]
    out[11], out[12] = mean_sd(crossings)
    out[13] = mean_sd(crossings[levels >= at(ordered, 0.75)])[0]


@njit(cache=True, nogil=True)
def describe_voices(strength, pitch, levels, heard, out):  # type: ignore[no-untyped-def]
    """Of each 40 ms that was received with the 20 ms after it."""
    valid, loudness = np.zeros(strength.size, np.bool_), np.zeros(strength.size, np.float32)
    for f in range(strength.size):
        after = min(2 * f + 2, heard.size - 1)
        valid[f] = heard[2 * f] and heard[2 * f + 1] and heard[after]
        loudness[f] = max(levels[2 * f], levels[2 * f + 1])
    kept, loud = strength[valid], loudness[valid]
    if kept.size == 0:
        return
    voiced = valid & (strength > _VOICED)
    out[0], out[1] = mean_sd(kept)
    out[2], out[3], out[4] = kept.max(), np.sum(voiced) / kept.size, 0.04 * longest(voiced)
    out[5] = mean_sd(kept[loud >= at(np.sort(loud), 0.75)])[0]
    out[6] = correlation(kept, loud)
    if np.any(voiced):
        octaves = np.log2(np.maximum(pitch, np.float32(1)))
        steps, pairs = 0.0, 0
        for f in range(1, voiced.size):
            if voiced[f] and voiced[f - 1]:
                steps += abs(octaves[f] - octaves[f - 1])
                pairs += 1
        out[7] = at(np.sort(pitch[voiced]), 0.5)
        out[8] = mean_sd(octaves[voiced])[1]
        out[9] = steps / max(pairs, 1)


@njit(cache=True, nogil=True)
def describe_extremes(blocks, loudest_columns, extreme_columns, out):  # type: ignore[no-untyped-def]
    """The loudest of the blocks, and the extremes among those received by half: a word in two quiet seconds."""
    kept = np.flatnonzero(blocks[:, _RECEIVED] >= 0.5)
    if kept.size == 0:
        return
    levels = blocks[kept, 0]
    loudest = kept[np.argmax(levels)]
    for place, column in enumerate(loudest_columns):
        out[place] = blocks[loudest, column]
    most = loudest_columns.size
    for place, column in enumerate(extreme_columns):
        values = blocks[kept, column]
        out[most + place], out[most + extreme_columns.size + place] = values.max(), values.min()
    rest = most + 2 * extreme_columns.size
    middle = at(np.sort(levels), 0.5)
    out[rest], out[rest + 1] = blocks[loudest, 0] - middle, loudest / (blocks.shape[0] - 1)
    out[rest + 2] = levels[-1] - middle
