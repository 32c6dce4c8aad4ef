import numpy as np
import pytest

from features.bases import top_bases
from features.spectrum import stft_magnitude


def magnitude(seed: int = 1, n: int = 16000) -> np.ndarray:
    rng = np.random.default_rng(seed)
    tones = np.sin(2 * np.pi * rng.uniform(300, 3400, 4)[:, None] / 8000 * np.arange(n)).sum(axis=0)
    gate = np.repeat(rng.uniform(0, 1, n // 400 + 1), 400)[:n]
    return stft_magnitude((tones * gate + 0.3 * rng.standard_normal(n)).astype(np.float32))


def largest_angle(a: np.ndarray, b: np.ndarray) -> float:
    """Largest principal angle between the row spaces, in radians."""
    cosines = np.linalg.svd(a.astype(np.float64) @ b.astype(np.float64).T, compute_uv=False)
    return float(np.arccos(np.clip(cosines.min(), -1, 1)))


@pytest.mark.parametrize("seed", range(5))
def test_it_agrees_with_the_whole_decomposition(seed: int):
    matrix = magnitude(seed)
    left, values, _ = np.linalg.svd(matrix.astype(np.float64), full_matrices=False)
    bases, ours = top_bases(matrix)
    assert bases.shape == (3, 129)
    np.testing.assert_allclose(ours, values[:3], rtol=1e-5)
    assert largest_angle(bases, left[:, :3].T) < 1e-3
    assert largest_angle(bases[:1], left[:, :1].T) < 1e-3


def test_the_sign_is_fixed_and_the_first_basis_is_nowhere_negative():
    bases, _ = top_bases(magnitude())
    assert bases[0].min() > -1e-6
    assert np.all((bases.astype(np.float64) ** 3).sum(axis=1) >= 0)


def test_gain_changes_the_values_and_not_the_bases():
    loud, loud_values = top_bases(magnitude())
    quiet, quiet_values = top_bases(magnitude() * np.float32(1e-20))
    np.testing.assert_allclose(quiet, loud, atol=1e-5)
    np.testing.assert_allclose(quiet_values, loud_values * 1e-20, rtol=1e-4)


@pytest.mark.parametrize("shape", [(129, 0), (129, 124), (0, 0), (1, 5)])
def test_silence_has_no_bases(shape: tuple[int, int]):
    bases, values = top_bases(np.zeros(shape, np.float32))
    assert bases.shape == (3, shape[0])
    assert not bases.any()
    assert not values.any()


def test_what_lies_beyond_the_rank_is_zero_instead_of_arbitrary():
    shape = np.abs(np.random.default_rng(2).standard_normal(129)).astype(np.float32)
    bases, values = top_bases(np.outer(shape, np.arange(1, 9)).astype(np.float32))
    np.testing.assert_allclose(bases[0], shape / np.linalg.norm(shape), atol=1e-6)
    assert not bases[1:].any()
    assert not values[1:].any()


def test_fewer_bins_than_bases_are_filled_up_with_zeros():
    bases, values = top_bases(np.array([[3.0, 0.0], [0.0, 2.0]], np.float32))
    np.testing.assert_allclose(bases, [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]], atol=1e-6)
    np.testing.assert_allclose(values, [3.0, 2.0, 0.0], atol=1e-6)


def test_what_is_not_a_finite_matrix_is_refused():
    with pytest.raises(ValueError, match="bins, frames"):
        top_bases(np.zeros(5, np.float32))
    with pytest.raises(ValueError, match="NaN"):
        top_bases(np.full((3, 3), np.nan, np.float32))


def test_the_faintest_click_has_one_finite_basis():
    pcm = np.zeros(258, np.int16)
    pcm[1] = 1
    bases, values = top_bases(stft_magnitude(pcm))
    assert np.isfinite(bases).all()
    assert values[0] > 0.0
    assert not values[1:].any()
