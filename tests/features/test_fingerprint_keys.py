"""Postings and probes: what is enrolled is what is asked for, and what is asked for stays in its budget."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from features.fingerprint import (
    BINS,
    FINGERPRINT_VERSION,
    FIRST_KEY,
    LAST_KEY,
    POSTINGS_PER_HALF_SECOND,
    SHAPE_BITS,
    SHIFTS,
    Fingerprint,
    decode_words,
    encode_words,
    key_frequencies,
    key_version,
    postings,
    probes,
)


def peaked(peaks: NDArray[np.int32], seed: int = 2) -> Fingerprint:
    strengths = np.random.default_rng(seed).uniform(0.5, 3.0, len(peaks)).astype(np.float32)
    frames = int(peaks[:, 0].max()) + 1 if len(peaks) else 0
    return Fingerprint(peaks, strengths, np.zeros((SHIFTS, frames), np.uint32))


def random_peaks(seed: int = 1, count: int = 125, frames: int = 313) -> NDArray[np.int32]:
    rng = np.random.default_rng(seed)
    peaks = np.stack([rng.integers(0, frames, count), rng.integers(60, BINS - 60, count)], axis=1).astype(np.int32)
    return peaks[np.lexsort((peaks[:, 1], peaks[:, 0]))]


def found(enrolled: NDArray[np.int32], heard: NDArray[np.int32]) -> float:
    """Share of the postings that some probe asks for."""
    return float(np.isin(postings(peaked(enrolled)).keys, probes(peaked(heard)).keys).mean())


def test_keys_carry_the_version() -> None:
    keys = np.concatenate([postings(peaked(random_peaks())).keys, probes(peaked(random_peaks())).keys])

    assert len(keys) > 100
    assert set(key_version(keys).tolist()) == {FINGERPRINT_VERSION}
    assert keys.min() >= FIRST_KEY
    assert keys.max() <= LAST_KEY


def test_postings_are_bounded_and_ordered() -> None:
    rows = postings(peaked(random_peaks(count=600)))

    per_half_second = np.bincount(rows.frames * 4 // 125)
    assert per_half_second.max() == POSTINGS_PER_HALF_SECOND
    assert (np.diff(rows.frames) >= 0).all()
    assert rows.bins.dtype == np.uint8
    assert rows.keys.dtype == np.uint32


def test_what_is_enrolled_is_asked_for() -> None:
    peaks = random_peaks()

    assert found(peaks, peaks) >= 0.95
    assert found(peaks, random_peaks(seed=9)) <= 0.05


def test_the_same_peaks_later_have_the_same_keys() -> None:
    peaks = random_peaks()
    now, later = postings(peaked(peaks)), postings(peaked(peaks + np.array([1000, 0], np.int32)))

    assert np.array_equal(now.keys, later.keys)
    assert np.array_equal(later.frames - now.frames, np.full(len(now.frames), 1000))


def test_peaks_a_little_off_are_asked_for() -> None:
    peaks = random_peaks()
    off = peaks + np.random.default_rng(3).integers(-1, 2, peaks.shape).astype(np.int32)

    assert found(peaks, off[np.lexsort((off[:, 1], off[:, 0]))]) >= 0.4


@pytest.mark.parametrize("bins", [-18, 18])
def test_another_pitch_is_asked_for_and_told_by_the_bins(bins: int) -> None:
    peaks = random_peaks()
    heard = probes(peaked(peaks + np.array([0, bins], np.int32)))
    rows = postings(peaked(peaks))

    row, probe = np.nonzero(rows.keys[:, None] == heard.keys[None, :])
    shift = rows.bins[row].astype(int) - heard.bins[probe]
    same = rows.frames[row] == heard.frames[probe]

    assert found(peaks, peaks + np.array([0, bins], np.int32)) >= 0.75
    assert np.mean(np.abs(shift[same] + bins / 3) <= 1) >= 0.95


@pytest.mark.parametrize("tempo", [0.9, 1.1])
def test_another_tempo_is_asked_for(tempo: float) -> None:
    peaks = random_peaks()

    assert found(peaks, np.round(peaks * (1 / tempo, 1)).astype(np.int32)) >= 0.5


def test_common_keys_are_left_out_first_and_the_budget_is_kept() -> None:
    peaks = random_peaks()
    frequency = np.random.default_rng(4).exponential(3000.0, 1 << SHAPE_BITS).astype(np.float32)

    few = probes(peaked(peaks), frequency, budget=50_000)
    many = probes(peaked(peaks), frequency, budget=500_000)

    def mean_frequency(keys: NDArray[np.uint32]) -> float:
        return float(frequency[keys & np.uint32((1 << SHAPE_BITS) - 1)].mean())

    assert 0 < len(few.keys) < len(many.keys)
    assert np.array_equal(few.keys, many.keys[: len(few.keys)])
    assert mean_frequency(few.keys) < mean_frequency(many.keys) < 3000.0
    assert len(probes(peaked(peaks), most=100).keys) <= 100


def test_frequencies_are_of_shapes_wherever_they_stand() -> None:
    keys = np.array([FIRST_KEY + 5, FIRST_KEY + 5 + (1 << SHAPE_BITS), FIRST_KEY + 7], np.uint32)

    table = key_frequencies(keys, np.array([1, 2, 1]))

    assert table.shape == (1 << SHAPE_BITS,)
    assert table[5] == 3
    assert table[7] == 1
    assert key_frequencies(keys[:0], np.zeros(0, np.int64)).sum() == 0


def test_frequencies_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="shapes"):
        probes(peaked(random_peaks()), np.zeros(100, np.float32))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, BINS - 1)), max_size=60))
def test_any_peaks_are_taken(pairs: list[tuple[int, int]]) -> None:
    peaks = np.array(sorted(pairs), np.int32).reshape(-1, 2)

    rows, asked = postings(peaked(peaks)), probes(peaked(peaks))

    assert len(rows.keys) == len(rows.frames) == len(rows.bins)
    assert len(asked.keys) == len(asked.frames) == len(asked.bins)
    assert len(peaks) >= 3 or len(rows.keys) + len(asked.keys) == 0


@given(st.lists(st.integers(0, 2**32 - 1), max_size=60))
def test_words_are_read_back_as_they_were_written(numbers: list[int]) -> None:
    words = np.array(numbers, np.uint32)

    read = decode_words(encode_words(words))

    assert np.array_equal(read, np.trim_zeros(words[::2], "b"))


def test_words_are_stored_least_byte_first_every_second_frame() -> None:
    assert encode_words(np.array([0x01020304, 99, 5, 98, 0], np.uint32)) == bytes([4, 3, 2, 1, 5, 0, 0, 0])


def test_what_are_no_words_is_refused() -> None:
    with pytest.raises(TypeError, match="uint32"):
        encode_words(np.zeros(4, np.int64))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="row"):
        encode_words(np.zeros((SHIFTS, 4), np.uint32))
    with pytest.raises(ValueError, match="four bytes"):
        decode_words(b"12345")
