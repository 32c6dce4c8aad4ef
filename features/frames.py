"""What one chunk shows frame by frame: level and crossings every 20 ms, shape of the spectrum every 16 ms.

`features.sound` sums a chunk up from these, `features.blocks` each tenth of it. Frames that were not (wholly) received
are marked and count nowhere: a lost packet is no silence. Inner loops run over frames, contiguous in memory, so that
the compiler can use the processor's vector units; logarithms are approximated for the same reason.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from features.extent import greatest
from features.spectrum import HOP, N_FFT

CHUNK: Final = 16_000  # samples
FRAME: Final = 160  # samples: 20 ms, the usual packet
FRAMES: Final = CHUNK // FRAME
BINS: Final = N_FFT // 2 + 1
COLUMNS: Final = 1 + (CHUNK - N_FFT) // HOP
BAND_EDGES: Final = (2, 10, 26, 51, 77, 110, 129)  # bins: 62, 312, 812, 1,594, 2,406, 3,437 and 4,031 Hz
BANDS: Final = len(BAND_EDGES) - 1
FLOOR_DB: Final = -90.0  # dBFS: one step of 16 bits

LEVEL, CROSSINGS, BEYOND_8, BEYOND_24, CHANGES = range(5)  # rows of `ChunkFrames.time`
POWER_DB, CENTRE, SPREAD, FLATNESS, ROLLOFF, PEAK_BIN, LINE, LINES, LIKENESS, LATER_LIKENESS, MEAN_LIKENESS = range(11)

_LATER: Final = 8  # columns, 128 ms: beyond a syllable's steady part, within a note or a tone
_ROLLOFF: Final = 0.85
_POWER_FLOOR: Final = np.float32(1e-11)  # a tenth of a 16-bit step: keeps logarithms of exact silence finite
_DB_PER_LOG2: Final = np.float32(10.0 * np.log10(2.0))
_LN2: Final = np.float32(np.log(2.0))
_EDGES: Final = np.array(BAND_EDGES, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class ChunkFrames:
    """Frames of one chunk.

    Attributes
    ----------
    samples : ndarray of float32, shape (16000,)
        Fractions of full scale, without the chunk's mean; zero where nothing was received.
    heard : ndarray of float32, shape (100,)
        Share of each 20 ms that was received, 0 to 1.
    time : ndarray of float32, shape (5, 100)
        For each 20 ms: level (dBFS, -90 to 0), zero crossings a received sample (0 to 1), share of the received
        samples beyond ±8 and beyond ±24 (0 to 1), share that differs from the sample before (0 to 1).
    moments : ndarray of float64, shape (5,)
        Of the received samples: mean (of full scale), variance, fourth central moment over the variance's square,
        distinct steps of 8 (0 to 8192), share within 2 % of the greatest magnitude.
    whole : ndarray of bool, shape (124,)
        Columns of the spectrum all of whose samples were received.
    spectrum : ndarray of float32, shape (11, 124)
        For each column: power (dB), centre, spread and 85 % roll-off (bins), flatness (0 a line, 1 flat), strongest
        bin, share of the power in the strongest line and in the two strongest (a line being five bins), cosine to the
        column before, to that 128 ms before, and to the mean spectrum.
    bands_db : ndarray of float32, shape (6, 124)
        Power in each band of `BAND_EDGES`, dB.
    envelopes : ndarray of float32, shape (4, 124)
        Amplitude below 812 Hz, up to 2,406 Hz, above, and of all.
    steadiness : ndarray of float32, shape (129,)
        Geometric over arithmetic mean of each bin's power over the whole columns, 0 to 1.
    shape_db : ndarray of float32, shape (6,)
        Share of each band in the mean power, dB, -60 to 0.
    """

    samples: NDArray[np.float32]
    heard: NDArray[np.float32]
    time: NDArray[np.float32]
    moments: NDArray[np.float64]
    whole: NDArray[np.bool_]
    spectrum: NDArray[np.float32]
    bands_db: NDArray[np.float32]
    envelopes: NDArray[np.float32]
    steadiness: NDArray[np.float32]
    shape_db: NDArray[np.float32]


def chunk_frames(
    samples: NDArray[np.float32], received: NDArray[np.bool_], magnitude: NDArray[np.float32]
) -> ChunkFrames:
    """Measure the frames of one chunk.

    Parameters
    ----------
    samples : ndarray of float32, shape (16000,)
        Fractions of full scale; what was not received is ignored.
    received : ndarray of bool, shape (16000,)
    magnitude : ndarray of float32, shape (129, 124)
        Of the same samples, from `features.spectrum.stft_magnitude` as it is by default.

    Returns
    -------
    ChunkFrames
        Finite throughout.

    Raises
    ------
    ValueError
        When a shape is another, or there is NaN or infinity.
    """
    if samples.shape != (CHUNK,) or received.shape != (CHUNK,) or magnitude.shape != (BINS, COLUMNS):
        raise ValueError(f"expected {CHUNK} samples and {BINS} by {COLUMNS} magnitudes, not {magnitude.shape}")
    greatest(magnitude)
    heard, centred = np.zeros(FRAMES, np.float32), np.zeros(CHUNK, np.float32)
    time, moments = np.zeros((5, FRAMES), np.float32), np.zeros(5)
    mask = received.astype(np.float32)
    _over_time(np.ascontiguousarray(samples, np.float32), mask, centred, heard, time, moments)
    most = greatest(centred)
    moments[4] = _near(centred, mask, np.float32(0.98 * most)) if most > 0.0 else 0.0
    whole = whole_columns(received)
    spectrum = np.zeros((11, COLUMNS), np.float32)
    bands, envelopes = np.zeros((BANDS, COLUMNS), np.float32), np.zeros((4, COLUMNS), np.float32)
    steadiness, shape = np.zeros(BINS, np.float32), np.zeros(BANDS, np.float32)
    weight = whole.astype(np.float32)
    _over_frequency(np.ascontiguousarray(magnitude), weight, _EDGES, spectrum, bands, envelopes, steadiness, shape)
    _likeness(np.ascontiguousarray(magnitude), weight, spectrum)
    return ChunkFrames(centred, heard, time, moments, whole, spectrum, bands, envelopes, steadiness, shape)


def whole_columns(received: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which columns of a chunk's spectrum hold received samples alone; shape (124,) for shape (16000,)."""
    if received.all():
        return np.ones(COLUMNS, dtype=np.bool_)
    halves = np.asarray(received[: (COLUMNS + 1) * HOP].reshape(-1, HOP).all(axis=1), dtype=np.bool_)
    whole: NDArray[np.bool_] = halves[:-1] & halves[1:]
    return whole


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract", "nnan", "nsz"})
def _over_time(samples, mask, centred, heard, time, moments):  # type: ignore[no-untyped-def]
    total, count = 0.0, 0.0
    for f in range(heard.size):
        part, here = np.float32(0), np.float32(0)
        for i in range(f * FRAME, (f + 1) * FRAME):
            part += samples[i] * mask[i]
            here += mask[i]
        total += float(part)
        count += float(here)
        heard[f] = here / np.float32(FRAME)
    if count == 0.0:
        time[LEVEL, :] = np.float32(FLOOR_DB)
        return
    mean = np.float32(total / count)
    for i in range(samples.size):
        centred[i] = (samples[i] - mean) * mask[i]
    square, fourth = 0.0, 0.0
    for f in range(heard.size):
        energy, power4 = _frame(samples, mask, centred, f, heard[f], time)
        square += energy
        fourth += power4
    moments[0] = mean
    moments[1] = square / count
    moments[2] = fourth * count / (square * square) if square > 0.0 else 0.0
    moments[3] = _distinct(samples, mask)


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract", "nnan", "nsz"})
def _near(samples, mask, limit):  # type: ignore[no-untyped-def]
    """Share of the received samples whose magnitude is at least the limit."""
    near, count = np.float32(0), np.float32(0)
    for i in range(samples.size):
        near += mask[i] if abs(samples[i]) >= limit else np.float32(0)
        count += mask[i]
    return near / max(count, np.float32(1))


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract", "nnan", "nsz"})
def _frame(samples, mask, centred, f, heard, time):  # type: ignore[no-untyped-def]
    """Numbers of one frame of 20 ms, and its sums for the chunk: squares, fourth powers."""
    energy, power4 = np.float32(0), np.float32(0)
    eight, twenty4 = np.float32(0), np.float32(0)
    crossings, changes = np.float32(0), np.float32(0)
    low, high, one, none = np.float32(8.5 / 32768.0), np.float32(24.5 / 32768.0), np.float32(1), np.float32(0)
    first, last = f * FRAME, (f + 1) * FRAME
    here, plain, kept = centred[first:last], samples[first:last], mask[first:last]
    for i in range(FRAME):
        square = here[i] * here[i]
        energy += square
        power4 += square * square
    for i in range(FRAME):
        eight += kept[i] if abs(plain[i]) > low else none
    for i in range(FRAME):
        twenty4 += kept[i] if abs(plain[i]) > high else none
    for i in range(1, FRAME):
        turn = (one if here[i] >= none else none) - (one if here[i - 1] >= none else none)
        crossings += kept[i] * kept[i - 1] * turn * turn
    for i in range(1, FRAME):
        changes += kept[i] * kept[i - 1] * (one if plain[i] != plain[i - 1] else none)
    number = max(heard * np.float32(FRAME), one)
    time[LEVEL, f] = max(10.0 * np.log10(energy / number + 1e-12), FLOOR_DB)
    time[CROSSINGS, f] = crossings / number
    time[BEYOND_8, f] = eight / number
    time[BEYOND_24, f] = twenty4 / number
    time[CHANGES, f] = changes / number
    return energy, power4


@njit(cache=True, nogil=True)
def _distinct(samples, mask):  # type: ignore[no-untyped-def]
    """How many different multiples of 8, of 16-bit samples, occur among every third sample."""
    seen, places = np.zeros(8194, np.uint8), np.empty((samples.size + 2) // 3, np.int32)
    for i in range(places.size):
        place = min(max(np.int32(samples[3 * i] * np.float32(4096.0)), np.int32(-4096)), np.int32(4096))
        places[i] = place + np.int32(4096) if mask[3 * i] > 0 else np.int32(8193)
    for place in places:
        seen[place] = 1
    total = 0
    for k in range(8193):
        total += seen[k]
    return np.float64(total)


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


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def _over_frequency(magnitude, weight, edges, spectrum, bands, envelopes, steadiness, shape):  # type: ignore[no-untyped-def]
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
def _likeness(magnitude, weight, spectrum):  # type: ignore[no-untyped-def]
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
