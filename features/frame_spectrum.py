"""Kernels of a chunk's spectrum, column by column: power, shape, lines, likeness, and each bin's steadiness.

Inner loops run over columns, contiguous in memory, so that the compiler can use the processor's vector units;
logarithms are approximated for the same reason.
"""

from typing import Final

import numpy as np
from numba import njit

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

_LATER: Final = 8  # columns, 128 ms: beyond a syllable's steady part, within a note or a tone
_ROLLOFF: Final = 0.85
_POWER_FLOOR: Final = np.float32(1e-11)  # a tenth of a 16-bit step: keeps logarithms of exact silence finite
_DB_PER_LOG2: Final = np.float32(10.0 * np.log10(2.0))
_LN2: Final = np.float32(np.log(2.0))


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def over_frequency(magnitude, weight, edges, spectrum, bands, envelopes, steadiness, shape):  # type: ignore[no-untyped-def]
    """Power and shape of each column and of each band, and how steady each bin is."""
    frames = magnitude.shape[1]
    power, mantissa, logs = np.empty(frames, np.float32), np.empty(frames, np.float32), np.empty(frames, np.float32)
    total, first, second = np.zeros(frames, np.float32), np.zeros(frames, np.float32), np.zeros(frames, np.float32)
    geometric, top, place = np.zeros(frames, np.float32), np.zeros(frames, np.float32), np.zeros(frames, np.float32)
    weights = max(weight.sum(), np.float32(1))
    whole_power = np.float32(0)
    for b in range(bands.shape[0]):
        band_power = np.float32(0)
        for k in range(edges[b], edges[b + 1]):
            row, bin_, bin_power, bin_log = magnitude[k], np.float32(k), np.float32(0), np.float32(0)
            logs[:] = np.float32(0)
            for t in range(frames):
                p = row[t] * row[t] + _POWER_FLOOR
                power[t] = p
                total[t] += p
                first[t] += bin_ * p
                second[t] += bin_ * bin_ * p
                place[t] = bin_ if p > top[t] else place[t]
                top[t] = max(top[t], p)
                bands[b, t] += p
                bin_power += p * weight[t]
            _add_log2(power, mantissa, logs)
            for t in range(frames):
                geometric[t] += logs[t]
                bin_log += logs[t] * weight[t]
            if bin_power > np.float32(0):
                steady = np.exp(_LN2 * bin_log / weights) * weights / bin_power
                steadiness[k] = min(steady, np.float32(1))
            band_power += bin_power
        shape[b] = band_power
        whole_power += band_power
    for t in range(frames):
        envelopes[0, t] = np.sqrt(bands[0, t] + bands[1, t])
        envelopes[1, t] = np.sqrt(bands[2, t] + bands[3, t])
        envelopes[2, t] = np.sqrt(bands[4, t] + bands[5, t])
        envelopes[3, t] = np.sqrt(total[t])
    for b in range(bands.shape[0]):
        share = shape[b] / whole_power if whole_power > 0 else np.float32(0)
        shape[b] = 10.0 * np.log10(max(share, np.float32(1e-6)))
        logs[:] = np.float32(0)
        _add_log2(bands[b], mantissa, logs)
        for t in range(frames):
            bands[b, t] = logs[t] * _DB_PER_LOG2
    used = np.float32(edges[-1] - edges[0])
    logs[:] = np.float32(0)
    _add_log2(total, mantissa, logs)
    for t in range(frames):
        centre = first[t] / total[t]
        spectrum[POWER_DB, t] = logs[t] * _DB_PER_LOG2
        spectrum[CENTRE, t] = centre
        spectrum[SPREAD, t] = np.sqrt(max(second[t] / total[t] - centre * centre, np.float32(0)))
        spectrum[FLATNESS, t] = min(np.exp(_LN2 * geometric[t] / used) * used / total[t], np.float32(1))
        spectrum[PEAK_BIN, t] = place[t]
    _lines(magnitude, edges[0], total, place, spectrum)


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def likeness(magnitude, weight, spectrum):  # type: ignore[no-untyped-def]
    """Cosines between columns; 0 where one of the two has nothing in it."""
    bins, frames = magnitude.shape
    norm, near = np.full(frames, np.float32(1e-12)), np.zeros(frames, np.float32)
    far, to_mean = np.zeros(frames, np.float32), np.zeros(frames, np.float32)
    mean_norm = np.float32(1e-12)
    for k in range(BAND_EDGES[0], bins):
        row, mean = magnitude[k], np.float32(0)
        for t in range(frames):
            norm[t] += row[t] * row[t]
            mean += row[t] * weight[t]
        for t in range(1, frames):
            near[t] += row[t] * row[t - 1]
        for t in range(_LATER, frames):
            far[t] += row[t] * row[t - _LATER]
        for t in range(frames):
            to_mean[t] += row[t] * mean
        mean_norm += mean * mean
    for t in range(frames):
        before, earlier = norm[max(t - 1, 0)], norm[max(t - _LATER, 0)]
        spectrum[LIKENESS, t] = min(near[t] / np.sqrt(norm[t] * before), np.float32(1))
        spectrum[LATER_LIKENESS, t] = min(far[t] / np.sqrt(norm[t] * earlier), np.float32(1))
        spectrum[MEAN_LIKENESS, t] = min(to_mean[t] / np.sqrt(norm[t] * mean_norm), np.float32(1))


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def _lines(magnitude, lowest, total, place, spectrum):  # type: ignore[no-untyped-def]
    """Roll-off, and the share of the two strongest lines, which don't overlap."""
    bins, frames = magnitude.shape
    sofar, top, other = np.zeros(frames, np.float32), np.zeros(frames, np.float32), np.zeros(frames, np.float32)
    rolloff = spectrum[ROLLOFF]
    rolloff[:] = np.float32(lowest)
    for k in range(lowest, bins):
        row, bin_ = magnitude[k], np.float32(k)
        for t in range(frames):
            p = row[t] * row[t] + _POWER_FLOOR
            sofar[t] += p
            rolloff[t] += np.float32(sofar[t] < np.float32(_ROLLOFF) * total[t])
            apart = p if abs(bin_ - place[t]) > np.float32(4) else np.float32(0)
            other[t] = bin_ if apart > top[t] else other[t]
            top[t] = max(top[t], apart)
    for t in range(frames):
        one, two = np.float32(0), np.float32(0)
        for offset in range(-2, 3):
            k = int(place[t]) + offset
            if lowest <= k < bins:
                one += magnitude[k, t] * magnitude[k, t]
            k = int(other[t]) + offset
            if lowest <= k < bins and top[t] > np.float32(0):
                two += magnitude[k, t] * magnitude[k, t]
        spectrum[LINE, t] = min(one / total[t], np.float32(1))
        spectrum[LINES, t] = min((one + two) / total[t], np.float32(1))


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def _add_log2(power, mantissa, out):  # type: ignore[no-untyped-def]
    """Add the binary logarithm of each positive number, within 5e-5.

    The exponent is read from the bits; log2(1 + t) is t + t (1 - t) times a cubic, fitted at Chebyshev's points.
    """
    bits, fraction = power.view(np.int32), mantissa.view(np.int32)
    for t in range(power.size):
        fraction[t] = (bits[t] & np.int32(0x7FFFFF)) | np.int32(0x3F800000)
    for t in range(power.size):
        x = mantissa[t] - np.float32(1)
        q = np.float32(0.15201138) - np.float32(0.04583853) * x
        q = np.float32(0.44245304) + x * (np.float32(-0.27015314) + x * q)
        out[t] += np.float32((bits[t] >> 23) - 127) + x + x * (np.float32(1) - x) * q
