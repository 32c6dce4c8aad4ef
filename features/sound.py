"""A chunk's sound in numbers: what tells speech, dead air, noise, music, modems, tones and clicks apart.

Levels and their order, what moves and how fast (speech is modulated at 2 to 16 Hz: T. Houtgast and H. Steeneken, "A
review of the MTF concept", 1985), shape of the spectrum and its changes, steadiness of lines, voicing, and what
quantisation leaves of faint sound. All are of what was received alone: a lost packet is no silence.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.blocks import BLOCK_NAMES
from features.frames import ChunkFrames
from features.layout import BANDS, COLUMNS, FLOOR_DB, LEVEL, POWER_DB
from features.sound_levels import describe_extremes, describe_levels, describe_steps, describe_voices
from features.sound_spectrum import HOP_S, describe_bands, describe_modulation, describe_shapes

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

_RATE_TABLE: Final = np.arange(2, 33) / 2.0  # 1 to 16 Hz in steps of half a hertz, the resolution of two seconds
_ANGLES: Final = 2.0 * np.pi * np.outer(_RATE_TABLE, HOP_S * np.arange(COLUMNS))
_LOUDEST_COLUMNS: Final = np.array([BLOCK_NAMES.index(name) for name in _AT_LOUDEST])
_EXTREME_COLUMNS: Final = np.array([BLOCK_NAMES.index(name) for name in _EXTREMES])
_IN_BLOCKS: Final = len(_AT_LOUDEST) + 2 * len(_EXTREMES) + 3
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
        describe_levels(level, heard, ordered, out[:21])
        describe_steps(frames.time, frames.moments, heard, ordered, out[21:35])
        describe_voices(strength, pitch_hz, level, heard, out[-10 - _IN_BLOCKS : -_IN_BLOCKS])
        describe_extremes(blocks, _LOUDEST_COLUMNS, _EXTREME_COLUMNS, out[-_IN_BLOCKS:])
    if np.count_nonzero(whole) > 1:
        # NumPy sorts with the processor's vector units
        powers = np.sort(frames.spectrum[POWER_DB][whole])
        bands = np.sort(frames.bands_db[:, whole], axis=1)
        describe_shapes(frames.spectrum, whole, powers, out[35:68])
        out[68 : 68 + BANDS] = frames.shape_db
        describe_bands(bands, frames.steadiness, out[68 + BANDS : 68 + 3 * BANDS])
        describe_modulation(frames.envelopes, whole, _COSINES, _SINES, out[68 + 3 * BANDS : -10 - _IN_BLOCKS])
    return out
