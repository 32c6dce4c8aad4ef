"""The front end: what the spectrum of every 64 ms holds besides its one or two strongest sines.

Windows of 512 samples (Hann), one every 128, are transformed in groups of one fixed shape, so that a stream cut up
in other pieces gives bit for bit the same figures. What a tone could be is told from the share of the energy that
lies about the strongest peaks: speech and music rarely leave less than a fifth elsewhere for long, noise never does.
"""

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.fft import rfft

SAMPLE_RATE: Final = 8000
HOP: Final = 128  # samples; divides a chunk of two seconds (16,000) and its lead-in (1,024)
WINDOW: Final = 512
GROUP: Final = 65  # frames transformed at once: 2 groups are a chunk with its lead-in
ADVANCE: Final = GROUP * HOP  # samples from group to group
SPAN: Final = ADVANCE + WINDOW - HOP  # samples that a group's windows cover
KEPT: Final = 16  # frames of the group before that stay in the table: 256 ms

NOTHING, SINGLE, PAIR, KEYED, LOST = 0, 1, 2, 3, 4  # what a frame can be
KIND, LOW, HIGH, POWER, TOTAL, STEADY, MISSING = range(7)  # columns of the table
STEADY_FRAMES: Final = 5  # 1,024 samples: what a chunk and the one before it both see

_HANN: Final = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)
_TO_POWER: Final = 2.0 / (WINDOW * float(np.sum(_HANN.astype(np.float64) ** 2)))  # of summed squares, to mean square
_LOST_SAMPLES: Final = 40  # in a window: fewer do no harm

# Shares of a frame's energy: a tone 10 dB over white noise holds 0.91. Tuned on speech, music and made tones.
_MIN_SHARE = 0.78
_MIN_TROUGH = 0.6  # for 400 Hz, which Japan's exchanges modulate down to nothing 16 times a second
_MIN_KEYED = 0.8
_MIN_ANY = 0.3  # less about the strongest peak: neither one tone nor two
_LOWEST, _HIGHEST = 20, 147  # bins searched for peaks: 312 to 2290 Hz
_PAIRS = 43  # the higher tone of a pair lies below this bin: 672 Hz
_NEAR = 4  # bins either side of a peak that are its own: beats and modulation up to 60 Hz
_KEYED_LOW, _KEYED_HIGH = 98, 126  # 1531 to 1953 Hz: V.21's channel 2
_LEAST_TWIST = 0.08  # the weaker of a pair to the stronger
_BIN = SAMPLE_RATE / WINDOW  # Hz
_SCALE = _TO_POWER
# What five frames of one tone have in common
_MAX_DRIFT_HZ = 7.0
_MAX_SWING = 4.0  # 6 dB: beats of 25 Hz give 3
_MAX_TROUGH = 20.0  # 13 dB, about 400 Hz


def new_table() -> NDArray[np.float64]:
    """Return an empty table: shape (KEPT + GROUP, 7), one row per frame, columns `KIND` to `MISSING`.

    ``LOW`` and ``HIGH`` are the mean frequencies, in Hz, of the strongest cluster and of a pair's second (else 0), the
    lower first; ``POWER`` is the mean square of these clusters in squared sample units, ``TOTAL`` that of the frame;
    ``STEADY`` is 1 where this frame and the four before it are one tone; ``MISSING`` the share of the window's samples
    that were lost: with 5 ms or more the kind is `LOST`.
    """
    return np.zeros((KEPT + GROUP, 7))


@njit(cache=True, nogil=True)
def _peak_sample(pcm):  # type: ignore[no-untyped-def]
    most = 0
    for x in pcm:
        most = max(most, abs(int(x)))
    return most


@njit(cache=True, nogil=True)
def _window(pcm, hann, out):  # type: ignore[no-untyped-def]
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = np.float32(pcm[i * HOP + j]) * hann[j]


@njit(cache=True, nogil=True)
def _peak(power, low, high, skip):  # type: ignore[no-untyped-def]
    best, most = low, np.float32(-1.0)
    for k in range(low, high):
        if power[k] > most and abs(k - skip) > _NEAR:
            best, most = k, power[k]
    return best


@njit(cache=True, nogil=True)
def _sum(power, first, end):  # type: ignore[no-untyped-def]
    total, moment = 0.0, 0.0
    for k in range(first, end):
        total += power[k]
        moment += k * power[k]
    return total, moment


@njit(cache=True, nogil=True)
def _second(power, first, one, total, row):  # type: ignore[no-untyped-def]
    """Make a pair of the frame where a second cluster of 312 to 672 Hz explains it."""
    second = _peak(power, _LOWEST, _PAIRS, first)
    if second > first:
        two, moment = _sum(power, max(second - _NEAR, first + _NEAR + 1), second + _NEAR + 1)
    else:
        two, moment = _sum(power, second - _NEAR, min(second + _NEAR, first - _NEAR - 1) + 1)
    if two < _LEAST_TWIST * one or one + two < _MIN_SHARE * total:
        return
    row[KIND], row[POWER], row[HIGH] = PAIR, (one + two) * _SCALE, moment / two * _BIN
    if second < first:
        row[LOW], row[HIGH] = row[HIGH], row[LOW]


@njit(cache=True, nogil=True)
def _judge(power, total, row):  # type: ignore[no-untyped-def]
    first = _peak(power, _LOWEST, _HIGHEST, -99)
    one, moment = _sum(power, first - _NEAR, first + _NEAR + 1)
    row[LOW], row[POWER] = moment / one * _BIN, one * _SCALE
    if first >= _KEYED_LOW:
        keyed, _ = _sum(power, _KEYED_LOW, _KEYED_HIGH)
        if keyed >= _MIN_KEYED * total and one < 0.93 * keyed:
            row[KIND], row[POWER] = KEYED, keyed * _SCALE
            return
    if one < _MIN_ANY * total:
        return
    if one >= (_MIN_TROUGH if abs(row[LOW] - 400.0) < 5.0 else _MIN_SHARE) * total:
        row[KIND] = SINGLE
    if first < _PAIRS:
        _second(power, first, one, total, row)


@njit(cache=True, nogil=True)
def _steady(table, at):  # type: ignore[no-untyped-def]
    kind, hits = 0.0, 0
    low, high, power = (9e9, 0.0), (9e9, 0.0), (9e99, 0.0)
    for i in range(at - STEADY_FRAMES + 1, at + 1):
        if table[i, KIND] == LOST:
            continue
        if table[i, KIND] == NOTHING or (hits and table[i, KIND] != kind):
            return False
        kind = table[i, KIND]
        hits += 1
        low = (min(low[0], table[i, LOW]), max(low[1], table[i, LOW]))
        high = (min(high[0], table[i, HIGH]), max(high[1], table[i, HIGH]))
        power = (min(power[0], table[i, POWER]), max(power[1], table[i, POWER]))
    if hits < 3 or kind == KEYED:
        return hits >= 3
    swing = _MAX_TROUGH if abs((low[0] + low[1]) / 2 - 400.0) < 5.0 else _MAX_SWING
    return low[1] - low[0] <= _MAX_DRIFT_HZ and high[1] - high[0] <= _MAX_DRIFT_HZ and power[1] <= swing * power[0]


@njit(cache=True, nogil=True)
def _fill(spectra, least, lost, table):  # type: ignore[no-untyped-def]
    power = np.empty(spectra.shape[1], np.float32)
    any_steady = False
    for i in range(spectra.shape[0]):
        row = table[KEPT + i]
        row[:] = 0.0
        total = np.float32(0.0)
        for k in range(2, power.size):  # the first two bins are direct current
            power[k] = spectra[i, k].real * spectra[i, k].real + spectra[i, k].imag * spectra[i, k].imag
            total += power[k]
        row[TOTAL] = total * _SCALE
        if row[TOTAL] >= least:
            _judge(power, total, row)
        row[MISSING] = lost[i] / WINDOW
        if lost[i] >= _LOST_SAMPLES:
            row[KIND] = LOST
        elif row[KIND] != NOTHING and _steady(table, KEPT + i):
            row[STEADY] = 1.0
            any_steady = True
    return any_steady


@njit(cache=True, nogil=True)
def _missing(received, out):  # type: ignore[no-untyped-def]
    for i in range(out.size):
        count = 0
        for j in range(WINDOW):
            count += not received[i * HOP + j]
        out[i] = count


_NONE_LOST: Final = np.zeros(GROUP, np.int64)


def look(
    pcm: NDArray[np.int16], received: NDArray[np.bool_] | None, least_power: float, table: NDArray[np.float64]
) -> bool:
    """Look at one group of frames; tell whether anything in it is steady.

    Parameters
    ----------
    pcm
        Shape (SPAN,), int16, contiguous.
    received
        Shape (SPAN,), which samples came; None: all.
    least_power
        Mean square, squared sample units, below which a frame is nothing.
    table
        From `new_table`; its last `KEPT` rows move to its beginning and the group's rows take their place.
    """
    table[:KEPT] = table[GROUP:]
    lost = _NONE_LOST
    if received is not None and not received.all():
        lost = np.empty(GROUP, np.int64)
        _missing(received, lost)
    elif (peak := int(_peak_sample(pcm))) ** 2 < least_power:  # no window of it can be louder
        table[KEPT:] = 0.0
        table[KEPT:, TOTAL] = peak**2
        return False
    windows = np.empty((GROUP, WINDOW), np.float32)
    _window(pcm, _HANN, windows)
    return bool(_fill(rfft(windows, axis=1, overwrite_x=True), least_power, lost, table))
