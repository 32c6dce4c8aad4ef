"""Flatness and crest by band, and the codebooks made of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from features.codebook import between, distance, errors, lbg, pack, unpack
from features.mpeg7 import BANDS, RATE, VALUES, band_edges, flatness_and_crest


def noise(seconds: float, seed: int = 0) -> NDArray[np.int16]:
    sound: NDArray[np.int16] = np.random.default_rng(seed).normal(0, 3000, round(seconds * RATE)).astype(np.int16)
    return sound


def tone(hz: float, seconds: float) -> NDArray[np.int16]:
    wave = 8000 * np.sin(2 * np.pi * hz / RATE * np.arange(round(seconds * RATE)))
    sound: NDArray[np.int16] = wave.astype(np.int16)
    return sound


def clusters(n: int, spread: float) -> NDArray[np.float32]:
    rng = np.random.default_rng(1)
    centres = rng.uniform(-10, 10, (4, VALUES))
    return (centres[rng.integers(0, 4, n)] + spread * rng.standard_normal((n, VALUES))).astype(np.float32)


def test_fourteen_bands_reach_from_250_hz_to_what_a_telephone_passes() -> None:
    edges = band_edges()
    assert len(edges) == BANDS + 1 == 15
    assert (edges[0], edges[4], edges[8]) == (250.0, 500.0, 1000.0)
    assert 1.05 * edges[-1] < 3400 < 1.05 * edges[-1] * 2**0.25


def test_noise_is_flatter_than_a_tone_and_a_tone_has_the_greater_crest_in_its_band() -> None:
    values = {"noise": flatness_and_crest(noise(3.0)).mean(axis=0), "tone": flatness_and_crest(tone(1500, 3.0))[50]}
    band = int(np.searchsorted(band_edges(), 1500)) - 1
    assert values["tone"][band] < 0.25 * values["noise"][band]
    assert values["tone"][BANDS + band] > values["noise"][BANDS + band] > 1.0


def test_silence_is_flat_in_all_bands() -> None:
    assert (flatness_and_crest(np.zeros(2400, np.int16)) == 1.0).all()


def test_level_changes_nothing() -> None:
    quiet = noise(1.0) // 4
    assert np.allclose(flatness_and_crest(quiet), flatness_and_crest((4 * quiet.astype(np.int32)).astype(np.int16)))


@pytest.mark.parametrize(("samples", "frames"), [(0, 0), (1, 0), (239, 0), (240, 1), (479, 1), (480, 2)])
def test_windows_lie_wholly_inside(samples: int, frames: int) -> None:
    assert flatness_and_crest(noise(1.0)[:samples]).shape == (frames, VALUES)


@given(st.binary(max_size=4000))
def test_any_audio_gives_values_in_range(raw: bytes) -> None:
    values = flatness_and_crest(np.frombuffer(raw[: len(raw) // 2 * 2], np.int16))
    assert np.isfinite(values).all()
    assert (values[:, :BANDS] >= 0).all()
    assert (values[:, :BANDS] <= 1 + 1e-6).all()
    assert (values[:, BANDS:] >= 1 - 1e-6).all()


@pytest.mark.parametrize(
    ("pcm", "hop", "error"),
    [
        (np.zeros(999, np.float32), 240, TypeError),
        (np.zeros((2, 999), np.int16), 240, ValueError),
        (np.zeros(999, np.int16), 0, ValueError),
    ],
)
def test_other_input_is_refused(pcm: NDArray[np.int16], hop: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        flatness_and_crest(pcm, hop=hop)


def test_a_codebook_finds_the_clusters_and_is_the_same_each_time() -> None:
    vectors = clusters(400, 0.1)
    codes = lbg(vectors, 16)
    assert errors(vectors, codes).max() < 2.0
    assert (codes == lbg(vectors, 16)).all()


def test_few_vectors_make_few_codes() -> None:
    assert lbg(clusters(100, 1.0)).shape == (64, VALUES)
    assert lbg(np.ones((50, VALUES), np.float32)).shape == (1, VALUES)


def test_a_sound_is_nearer_to_its_own_codebook_than_to_anothers() -> None:
    first, second = flatness_and_crest(noise(3.0)), flatness_and_crest(tone(700, 3.0) + noise(3.0, 1) // 30)
    one, other = lbg(first, 16), lbg(second, 16)
    assert distance(first, one) < distance(first, other)
    assert between(one, one) == pytest.approx(0, abs=2e-3)
    assert between(one, other) == between(other, one)
    assert between(one, other) > 0.1


def test_nothing_is_infinitely_far_from_every_codebook() -> None:
    assert distance(np.zeros((0, VALUES), np.float32), np.ones((1, VALUES), np.float32)) == np.inf


def test_a_codebook_of_256_is_7168_bytes_and_keeps_its_values_to_half_a_step() -> None:
    codes = np.random.default_rng(0).uniform(0, 9, (256, VALUES)).astype(np.float32)
    packed = pack(codes, 0.0, 9.0)
    assert len(packed) == 7168
    assert np.abs(unpack(packed, 0.0, 9.0, VALUES) - codes).max() <= 0.5 * 9 / 255 + 1e-5


def test_vectors_that_no_codebook_can_be_made_of_are_refused() -> None:
    for vectors, size in ((np.zeros((0, 3)), 4), (np.full((5, 3), np.nan), 4), (np.zeros((5, 3)), 3)):
        with pytest.raises(ValueError, match=r"."):
            lbg(vectors.astype(np.float32), size)
    with pytest.raises(ValueError, match="go together"):
        errors(np.zeros((5, 3), np.float32), np.zeros((5, 4), np.float32))
    with pytest.raises(ValueError, match="vectors of 2 values"):
        unpack(b"abc", 0.0, 1.0, 2)
    with pytest.raises(ValueError, match="below"):
        pack(np.zeros((1, 1), np.float32), 1.0, 1.0)
