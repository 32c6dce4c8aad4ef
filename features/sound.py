"""A chunk's sound in numbers: what tells speech, dead air, noise, music, modems, tones and clicks apart.

Levels and their order, what moves and how fast (speech is modulated at 2 to 16 Hz: T. Houtgast and H. Steeneken, "A
review of the MTF concept", 1985), shape of the spectrum and its changes, steadiness of lines, voicing, and what
quantisation leaves of faint sound. All are of what was received alone: a lost packet is no silence.
"""

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from features.blocks import BLOCK_NAMES
from features.frames import ChunkFrames
from features.layout import (
    BANDS,
    BEYOND_8,
    BEYOND_24,
    CENTRE,
    CHANGES,
    COLUMNS,
    CROSSINGS,
    FLATNESS,
    FLOOR_DB,
    LATER_LIKENESS,
    LEVEL,
    LIKENESS,
    LINE,
    LINES,
    MEAN_LIKENESS,
    PEAK_BIN,
    POWER_DB,
    ROLLOFF,
    SPREAD,
)

VERSION: Final = 1  # of the numbers of this file and of `features.blocks`: another meaning is another version

_SHAPES: Final = ("centre", "spread", "flatness", "rolloff", "line", "lines", "likeness", "later_likeness", "to_mean")
_RATES: Final = ("1_2hz", "2_4hz", "4_8hz", "8_16hz")
_AT_LOUDEST: Final = (
    *("level_range_db", "beyond24_share", "crossings", "voicing_mean", "voicing_max"),
    *("flatness", "centre", "likeness", "later_likeness", "line", "lines"),
)
_EXTREMES: Final = ("voicing_mean", "flatness", "centre", "likeness", "line", "lines", "crossings")
SOUND_NAMES: Final[tuple[str, ...]] = (
    *("level_p10", "level_p50", "level_p90", "level_max"),
    *("level_p90_p10", "level_p75_p25", "level_max_p50", "level_p50_min", "level_sd", "level_step"),
    *("above_3db", "above_6db", "above_10db", "above_20db", "longest_active_s", "active_runs"),
    *("tail_over_rest_db", "tail_max_over_rest_db", "head_over_rest_db", "constant_share", "constant_longest_s"),
    *("offset_steps", "ac_dbfs", "kurtosis", "distinct_steps", "near_peak_share"),
    *("beyond8_share", "beyond8_max", "beyond24_share", "beyond24_max", "changes_share", "changes_sd"),
    *("crossings", "crossings_sd", "crossings_loud"),
    *(f"{name}_{figure}" for name in _SHAPES for figure in ("mean", "sd", "loud")),
    *("peak_bin_mean", "peak_bin_sd", "peak_kept_share", "peak_kept_longest_s", "line_share", "two_lines_share"),
    *(f"band{b}_share_db" for b in range(BANDS)),
    *(f"band{b}_contrast_db" for b in range(BANDS)),
    *(f"band{b}_steadiness" for b in range(BANDS)),
    *("comodulation_low_mid", "comodulation_low_high", "comodulation_mid_high"),
    *(f"modulation_{part}_{rate}" for part in ("low", "mid", "high", "all") for rate in (*_RATES, "depth")),
    *("voicing_mean", "voicing_sd", "voicing_max", "voiced_share", "voiced_longest_s", "voicing_loud"),
    *("voicing_with_level", "pitch_hz", "pitch_sd_octaves", "pitch_step_octaves"),
    *(f"loudest_block_{name}" for name in _AT_LOUDEST),
    *(f"greatest_block_{name}" for name in _EXTREMES),
    *(f"least_block_{name}" for name in _EXTREMES),
    *("loudest_block_over_median_db", "loudest_block_place", "last_block_over_median_db"),
)

_NEPERS: Final = np.float32(0.1 * np.log(10.0))  # of power, in a decibel
_TAIL: Final = 15  # frames of 20 ms: 300 ms, where a late talker begins
_ACTIVE_DB: Final = 6.0
_VOICED: Final = 0.5
_HOP_S: Final = 0.016
_RATE_TABLE: Final = np.arange(2, 33) / 2.0  # 1 to 16 Hz in steps of half a hertz, the resolution of two seconds
_ANGLES: Final = 2.0 * np.pi * np.outer(_RATE_TABLE, _HOP_S * np.arange(COLUMNS))
_LOUDEST_COLUMNS: Final = np.array([BLOCK_NAMES.index(name) for name in _AT_LOUDEST])
_EXTREME_COLUMNS: Final = np.array([BLOCK_NAMES.index(name) for name in _EXTREMES])
_IN_BLOCKS: Final = len(_AT_LOUDEST) + 2 * len(_EXTREMES) + 3
_RECEIVED: Final = BLOCK_NAMES.index("received_share")
_COSINES: Final = np.cos(_ANGLES).astype(np.float32)
_SINES: Final = np.sin(_ANGLES).astype(np.float32)


def describe(
    frames: ChunkFrames, strength: NDArray[np.float32], pitch_hz: NDArray[np.float32], blocks: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Numbers of one chunk, named by `SOUND_NAMES`.

    Parameters
    ----------
    frames : ChunkFrames
    strength, pitch_hz : ndarray of float32, shape (50,)
        From `features.voicing.voicing` of ``frames.samples``.
    blocks : ndarray of float32, shape (10, len(features.blocks.BLOCK_NAMES))
        From `features.blocks.describe_blocks` of the same.

    Returns
    -------
    ndarray of float32, shape (len(SOUND_NAMES),)
        Finite. Levels in dBFS (-90 where there is no sound) or dB, shares 0 to 1, likenesses -1 to 1; numbers of which
        too little was received are 0.
    """
    out = np.zeros(len(SOUND_NAMES), np.float32)
    heard, whole = frames.heard >= 0.5, frames.whole
    out[0:4] = FLOOR_DB
    if heard.any():
        level = frames.time[LEVEL]
        ordered = np.sort(level[heard])
        _levels(level, heard, ordered, out[:21])
        _steps(frames.time, frames.moments, heard, ordered, out[21:35])
        _voices(strength, pitch_hz, level, heard, out[-10 - _IN_BLOCKS : -_IN_BLOCKS])
        _over_blocks(blocks, _LOUDEST_COLUMNS, _EXTREME_COLUMNS, out[-_IN_BLOCKS:])
    if np.count_nonzero(whole) > 1:
        # NumPy sorts with the processor's vector units
        powers = np.sort(frames.spectrum[POWER_DB][whole])
        bands = np.sort(frames.bands_db[:, whole], axis=1)
        _shapes(frames.spectrum, whole, powers, out[35:68])
        out[68 : 68 + BANDS] = frames.shape_db
        _bands(bands, frames.steadiness, out[68 + BANDS : 68 + 3 * BANDS])
        _modulation(frames.envelopes, whole, _COSINES, _SINES, out[68 + 3 * BANDS : -10 - _IN_BLOCKS])
    return out


@njit(cache=True, nogil=True)
def _at(ordered, share):  # type: ignore[no-untyped-def]
    """Quantile of sorted numbers, the nearest one."""
    return ordered[int(share * (ordered.size - 1) + 0.5)]


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def _mean_sd_where(values, keep):  # type: ignore[no-untyped-def]
    """Mean and deviation of the numbers whose weight is 1."""
    total, squares, count = np.float32(0), np.float32(0), np.float32(0)
    for i in range(values.size):
        total += values[i] * keep[i]
        count += keep[i]
    count = max(count, np.float32(1))
    mean = total / count
    for i in range(values.size):
        off = (values[i] - mean) * keep[i]
        squares += off * off
    return mean, np.sqrt(squares / count)


@njit(cache=True, nogil=True)
def _mean_sd(values):  # type: ignore[no-untyped-def]
    total, squares = 0.0, 0.0
    for value in values:
        total += value
    mean = total / max(values.size, 1)
    for value in values:
        squares += (value - mean) ** 2
    return mean, np.sqrt(squares / max(values.size, 1))


@njit(cache=True, nogil=True)
def _longest(hits):  # type: ignore[no-untyped-def]
    longest, run = 0, 0
    for hit in hits:
        run = run + 1 if hit else 0
        longest = max(longest, run)
    return longest


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
def _levels(levels, heard, ordered, out):  # type: ignore[no-untyped-def]
    kept = levels[heard]
    low, middle, high = _at(ordered, 0.1), _at(ordered, 0.5), _at(ordered, 0.9)
    out[0], out[1], out[2], out[3] = low, middle, high, ordered[-1]
    out[4], out[5] = high - low, _at(ordered, 0.75) - _at(ordered, 0.25)
    out[6], out[7] = ordered[-1] - middle, middle - ordered[0]
    out[8] = _mean_sd(kept)[1]
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
    out[14], out[15] = 0.02 * _longest(heard & (levels > low + _ACTIVE_DB)), runs
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
    out[19], out[20] = np.sum(constant) / kept.size, 0.02 * _longest(constant)


@njit(cache=True, nogil=True)
def _steps(time, moments, heard, ordered, out):  # type: ignore[no-untyped-def]
    out[0] = np.log2(1.0 + abs(moments[0]) * 32768.0)
    out[1] = max(10.0 * np.log10(moments[1] + 1e-12), FLOOR_DB)
    out[2], out[3], out[4] = np.log2(1.0 + moments[2]), np.log2(1.0 + moments[3]), moments[4]
    for place, row in enumerate((BEYOND_8, BEYOND_24)):
        kept = time[row][heard]
        out[5 + 2 * place], out[6 + 2 * place] = _mean_sd(kept)[0], kept.max()
    out[9], out[10] = _mean_sd(time[CHANGES][heard])
    crossings, levels = time[CROSSINGS][heard], time[LEVEL][heard]
    out[11], out[12] = _mean_sd(crossings)
    out[13] = _mean_sd(crossings[levels >= _at(ordered, 0.75)])[0]


@njit(cache=True, nogil=True)
def _shapes(spectrum, whole, powers, out):  # type: ignore[no-untyped-def]
    loud = whole & (spectrum[POWER_DB] >= _at(powers, 0.75))
    near, far = whole.copy(), whole.copy()
    near[0] = False
    near[1:] &= whole[:-1]
    far[:8] = False
    far[8:] &= whole[:-8]
    every, after, later = whole.astype(np.float32), near.astype(np.float32), far.astype(np.float32)
    strong = loud.astype(np.float32)
    rows = (CENTRE, SPREAD, FLATNESS, ROLLOFF, LINE, LINES, LIKENESS, LATER_LIKENESS, MEAN_LIKENESS)
    for place, row in enumerate(rows):
        valid = after if row == LIKENESS else (later if row == LATER_LIKENESS else every)
        out[3 * place], out[3 * place + 1] = _mean_sd_where(spectrum[row], valid)
        out[3 * place + 2] = _mean_sd_where(spectrum[row], valid * strong)[0]
    peak = spectrum[PEAK_BIN]
    out[27], out[28] = _mean_sd_where(peak, strong)
    kept = near.copy()
    for t in range(1, kept.size):
        kept[t] &= abs(peak[t] - peak[t - 1]) <= 1.0
    out[29], out[30] = np.sum(kept) / max(np.sum(near), 1), _HOP_S * _longest(kept)
    count = max(np.sum(whole), 1)
    out[31] = np.sum(whole & (spectrum[LINE] > 0.8)) / count
    out[32] = np.sum(whole & (spectrum[LINES] > 0.8)) / count


@njit(cache=True, nogil=True)
def _bands(ordered, steadiness, out):  # type: ignore[no-untyped-def]
    edges = (2, 10, 26, 51, 77, 110, 129)
    for b in range(ordered.shape[0]):
        out[b] = _at(ordered[b], 0.9) - _at(ordered[b], 0.1)
        out[ordered.shape[0] + b] = np.mean(steadiness[edges[b] : edges[b + 1]])


@njit(cache=True, nogil=True)
def _correlation(a, b):  # type: ignore[no-untyped-def]
    """Pearson's; 0 where one of the two doesn't vary."""
    mean_a, sd_a = _mean_sd(a)
    mean_b, sd_b = _mean_sd(b)
    if sd_a <= 1e-6 * abs(mean_a) or sd_b <= 1e-6 * abs(mean_b):
        return 0.0
    total = 0.0
    for i in range(a.size):
        total += (a[i] - mean_a) * (b[i] - mean_b)
    return total / (a.size * sd_a * sd_b)


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def _modulation(envelopes, whole, cosines, sines, out):  # type: ignore[no-untyped-def]
    """Comodulation of three bands; share of each envelope's variance in octaves of rate, and its depth."""
    place = 0
    for a, b in ((0, 1), (0, 2), (1, 2)):
        out[place] = _correlation(envelopes[a][whole], envelopes[b][whole])
        place += 1
    moving = np.zeros(whole.size, np.float32)
    for part in range(envelopes.shape[0]):
        mean, sd = _mean_sd(envelopes[part][whole])
        if sd > 1e-6 * mean:
            for t in range(whole.size):
                moving[t] = (envelopes[part, t] - mean) / sd if whole[t] else 0.0
            for k in range(cosines.shape[0]):
                real, imag = np.float32(0), np.float32(0)
                for t in range(whole.size):
                    real += moving[t] * cosines[k, t]
                    imag += moving[t] * sines[k, t]
                octave = 0 if k < 2 else (1 if k < 6 else (2 if k < 14 else 3))
                out[place + octave] += (real * real + imag * imag) * 2.0 / whole.size**2
            out[place + 4] = sd / mean
        place += 5


@njit(cache=True, nogil=True)
def _voices(strength, pitch, levels, heard, out):  # type: ignore[no-untyped-def]
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
    out[0], out[1] = _mean_sd(kept)
    out[2], out[3], out[4] = kept.max(), np.sum(voiced) / kept.size, 0.04 * _longest(voiced)
    out[5] = _mean_sd(kept[loud >= _at(np.sort(loud), 0.75)])[0]
    out[6] = _correlation(kept, loud)
    if np.any(voiced):
        octaves = np.log2(np.maximum(pitch, np.float32(1)))
        steps, pairs = 0.0, 0
        for f in range(1, voiced.size):
            if voiced[f] and voiced[f - 1]:
                steps += abs(octaves[f] - octaves[f - 1])
                pairs += 1
        out[7] = _at(np.sort(pitch[voiced]), 0.5)
        out[8] = _mean_sd(octaves[voiced])[1]
        out[9] = steps / max(pairs, 1)


@njit(cache=True, nogil=True)
def _over_blocks(blocks, loudest_columns, extreme_columns, out):  # type: ignore[no-untyped-def]
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
    middle = _at(np.sort(levels), 0.5)
    out[rest], out[rest + 1] = blocks[loudest, 0] - middle, loudest / (blocks.shape[0] - 1)
    out[rest + 2] = levels[-1] - middle
