import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.lanczos import top_triplets

TOLERANCE = 2e-6  # of the greatest singular value, as the function states


def turned(values: list[float], rows: int, columns: int, seed: int = 1) -> np.ndarray:
    """Matrix with these singular values, turned at random."""
    rng = np.random.default_rng(seed)
    left = np.linalg.qr(rng.standard_normal((rows, rows)))[0][:, : len(values)]
    right = np.linalg.qr(rng.standard_normal((columns, columns)))[0][:, : len(values)]
    return (left * np.array(values) @ right.T).astype(np.float32)


def off(rows: np.ndarray, others: np.ndarray) -> float:
    """Sine of the largest angle between the first space and the second, of as many dimensions."""
    return float(np.linalg.norm(rows - rows @ others @ others.T, 2))


def check(matrix: np.ndarray, count: int) -> None:
    values, vectors = top_triplets(matrix, count)
    left, true, _ = np.linalg.svd(matrix.astype(np.float64), full_matrices=False)
    np.testing.assert_allclose(values, true[:count], atol=TOLERANCE * true[0])
    kept = int(np.sum(values > 0.0))
    np.testing.assert_allclose(vectors[:kept] @ vectors[:kept].T, np.eye(kept), atol=1e-5)
    assert not vectors[kept:].any()
    gap = true[kept - 1] - (true[kept] if kept < true.size else 0.0)
    assert off(vectors[:kept], left[:, :kept]) <= TOLERANCE * true[0] / gap + 1e-5


@pytest.mark.parametrize("shape", [(1, 1), (2, 5), (5, 2), (129, 3), (17, 40), (129, 124)])
def test_it_agrees_with_the_whole_decomposition(shape: tuple[int, int]):
    matrix = np.random.default_rng(shape[1]).standard_normal(shape).astype(np.float32)
    check(matrix, min(3, *shape))
    check(np.abs(matrix), min(3, *shape))


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.floats(0.01, 1.0), min_size=4, max_size=12).filter(
        lambda values: np.diff(np.sort(values)[-4:]).min() > 1e-3
    ),
    st.integers(12, 60),
    st.integers(12, 60),
    st.integers(0, 99),
)
def test_any_values_that_lie_apart_are_found(values: list[float], rows: int, columns: int, seed: int):
    check(turned(values, rows, columns, seed), 3)


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.sampled_from([0.0, 1e-7, 0.2, 0.2 + 1e-6, 0.5, 1.0]), min_size=3, max_size=10),
    st.integers(10, 40),
    st.integers(0, 99),
)
def test_whatever_it_gives_is_a_triplet_even_where_values_are_equal(values: list[float], size: int, seed: int):
    matrix = turned(values, size, 2 * size, seed)
    found, vectors = top_triplets(matrix, 3)
    strengths = np.linalg.norm(vectors @ matrix.astype(np.float64), axis=1)
    np.testing.assert_allclose(strengths, found, atol=1e-5 * max(values))
    assert np.all(np.diff(found) <= 0.0)
    assert found[0] == pytest.approx(max(values), rel=1e-5)


def test_equal_values_of_blocks_that_share_nothing_are_all_found():
    check(np.diag([3.0, 3.0, 3.0, 1.0]).astype(np.float32), 3)
    check(np.diag([1.0, 3.0, 2.0, 0.0, 0.0]).astype(np.float32), 3)
    check(np.ones((6, 9), np.float32), 3)


def test_nothing_in_a_matrix_gives_zeros():
    values, vectors = top_triplets(np.zeros((129, 124), np.float32), 3)
    assert not values.any()
    assert not vectors.any()


@pytest.mark.parametrize("ripple", [1e-1, 1e-4, 1e-7])
def test_a_matrix_of_nearly_one_rank_gives_finite_vectors(ripple: float):
    column = 1.0 + ripple * np.sin(np.arange(129.0))
    row = 1.0 + np.arange(124.0) / 124.0
    noise = 1e-9 * np.random.default_rng(1).standard_normal((129, 124))
    values, vectors = top_triplets((np.outer(column, row) + noise).astype(np.float32), 3)
    np.testing.assert_allclose(vectors[0] @ column, np.linalg.norm(column) * np.sign(vectors[0, 0]), rtol=1e-6)
    assert np.isfinite(vectors).all()
    assert values[1] <= 1e-5 * values[0]


def test_the_matrix_is_left_as_it_was():
    matrix = turned([3.0, 2.0, 1.0, 0.5], 9, 7)
    before = matrix.copy()
    top_triplets(matrix, 2)
    assert np.array_equal(matrix, before)


def test_what_cannot_have_so_many_is_refused():
    with pytest.raises(ValueError, match="rows and columns"):
        top_triplets(np.zeros((2, 3), np.float32), 3)
    with pytest.raises(ValueError, match="rows and columns"):
        top_triplets(np.zeros(3, np.float32), 1)
