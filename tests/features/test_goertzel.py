import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.goertzel import HOP, SAMPLE_RATE, block_energies, block_spectra, fit_sines


def sines(*components: tuple[float, float], samples: int = 4000) -> np.ndarray:
    t = np.arange(samples) / SAMPLE_RATE
    return np.round(sum(a * np.sin(2 * np.pi * f * t + i) for i, (f, a) in enumerate(components))).astype(np.int16)


def fit(pcm: np.ndarray, frequencies: tuple[float, ...], half: int):
    blocks = block_spectra(pcm, np.array(frequencies))
    return fit_sines(blocks, block_energies(pcm), tuple(range(len(frequencies))), frequencies, half)


@settings(deadline=None)  # the first example compiles
@given(st.integers(0, 2**32 - 1), st.floats(1, 3999), st.integers(0, 200))
def test_block_sums_are_the_fourier_sums_at_any_frequency(seed: int, frequency: float, samples: int) -> None:
    pcm = np.random.default_rng(seed).integers(-32768, 32768, samples).astype(np.int16)
    blocks = pcm[: samples // HOP * HOP].reshape(-1, HOP).astype(float)
    direct = blocks @ np.exp(-2j * np.pi * frequency / SAMPLE_RATE * np.arange(HOP))
    np.testing.assert_allclose(block_spectra(pcm, np.array([frequency]))[:, 0], direct, atol=1e-3)
    np.testing.assert_array_equal(block_energies(pcm), (blocks**2).sum(axis=1))


@pytest.mark.parametrize("off", [-38.0, -10.0, 0.0, 10.0, 38.0])
def test_a_sine_off_its_nominal_frequency_is_measured_where_it_is(off: float) -> None:
    found = fit(sines((1100 + off, 8000.0)), (1100.0,), 3)
    np.testing.assert_allclose(found.deviation_hz[:, 0], off, atol=0.6)
    np.testing.assert_allclose(found.power[:, 0], 8000**2 / 2, rtol=0.03)
    assert found.purity.min() > 0.97


def test_two_sines_forty_hertz_apart_are_told_apart_in_64_ms() -> None:
    found = fit(sines((440.0, 6000.0), (480.0, 3000.0)), (440.0, 480.0), 8)
    np.testing.assert_allclose(found.power, np.tile([6000**2 / 2, 3000**2 / 2], (len(found.power), 1)), rtol=0.01)
    np.testing.assert_allclose(found.deviation_hz, 0, atol=0.2)
    assert found.purity.min() > 0.99


def test_white_noise_is_not_pure() -> None:
    noise = (np.random.default_rng(1).normal(size=16000) * 3000).astype(np.int16)
    assert fit(noise, (1100.0,), 3).purity.max() < 0.7


@pytest.mark.parametrize("samples", [0, 1, 6 * HOP - 1])
def test_less_than_a_window_gives_no_frames(samples: int) -> None:
    assert len(fit(np.ones(samples, dtype=np.int16), (1100.0,), 3).purity) == 0


def test_equal_samples_at_another_offset_give_bit_identical_fits() -> None:
    pcm = sines((697.0, 5000.0), (1209.0, 5000.0))
    whole, later = fit(pcm, (697.0,), 3), fit(pcm[20 * HOP :].copy(), (697.0,), 3)
    np.testing.assert_array_equal(whole.power[20:], later.power)
    np.testing.assert_array_equal(whole.deviation_hz[20:], later.deviation_hz)
