"""Goertzel sums of blocks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.goertzel import SAMPLE_RATE, block_spectra


@settings(deadline=None)  # the first example compiles
@given(st.integers(0, 2**32 - 1), st.floats(1, 3999), st.integers(0, 200), st.integers(1, 100))
def test_block_sums_are_the_fourier_sums_at_any_frequency(
    seed: int, frequency: float, samples: int, block: int
) -> None:
    pcm = np.random.default_rng(seed).integers(-32768, 32768, samples).astype(np.int16)
    blocks = pcm[: samples // block * block].reshape(-1, block).astype(float)
    direct = blocks @ np.exp(-2j * np.pi * frequency / SAMPLE_RATE * np.arange(block))
    np.testing.assert_allclose(block_spectra(pcm, np.array([frequency]), block)[:, 0], direct, atol=1e-2)


@pytest.mark.parametrize("samples", [0, 1, 39])
def test_less_than_a_block_gives_no_sums(samples: int) -> None:
    assert block_spectra(np.ones(samples, np.int16), np.array([1100.0]), 40).shape == (0, 1)
