import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import stft

from features.spectrum import stft_magnitude


def noise(n: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(n).astype(np.float32)


@pytest.mark.parametrize(("n_fft", "hop"), [(256, 128), (256, 80), (16, 1), (1024, 512), (128, 128)])
@pytest.mark.parametrize("n", [16000, 1024 + 512, 1024])
def test_it_agrees_with_scipy(n_fft: int, hop: int, n: int):
    pcm = noise(n)
    theirs = np.abs(stft(pcm, nperseg=n_fft, noverlap=n_fft - hop, boundary=None, padded=False, detrend=False)[2])
    ours = stft_magnitude(pcm, n_fft=n_fft, hop=hop)
    assert ours.shape == theirs.shape
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, 2 * theirs, atol=2e-6 * theirs.max())


def test_a_sine_reads_its_amplitude_in_its_own_row():
    pcm = np.round(8192 * np.cos(2 * np.pi * 500 / 8000 * np.arange(16000))).astype(np.int16)
    magnitude = stft_magnitude(pcm)
    assert magnitude.shape == (129, 124)
    assert np.all(magnitude.argmax(axis=0) == 16)
    np.testing.assert_allclose(magnitude.max(axis=0), 0.25, rtol=1e-3)


@given(st.integers(0, 700), st.integers(1, 64))
def test_every_length_and_hop_gives_the_stated_number_of_frames(n: int, hop: int):
    frames = 1 + (n - 64) // hop if n >= 64 else 0
    magnitude = stft_magnitude(noise(n), n_fft=64, hop=hop)
    assert magnitude.shape == (33, frames)
    assert np.isfinite(magnitude).all()


def test_two_frames_in_one_column_do_not_leak_into_each_other():
    pcm = np.concatenate([np.zeros(256, np.int16), np.full(256, 32767, np.int16), np.zeros(256, np.int16)])
    magnitude = stft_magnitude(pcm, n_fft=256, hop=256)
    assert np.abs(magnitude[:, [0, 2]]).max() < 1e-6
    assert magnitude[0, 1] > 1.9


def test_what_it_cannot_transform_is_refused():
    with pytest.raises(ValueError, match="one channel"):
        stft_magnitude(np.zeros((2, 400), np.int16))
    with pytest.raises(ValueError, match="power of two"):
        stft_magnitude(np.zeros(400, np.int16), n_fft=200)
    with pytest.raises(ValueError, match="hop"):
        stft_magnitude(np.zeros(400, np.int16), hop=0)
    with pytest.raises(TypeError, match="int16 or float32"):
        stft_magnitude(np.zeros(400, np.float64))  # type: ignore[arg-type]
