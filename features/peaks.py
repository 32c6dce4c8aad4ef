"""Spectral peaks: the few places of a spectrogram that gain, noise, codecs and filters leave where they are.

Windows of 128 ms with much overlap, as Pörschmann and Knospe chose for finding replayed calls ("Spectral Analysis of
Audio Signals for the Identification of Spam Over IP Telephony"), and a logarithmic frequency axis, on which a change
of pitch is a shift.
"""

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from features.spectrum import stft_magnitude

RATE: Final = 8000
WINDOW: Final = 1024  # 128 ms
HOP: Final = 128  # 16 ms; 125 hops are a chunk of two seconds
TICKS_PER_HOP: Final = 4  # peaks are placed to 4 ms, so that audio cut elsewhere between two hops gives the same
BINS_PER_OCTAVE: Final = 96
LOWEST_HZ: Final = 230.0  # below lies what a telephone's high-pass takes away
HIGHEST_HZ: Final = 3500.0
BINS: Final = int(np.log2(HIGHEST_HZ / LOWEST_HZ) * BINS_PER_OCTAVE) + 1

_BIN_HZ: Final = RATE / WINDOW
_LOW: Final = int(LOWEST_HZ / _BIN_HZ)
_HIGH: Final = int(HIGHEST_HZ / _BIN_HZ) + 1

# Tuned on synthetic and recorded speech against stationary noise, tones and codec idle noise
# (tests/features/test_peaks.py, tests/streams/test_replay.py).
_FRAMES_AROUND: Final = 4  # a peak is the highest within ±64 ms ...
_BINS_AROUND: Final = 3  # ... and ±23 Hz
_LOCAL_BINS: Final = 24  # the local mean is that of ±188 Hz
_OVER_LOCAL: Final = 0.9  # natural logarithm of amplitude: 7.8 dB above the local mean
_OVER_FLOOR: Final = 1.9  # 16.5 dB above its frequency's floor; the loudest cell of white noise reaches 15
_FLOOR_QUANTILE: Final = 0.25  # over the audio's frames: what is there a quarter of the time is no event
_LEAST: Final = 5e-4  # -66 dBFS, a sine's amplitude: below are idle noise and dead air
_TONE_SHARE: Final = 0.8  # two lines that hold this share of a frame's energy are a tone or a pair
_BAND_FROM: Final = int(900 / _BIN_HZ) - _LOW + 1  # bins; from 900 Hz up ...
_BAND: Final = int(400 / _BIN_HZ)  # ... 400 Hz ...
_BAND_SHARE: Final = 0.8  # ... that hold this share are a modem's two frequencies (V.21 in every fax call), no voice
_FLAT_FROM: Final = int(600 / _BIN_HZ) - _LOW + 1
_FLAT_TO: Final = int(2400 / _BIN_HZ) - _LOW + 1
_FLAT: Final = 0.45  # white noise has 0.56, a V.29 page and the training before it too; voiced speech 0.0 to 0.3
_BLOCK: Final = 31  # frames, 0.5 s, over which the density is bounded
_RECEIVED_SHARE: Final = 0.75


def spectral_peaks(
    pcm: NDArray[np.int16], received: NDArray[np.bool_] | None = None, *, per_second: int = 30
) -> NDArray[np.int32]:
    """Peaks of the spectrogram, at most `per_second`, the ones that stand out most.

    Silence, a stationary noise, comfort noise that is masked out, steady tones and tone bursts (ring-back, busy,
    DTMF), the signals of modems and faxes, and lost stretches leave none.

    Parameters
    ----------
    pcm : ndarray of int16, shape (n,)
        Audio at 8 kHz. Windows lie wholly inside; window i begins at sample 128 i.
    received : ndarray of bool, shape (n,), optional
        Which samples came; a window with less than three quarters of its samples is left out.
    per_second : int
        Greatest density, 2 to 200.

    Returns
    -------
    ndarray of int32, shape (m, 2)
        Tick (4 ms, a quarter of a hop, counted from the first window), and bin on the logarithmic axis:
        ``round(96 log2(f / 230 Hz))``, 0 to `BINS` - 1. Ordered by tick, then bin.

    Raises
    ------
    ValueError
        When `received` isn't as long as `pcm` or `per_second` is out of range.
    TypeError
        When `pcm` isn't int16.
    """
    if pcm.dtype != np.int16:
        raise TypeError(f"expected int16 audio, not {pcm.dtype}")
    if not 2 <= per_second <= 200:
        raise ValueError(f"per_second is from 2 to 200, not {per_second}")
    if received is not None and received.shape != pcm.shape:
        raise ValueError(f"the mask has shape {received.shape}, the audio {pcm.shape}")
    magnitude = np.ascontiguousarray(stft_magnitude(pcm, n_fft=WINDOW, hop=HOP)[_LOW - 1 : _HIGH + 2].T)
    frames = len(magnitude)
    if frames == 0:
        return np.zeros((0, 2), np.int32)
    usable = _few_lines(magnitude) < _TONE_SHARE
    usable &= (_in_band(magnitude) < _BAND_SHARE) & (_flatness(magnitude) < _FLAT)
    if received is not None:
        usable &= _received_share(received, frames) >= _RECEIVED_SHARE
    level = np.log(magnitude + np.float32(_LEAST / 8))
    floor = np.quantile(level, _FLOOR_QUANTILE, axis=0).astype(np.float32)
    found, excess = _maxima(level, floor, usable, np.float32(np.log(_LEAST)))
    kept = _strongest(found, excess, per_second)
    return _placed(level, found[kept])


def _received_share(received: NDArray[np.bool_], frames: int) -> NDArray[np.float64]:
    total = np.concatenate(([0], np.cumsum(received)))
    starts = HOP * np.arange(frames)
    return (total[starts + WINDOW] - total[starts]) / WINDOW


@njit(cache=True, nogil=True)
def _few_lines(magnitude: NDArray[np.float32]) -> NDArray[np.float32]:
    """Share of each frame's energy in its two strongest lines, a line being five bins (a Hann window's main lobe)."""
    frames, bins = magnitude.shape
    share = np.zeros(frames, np.float32)
    for t in range(frames):
        power = magnitude[t] * magnitude[t]
        whole, lines = power.sum() + np.float32(1e-12), np.float32(0)
        for _ in range(2):
            top = int(np.argmax(power))
            for f in range(max(0, top - 2), min(bins, top + 3)):
                lines += power[f]
                power[f] = 0
        share[t] = lines / whole
    return share


def _in_band(magnitude: NDArray[np.float32]) -> NDArray[np.float64]:
    """Greatest share of each frame's energy in a band above the first formant's."""
    total = np.cumsum(np.pad(magnitude.astype(np.float64) ** 2, ((0, 0), (1, 0))), axis=1)
    bands = total[:, _BAND_FROM + _BAND :] - total[:, _BAND_FROM:-_BAND]
    share: NDArray[np.float64] = bands.max(axis=1) / (total[:, -1] + 1e-12)
    return share


def _flatness(magnitude: NDArray[np.float32]) -> NDArray[np.float64]:
    """Geometric over arithmetic mean of each frame's power, 600 to 2,400 Hz."""
    power = magnitude[:, _FLAT_FROM:_FLAT_TO].astype(np.float64) ** 2 + 1e-12
    flatness: NDArray[np.float64] = np.exp(np.log(power).mean(axis=1)) / power.mean(axis=1)
    return flatness


@njit(cache=True, nogil=True)
def _maxima(
    level: NDArray[np.float32], floor: NDArray[np.float32], usable: NDArray[np.bool_], least: np.float32
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Cells that are the highest around them, with how far they stand above their local mean."""
    frames, bins = level.shape
    found = np.zeros((frames * 32, 2), np.int32)
    excess = np.zeros(frames * 32, np.float32)
    count = 0
    for t in range(frames):
        if not usable[t]:
            continue
        for f in range(1, bins - 1):
            value = level[t, f]
            if value < least or value < floor[f] + _OVER_FLOOR or count == len(found):
                continue
            if not _highest(level, t, f):
                continue
            over = value - level[t, max(0, f - _LOCAL_BINS) : f + _LOCAL_BINS + 1].mean()
            if over >= _OVER_LOCAL:
                found[count, 0], found[count, 1], excess[count] = t, f, over
                count += 1
    return found[:count], excess[:count]


@njit(cache=True, nogil=True)
def _highest(level: NDArray[np.float32], t: int, f: int) -> bool:
    """Whether no cell around is higher; of equal ones the first wins."""
    frames, bins = level.shape
    value = level[t, f]
    for u in range(max(0, t - _FRAMES_AROUND), min(frames, t + _FRAMES_AROUND + 1)):
        for g in range(max(0, f - _BINS_AROUND), min(bins, f + _BINS_AROUND + 1)):
            other = level[u, g]
            if other > value or (other == value and (u, g) < (t, f)):
                return False
    return True


def _strongest(found: NDArray[np.int32], excess: NDArray[np.float32], per_second: int) -> NDArray[np.int64]:
    """Indices of the best in every block, in order of frame and bin."""
    block = found[:, 0] // _BLOCK
    order = np.lexsort((-excess, block))
    first = np.searchsorted(block[order], block[order])
    rank = np.arange(len(order)) - first
    return np.sort(order[rank < max(1, per_second * _BLOCK * HOP // RATE)])


def _placed(level: NDArray[np.float32], found: NDArray[np.int32]) -> NDArray[np.int32]:
    """Time and frequency between the cells, by parabolas through three of them, in ticks and logarithmic bins."""
    t, f = found[:, 0], found[:, 1]
    here = level[t, f]
    last = len(level) - 1
    late = _vertex(level[np.maximum(t - 1, 0), f], here, level[np.minimum(t + 1, last), f])
    high = _vertex(level[t, f - 1], here, level[t, f + 1])
    tick = np.round((t + late) * TICKS_PER_HOP)
    place = np.round(BINS_PER_OCTAVE * np.log2((f + _LOW - 1 + high) * _BIN_HZ / LOWEST_HZ))
    inside = (place >= 0) & (place < BINS) & (tick >= 0)
    peaks = np.stack((tick[inside], place[inside]), axis=1).astype(np.int32)
    return peaks[np.lexsort((peaks[:, 1], peaks[:, 0]))]


def _vertex(before: NDArray[np.float32], here: NDArray[np.float32], after: NDArray[np.float32]) -> NDArray[np.float32]:
    """Where between -0.5 and 0.5 the parabola through three values at -1, 0 and 1 is highest."""
    bend = np.minimum(before - 2 * here + after, np.float32(-1e-6))
    vertex: NDArray[np.float32] = np.clip(np.float32(0.5) * (before - after) / bend, -0.5, 0.5)
    return vertex
