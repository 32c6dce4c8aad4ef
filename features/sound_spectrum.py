"""Kernels over a chunk's columns of 16 ms: shapes of the spectrum, its bands, and how fast they move."""

from typing import Final

import numpy as np
from numba import njit

from features.figures import at, correlation, longest, mean_sd, mean_sd_where
from features.layout import (
    BAND_EDGES,
    CENTRE,
    FLATNESS,
    LATER_LIKENESS,
    LIKENESS,
    LINE,
    LINES,
    MEAN_LIKENESS,
    PEAK_BIN,
    POWER_DB,
    ROLLOFF,
    SPREAD,
)

HOP_S: Final = 0.016


@njit(cache=True, nogil=True)
def describe_shapes(spectrum, whole, powers, out):  # type: ignore[no-untyped-def]
    """Mean, deviation and loud part of each shape of the spectrum; how long its strongest bin stays."""
    loud = whole & (spectrum[POWER_DB] >= at(powers, 0.75))
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
        out[3 * place], out[3 * place + 1] = mean_sd_where(spectrum[row], valid)
        out[3 * place + 2] = mean_sd_where(spectrum[row], valid * strong)[0]
    peak = spectrum[PEAK_BIN]
    out[27], out[28] = mean_sd_where(peak, strong)
    kept = near.copy()
    for t in range(1, kept.size):
        kept[t] &= abs(peak[t] - peak[t - 1]) <= 1.0
    out[29], out[30] = np.sum(kept) / max(np.sum(near), 1), HOP_S * longest(kept)
    count = max(np.sum(whole), 1)
    out[31] = np.sum(whole & (spectrum[LINE] > 0.8)) / count
    out[32] = np.sum(whole & (spectrum[LINES] > 0.8)) / count


@njit(cache=True, nogil=True)
def describe_bands(ordered, steadiness, out):  # type: ignore[no-untyped-def]
    """Contrast and steadiness of each band."""
    for b in range(ordered.shape[0]):
        out[b] = at(ordered[b], 0.9) - at(ordered[b], 0.1)
        out[ordered.shape[0] + b] = np.mean(steadiness[BAND_EDGES[b] : BAND_EDGES[b + 1]])


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def describe_modulation(envelopes, whole, cosines, sines, out):  # type: ignore[no-untyped-def]
    """Comodulation of three bands; share of each envelope's variance in octaves of rate, and its depth."""
    place = 0
    for a, b in ((0, 1), (0, 2), (1, 2)):
        out[place] = correlation(envelopes[a][whole], envelopes[b][whole])
        place += 1
    moving = np.zeros(whole.size, np.float32)
    for part in range(envelopes.shape[0]):
        mean, sd = mean_sd(envelopes[part][whole])
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
