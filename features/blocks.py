"""Each tenth of a chunk (200 ms) in a few numbers: what sounds where inside it."""

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from features.frames import ChunkFrames
from features.layout import (
    BEYOND_8,
    BEYOND_24,
    CENTRE,
    CHANGES,
    CROSSINGS,
    FLATNESS,
    FLOOR_DB,
    LATER_LIKENESS,
    LEVEL,
    LIKENESS,
    LINE,
    LINES,
    PEAK_BIN,
)

BLOCKS: Final = 10
BLOCK_NAMES: Final[tuple[str, ...]] = (
    *("level_db", "level_max_db", "level_range_db", "received_share", "beyond8_share", "beyond24_share"),
    *("changes_share", "crossings", "voicing_mean", "voicing_max", "flatness", "centre", "likeness", "later_likeness"),
    *("line", "lines", "peak_bin", "low_db", "mid_low_db", "mid_high_db", "high_db"),
)

_SPECTRAL: Final = (FLATNESS, CENTRE, LIKENESS, LATER_LIKENESS, LINE, LINES, PEAK_BIN)
_NEPERS: Final = np.float32(0.1 * np.log(10.0))  # of power, in a decibel
_ROWS: Final = np.array(_SPECTRAL, dtype=np.int64)


def describe_blocks(frames: ChunkFrames, strength: NDArray[np.float32]) -> NDArray[np.float32]:
    """Numbers of each block, named by `BLOCK_NAMES`.

    Parameters
    ----------
    frames : ChunkFrames
    strength : ndarray of float32, shape (50,)
        From `features.voicing.voicing` of ``frames.samples``.

    Returns
    -------
    ndarray of float32, shape (10, len(BLOCK_NAMES))
        Finite. Levels are dBFS, of bands dB on the spectrum's scale, -90 where nothing was received; shares 0 to 1.
    """
    out = np.zeros((BLOCKS, len(BLOCK_NAMES)), np.float32)
    _blocks(frames.time, frames.heard, frames.spectrum, frames.bands_db, frames.whole, strength, _ROWS, out)
    return out


@njit(cache=True, nogil=True)
def _blocks(time, heard, spectrum, bands, whole, strength, rows, out):  # type: ignore[no-untyped-def]
    for b in range(out.shape[0]):
        _block_over_time(time, heard, b, out[b])
        mean, most = np.float32(0), np.float32(0)
        for f in range(5 * b, 5 * b + 5):
            sounding = strength[f] if heard[2 * f] >= 0.5 and heard[2 * f + 1] >= 0.5 else np.float32(0)
            mean += sounding / np.float32(5)
            most = max(most, sounding)
        out[b, 8], out[b, 9] = mean, most
    counts = np.zeros(out.shape[0])
    for t in range(whole.size):
        if whole[t]:
            b = (128 * t + 128) // 1600
            counts[b] += 1
            for place in range(rows.size):
                out[b, 10 + place] += spectrum[rows[place], t]
            for band in range(bands.shape[0]):
                out[b, 17 + (0, 1, 2, 2, 3, 3)[band]] += np.exp(_NEPERS * bands[band, t])
    for b in range(out.shape[0]):
        out[b, 10:17] /= max(counts[b], 1.0)
        for band in range(17, 21):
            out[b, band] = max(10.0 * np.log10(out[b, band] / max(counts[b], 1.0) + 1e-12), FLOOR_DB)


@njit(cache=True, nogil=True)
def _block_over_time(time, heard, b, out):  # type: ignore[no-untyped-def]
    total, weight, high, low, power = 0.0, 0.0, FLOOR_DB, 0.0, 0.0
    for f in range(10 * b, 10 * b + 10):
        total += heard[f]
        if heard[f] >= 0.5:
            weight += 1.0
            power += np.exp(_NEPERS * time[LEVEL, f])
            high, low = max(high, float(time[LEVEL, f])), min(low, float(time[LEVEL, f]))
            for place, row in enumerate((BEYOND_8, BEYOND_24, CHANGES, CROSSINGS)):
                out[4 + place] += time[row, f]
    out[3] = total / 10.0
    if weight == 0.0:
        out[0] = out[1] = FLOOR_DB
        return
    out[0], out[1], out[2] = max(10.0 * np.log10(power / weight), FLOOR_DB), high, high - low
    for place in range(4, 8):
        out[place] /= weight
