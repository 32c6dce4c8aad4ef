import numpy as np
import pytest

from features.eigen import gram, top_eigenpairs


def symmetric(values: list[float], seed: int = 1) -> np.ndarray:
    """Matrix with these eigenvalues, turned at random."""
    turn = np.linalg.qr(np.random.default_rng(seed).standard_normal((len(values), len(values))))[0]
    matrix = turn @ np.diag(values) @ turn.T
    return 0.5 * (matrix + matrix.T)


def check(matrix: np.ndarray, count: int) -> None:
    values, vectors = top_eigenpairs(matrix, count)
    scale = max(np.abs(matrix).max(), 1e-300)
    np.testing.assert_allclose(values / scale, np.linalg.eigvalsh(matrix)[::-1][:count] / scale, atol=1e-11)
    np.testing.assert_allclose(vectors @ vectors.T, np.eye(count), atol=1e-9)
    np.testing.assert_allclose((vectors @ matrix) / scale, values[:, None] * vectors / scale, atol=1e-9)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 17, 129])
@pytest.mark.parametrize("seed", range(3))
def test_it_agrees_with_the_whole_decomposition(n: int, seed: int):
    half = np.random.default_rng(seed).standard_normal((n, n))
    check(half @ half.T, min(3, n))
    check(half + half.T, min(3, n))


@pytest.mark.parametrize(
    "values",
    [
        [5.0, 5.0, 5.0, 1.0, 0.0],
        [5.0, 5.0 - 1e-12, 5.0 - 2e-12, 0.0, 0.0, 0.0],
        [1e12, 1.0, 1e-3, 0.0],
        [7.0, 0.0, 0.0, 0.0],
        [0.0, -1.0, -2.0],
    ],
)
def test_equal_close_and_missing_values_do_not_trouble_it(values: list[float]):
    check(symmetric(values), 3)


def test_diagonal_constant_and_zero_matrices_work_too():
    check(np.diag([1.0, 3.0, 2.0]), 3)
    check(np.ones((6, 6)), 3)
    check(np.zeros((4, 4)), 3)


@pytest.mark.parametrize("scale", [1e-200, 1e-14, 1.0, 1e200])
def test_a_matrix_of_nearly_one_rank_and_any_scale_gives_finite_vectors(scale: float):
    column = 1.0 + 1e-7 * np.sin(np.arange(129.0))
    check(np.outer(column, column) * scale, 3)


def test_the_matrix_is_left_as_it_was():
    matrix = symmetric([3.0, 2.0, 1.0])
    before = matrix.copy()
    top_eigenpairs(matrix, 2)
    assert np.array_equal(matrix, before)


def test_what_is_not_square_is_refused():
    with pytest.raises(ValueError, match="square"):
        top_eigenpairs(np.zeros((2, 3)), 1)
    with pytest.raises(ValueError, match="square"):
        top_eigenpairs(np.zeros((2, 2)), 3)


def test_the_gram_matrix_is_the_product_with_the_transpose():
    matrix = np.random.default_rng(3).standard_normal((7, 5))
    np.testing.assert_allclose(gram(matrix[:, ::2]), matrix[:, ::2] @ matrix[:, ::2].T, atol=1e-13)
