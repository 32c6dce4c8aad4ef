"""Fingerprint of a stretch of audio: a chunk, some of them in a row, a whole call."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from features.fingerprint.axis import (
    BIN_HZ,
    BINS_PER_OCTAVE,
    CHUNK_FRAMES,
    CHUNK_SAMPLES,
    HIGH,
    HOP,
    LOW,
    LOWEST_HZ,
    frames_in,
)
from features.fingerprint.gates import received_frames, telling_frames
from features.fingerprint.peaks import BINS_AROUND, FRAMES_AROUND, spectral_peaks
from features.fingerprint.spectrogram import power_spectrogram
from features.fingerprint.words import SHIFTS, band_words

MAX_CHUNKS: Final = 1800  # an hour: 6 MB of words a shift of pitch would go on beyond any use

_FLOOR_SHARE: Final = 0.25  # what is there a quarter of the time is no event
_FLOOR_STEP: Final = 3  # frames; their windows overlap by five eighths still
_FLOOR_BINS: Final = 9  # a floor found in so few windows is uneven where the noise is not
_RISEN: Final = 3.4  # times the floor: stationary noise is three times its lower quartile
_REACH: Final = 16  # frames: words count where peaks are within 0.26 s


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What is kept of a stretch of audio to find it again; frame f begins at its sample 128 f.

    Attributes
    ----------
    peaks
        int32, shape (n, 2): frame, and bin of 1/144 octave above 230 Hz; ordered by frame, then bin; at most 44 a
        second.
    strengths
        float32, shape (n,): how far each stands above its surroundings, natural logarithm of amplitude.
    words
        uint32, shape (`SHIFTS`, frames): a word a frame for each shift of pitch; 0 where there is no evidence.
    """

    peaks: NDArray[np.int32]
    strengths: NDArray[np.float32]
    words: NDArray[np.uint32]

    @property
    def frames(self) -> int:
        """How many windows the stretch holds."""
        return int(self.words.shape[1])


def fingerprint(pcm: NDArray[np.int16], received: NDArray[np.bool_] | None = None) -> Fingerprint:
    """Take the fingerprint of audio of any length.

    It is that of its chunks of two seconds, joined: every chunk is judged by itself, so a call heard chunk by chunk
    and the same call heard at once give the same, and memory is bounded however long it is.

    Silence, stationary noise, comfort noise, steady tones and tone bursts (ring-back, busy, DTMF), the signals of
    modems and faxes, and lost stretches leave no peaks, and their words are 0.

    Parameters
    ----------
    pcm : ndarray of int16, shape (n,)
        Audio at 8 kHz. A chunk as the window stage cuts it (1,024 samples of lead-in, 16,000 of its own) has 126
        frames. Less than a window (1,024 samples) has none. At most an hour.
    received : ndarray of bool, shape (n,), optional
        Which samples came; all of them when left out.

    Returns
    -------
    Fingerprint

    Raises
    ------
    TypeError
        When `pcm` isn't int16 or `received` isn't bool.
    ValueError
        When `pcm` isn't one-dimensional or is longer than an hour, or `received` isn't as long.
    """
    if pcm.dtype != np.int16:
        raise TypeError(f"expected int16 audio, not {pcm.dtype}")
    if pcm.ndim != 1:
        raise ValueError(f"expected one channel of audio, not an array of shape {pcm.shape}")
    if received is not None and received.dtype != np.bool_:
        raise TypeError(f"expected a mask of bool, not {received.dtype}")
    if received is not None and received.shape != pcm.shape:
        raise ValueError(f"the mask has shape {received.shape}, the audio {pcm.shape}")
    frames = frames_in(len(pcm))
    chunks = max(1, -(-(frames - 1) // CHUNK_FRAMES))
    if chunks > MAX_CHUNKS:
        raise ValueError(f"{len(pcm)} samples are more than {MAX_CHUNKS} chunks of two seconds")
    parts = []
    for number in range(chunks):
        cut = slice(number * CHUNK_FRAMES * HOP, number * CHUNK_FRAMES * HOP + CHUNK_SAMPLES)
        parts.append((number, _of_chunk(pcm[cut], None if received is None else received[cut])))
    return joined(parts)


def joined(parts: Sequence[tuple[int, Fingerprint]]) -> Fingerprint:
    """Put the fingerprints of chunks of one stream together.

    Parameters
    ----------
    parts : sequence of (int, Fingerprint)
        Number of each chunk, from 0 to `MAX_CHUNKS` - 1, and its fingerprint, in any order. Of two with one number
        the later counts.

    Returns
    -------
    Fingerprint
        Frame 0 is chunk 0's frame 0, whether that chunk is there or not. Holes have no peaks and words of 0. Where
        two chunks meet, of two peaks that one chunk would not both have had, the stronger stays.

    Raises
    ------
    ValueError
        When a number is out of range.
    """
    prints = dict(parts)
    numbers = sorted(prints)
    if numbers and not 0 <= numbers[0] <= numbers[-1] < MAX_CHUNKS:
        raise ValueError(f"chunks are numbered from 0 to {MAX_CHUNKS - 1}, not {numbers[0]} to {numbers[-1]}")
    ends = [CHUNK_FRAMES * number + prints[number].frames for number in numbers]
    words = np.zeros((SHIFTS, max(ends, default=0)), np.uint32)
    peaks, strengths = [np.zeros((0, 2), np.int32)], [np.zeros(0, np.float32)]
    for i, number in enumerate(numbers):
        part, first = prints[number], CHUNK_FRAMES * number
        own = part.frames if i + 1 == len(numbers) else min(part.frames, CHUNK_FRAMES * numbers[i + 1] - first)
        count = int(np.searchsorted(part.peaks[:, 0], own))
        words[:, first : first + own] = part.words[:, :own]
        peaks.append(part.peaks[:count] + np.array([first, 0], np.int32))
        strengths.append(part.strengths[:count])
    together, strength = np.concatenate(peaks), np.concatenate(strengths)
    kept = _undisputed(together, strength, [CHUNK_FRAMES * number for number in numbers[1:]])
    return Fingerprint(together[kept], strength[kept], words)


def _of_chunk(pcm: NDArray[np.int16], received: NDArray[np.bool_] | None) -> Fingerprint:
    power = power_spectrogram(pcm)
    came = received_frames(received, len(power))
    words = np.zeros((SHIFTS, len(power)), np.uint32)
    if not came.any():
        return Fingerprint(np.zeros((0, 2), np.int32), np.zeros(0, np.float32), words)
    floor = _floor(power[came])
    telling, lined = telling_frames(power, floor)
    telling &= came
    peaks, strengths = spectral_peaks(power, floor, telling)
    if len(peaks):
        words = band_words(power)
        words[:, ~(telling & _comparable(came, lined | _risen(power, floor)) & _near(peaks[:, 0], len(power)))] = 0
    return Fingerprint(peaks, strengths, words)


def _floor(power: NDArray[np.float32]) -> NDArray[np.float32]:
    """What is there most of the time at each frequency; noise is no more than it is around there."""
    sample = np.ascontiguousarray(power[::_FLOOR_STEP].T)
    kth = int(_FLOOR_SHARE * sample.shape[1])
    floor = np.partition(sample, kth, axis=1)[:, kth]
    return np.maximum(floor, uniform_filter1d(floor, _FLOOR_BINS))


def _risen(power: NDArray[np.float32], floor: NDArray[np.float32]) -> NDArray[np.bool_]:
    risen: NDArray[np.bool_] = power[:, LOW:HIGH].sum(axis=1) > _RISEN * floor[LOW:HIGH].sum()
    return risen


def _comparable(came: NDArray[np.bool_], sounding: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether the frames before and after, which a word compares, came, and one of them is more than floor."""
    came, sounding = np.pad(came, 1), np.pad(sounding, 1)
    comparable: NDArray[np.bool_] = came[:-2] & came[2:] & (sounding[:-2] | sounding[2:])
    return comparable


def _near(peaks: NDArray[np.int32], frames: int) -> NDArray[np.bool_]:
    steps = np.zeros(frames + 1, np.int64)
    np.add.at(steps, np.maximum(peaks - _REACH, 0), 1)
    np.add.at(steps, np.minimum(peaks + _REACH + 1, frames), -1)
    near: NDArray[np.bool_] = np.cumsum(steps[:-1]) > 0
    return near


def _undisputed(peaks: NDArray[np.int32], strengths: NDArray[np.float32], seams: Sequence[int]) -> NDArray[np.bool_]:
    """Leave the stronger of two peaks across a seam that are too near to be both the highest around them."""
    kept = np.ones(len(peaks), np.bool_)
    linear = LOWEST_HZ / BIN_HZ * 2.0 ** (peaks[:, 1] / BINS_PER_OCTAVE)
    for seam in seams:
        start, middle, stop = np.searchsorted(peaks[:, 0], (seam - FRAMES_AROUND, seam, seam + FRAMES_AROUND + 1))
        for i in range(start, middle):
            for j in range(middle, stop):
                far = peaks[j, 0] - peaks[i, 0] > FRAMES_AROUND or abs(linear[i] - linear[j]) > BINS_AROUND + 0.5
                if not far:
                    kept[i if strengths[i] < strengths[j] else j] = False
    return kept
