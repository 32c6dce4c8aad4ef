"""Fingerprints of chunks and of whole calls; what gain, offset and pitch do to them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal import resample_poly

from features.fingerprint import (
    BINS,
    BINS_PER_OCTAVE,
    MAX_CHUNKS,
    SHIFTS,
    UNSHIFTED,
    Fingerprint,
    fingerprint,
    joined,
)

RATE = 8000
HOP = 128
LEAD_IN = 1024
CHUNK = 16_000


def syllables(seconds: float = 6.0, seed: int = 8) -> NDArray[np.float64]:
    """Harmonic sounds of 80 to 250 ms, each of another pitch and colour, with gaps: as uneven as speech is."""
    rng = np.random.default_rng(seed)
    n = int(seconds * RATE)
    out, at = np.zeros(n), 0
    while at < n:
        long = min(int(rng.uniform(0.08, 0.25) * RATE), n - at)
        time = np.arange(long) / RATE
        pitch = rng.uniform(100, 220) * (1 + rng.uniform(-0.3, 0.3) * time)
        formants = rng.uniform([300, 900, 2000], [800, 1900, 3100])
        for k in range(1, 30):
            tilt = np.exp(-0.5 * ((k * pitch[0] - formants[:, None]) / 120) ** 2).sum()
            out[at : at + long] += tilt * np.sin(2 * np.pi * k * np.cumsum(pitch) / RATE) * np.hanning(long)
        at += long + int(rng.uniform(0.0, 0.08) * RATE)
    return np.asarray(2500 * out / out.std(), np.float64)


def as_int16(signal: NDArray[np.float64]) -> NDArray[np.int16]:
    return np.clip(np.rint(signal), -32768, 32767).astype(np.int16)


def agreement(one: NDArray[np.uint32], other: NDArray[np.uint32]) -> float:
    """Share of equal bits where both have a word."""
    both = (one != 0) & (other != 0)
    different = np.unpackbits((one[both] ^ other[both]).view(np.uint8))
    return 1.0 - float(different.mean())


def equal(one: Fingerprint, other: Fingerprint) -> bool:
    return (
        np.array_equal(one.peaks, other.peaks)
        and np.array_equal(one.strengths, other.strengths)
        and np.array_equal(one.words, other.words)
    )


def survived(before: NDArray[np.int32], after: NDArray[np.int32], *, frames: int = 1, bins: int = 2) -> float:
    near = np.abs(before[:, None, :] - after[None, :, :]) <= (frames, bins)
    return float(near.all(axis=2).any(axis=1).mean())


def test_a_short_sound_is_a_peak_at_its_time_and_frequency() -> None:
    time = np.arange(17_024) / RATE
    signal = np.random.default_rng(5).standard_normal(17_024) * 20
    for hertz in (500.0, 1000.0, 2000.0):  # apart in frequency, since a lone line would pass for a tone
        signal += 6000 * np.exp(-0.5 * ((time - 0.8) / 0.02) ** 2) * np.sin(2 * np.pi * hertz * time)

    peaks = fingerprint(as_int16(signal)).peaks

    expected = [round(BINS_PER_OCTAVE * np.log2(f / 230.0)) for f in (500.0, 1000.0, 2000.0)]
    assert len(peaks) == 3
    assert np.abs(np.sort(peaks[:, 1]) - expected).max() <= 3
    assert np.abs(peaks[:, 0] * 0.016 + 0.064 - 0.8).max() <= 0.016


def test_shapes_order_and_density_are_as_documented() -> None:
    pcm = as_int16(syllables(6.0))

    taken = fingerprint(pcm)

    assert taken.frames == (len(pcm) - 1024) // 128 + 1
    assert taken.words.shape == (SHIFTS, taken.frames)
    assert taken.words.dtype == np.uint32
    assert taken.peaks.dtype == np.int32
    assert taken.strengths.shape == (len(taken.peaks),)
    assert np.array_equal(np.lexsort((taken.peaks[:, 1], taken.peaks[:, 0])), np.arange(len(taken.peaks)))
    assert taken.peaks[:, 1].min() >= 0
    assert taken.peaks[:, 1].max() < BINS
    assert 10 * 6 <= len(taken.peaks) <= 44 * 6


def test_the_same_audio_gives_the_same() -> None:
    pcm = as_int16(syllables())

    assert equal(fingerprint(pcm), fingerprint(pcm.copy()))


def test_a_call_heard_chunk_by_chunk_is_the_call_heard_at_once() -> None:
    pcm = as_int16(np.concatenate([np.zeros(LEAD_IN), syllables(8.0)]))
    chunks = [(c, fingerprint(pcm[c * CHUNK : c * CHUNK + LEAD_IN + CHUNK])) for c in range(4)]

    assert equal(joined(chunks), fingerprint(pcm))
    assert equal(joined(chunks[::-1]), fingerprint(pcm))


def test_a_chunk_that_is_missing_leaves_a_hole_of_its_length() -> None:
    pcm = as_int16(np.concatenate([np.zeros(LEAD_IN), syllables(6.0)]))
    chunks = [fingerprint(pcm[c * CHUNK : c * CHUNK + LEAD_IN + CHUNK]) for c in range(3)]
    whole = fingerprint(pcm)

    holed = joined([(0, chunks[0]), (2, chunks[2])])

    assert holed.frames == whole.frames
    assert not holed.words[:, 126:250].any()
    assert np.array_equal(holed.words[:, 250:], whole.words[:, 250:])
    assert not ((holed.peaks[:, 0] > 125) & (holed.peaks[:, 0] < 250)).any()


def test_joining_nothing_gives_nothing() -> None:
    assert joined([]).frames == 0
    assert len(joined([]).peaks) == 0


@pytest.mark.parametrize("number", [-1, MAX_CHUNKS])
def test_chunks_beyond_the_bounds_are_refused(number: int) -> None:
    with pytest.raises(ValueError, match="numbered"):
        joined([(number, fingerprint(np.zeros(17_024, np.int16)))])


@pytest.mark.parametrize("gain_db", [-12, 3])
def test_gain_moves_few_peaks_and_turns_few_bits(gain_db: int) -> None:
    voice = syllables()
    before, after = fingerprint(as_int16(voice)), fingerprint(as_int16(voice * 10 ** (gain_db / 20)))

    assert survived(before.peaks, after.peaks) >= 0.9
    assert agreement(before.words[UNSHIFTED], after.words[UNSHIFTED]) >= 0.9


def test_audio_that_begins_elsewhere_keeps_most_peaks_and_words() -> None:
    pcm = as_int16(syllables())
    whole, later = fingerprint(pcm), fingerprint(pcm[40 * HOP + HOP // 2 :])

    moved = later.peaks + np.array([40, 0], np.int32)
    words = whole.words[UNSHIFTED]

    assert survived(moved, whole.peaks) >= 0.8
    assert agreement(later.words[UNSHIFTED], words[40 : 40 + later.frames]) >= 0.85


@pytest.mark.parametrize("steps", [-5, 4])
def test_a_change_of_pitch_moves_peaks_and_the_row_of_words(steps: int) -> None:
    voice = syllables(4.0)
    factor = 2.0 ** (steps / 36)
    faster = resample_poly(voice, round(1000 / factor), 1000)  # of another speed too: frames are matched below
    before, after = fingerprint(as_int16(voice)), fingerprint(as_int16(faster))

    at = np.round(np.arange(after.frames) * factor + (factor - 1) * 4).astype(int)  # by the windows' middles
    inside = at < before.frames
    reference = before.words[UNSHIFTED][at[inside]]
    expected = after.peaks * (factor, 1) + ((factor - 1) * 4, -4 * steps)

    assert agreement(after.words[UNSHIFTED + steps][inside], reference) >= 0.75
    assert agreement(after.words[UNSHIFTED][inside], reference) <= 0.7
    assert survived(np.round(expected).astype(np.int32), before.peaks, frames=2, bins=3) >= 0.6


@pytest.mark.parametrize("n", [0, 1, 1023, 1024, 1151, 1152, 1300, 17_023, 17_024, 17_025, 17_152])
def test_audio_of_any_length_is_taken(n: int) -> None:
    taken = fingerprint(as_int16(syllables(3.0)[:n]))

    assert taken.frames == max(0, (n - 1024) // 128 + 1)
    assert len(taken.peaks) == len(taken.strengths)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 3000), st.sampled_from([1, 300, 32_767]), st.booleans())
def test_any_samples_are_taken(seed: int, n: int, level: int, masked: bool) -> None:
    rng = np.random.default_rng(seed)
    pcm = rng.integers(-level, level, n, endpoint=True).astype(np.int16)

    taken = fingerprint(pcm, rng.random(n) < 0.9 if masked else None)

    assert np.isfinite(taken.strengths).all()
    assert taken.words.shape == (SHIFTS, taken.frames)


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(TypeError, match="int16"):
        fingerprint(np.zeros(2000, np.float32))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="bool"):
        fingerprint(np.zeros(2000, np.int16), np.ones(2000, np.uint8))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="channel"):
        fingerprint(np.zeros((2000, 2), np.int16))
    with pytest.raises(ValueError, match="mask"):
        fingerprint(np.zeros(2000, np.int16), np.ones(1999, np.bool_))
    with pytest.raises(ValueError, match="chunks"):
        fingerprint(np.zeros(MAX_CHUNKS * CHUNK + 2000, np.int16))
