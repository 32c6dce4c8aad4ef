"""The population stability index against values worked out by hand, and samples in another population's deciles."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.stability import decile_shares, stability_index


def counted(sample: np.ndarray, edges: np.ndarray) -> np.ndarray:
    below = [(sample < edge).sum() for edge in edges]
    up_to = [(sample <= edge).sum() for edge in edges]
    return decile_shares(below, up_to, len(sample))


def deciles(sample: np.ndarray) -> np.ndarray:
    return np.asarray(np.quantile(sample, np.arange(1, 10) / 10, method="inverted_cdf"))


def test_the_index_is_what_a_hand_computes() -> None:
    # (.5-.4) ln(.5/.4) + (.5-.6) ln(.5/.6)
    assert stability_index([4, 6], [50, 50]) == pytest.approx(0.1 * math.log(1.25) - 0.1 * math.log(5 / 6))
    assert stability_index([0.25, 0.25, 0.5], [0.5, 0.25, 0.25]) == pytest.approx(0.5 * math.log(2))
    # an empty bin counts as one in ten thousand
    assert stability_index([1, 1], [1, 0]) == pytest.approx(0.5 * math.log(2) + 0.4999 * math.log(5000))


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=12).filter(any), st.integers(1, 50))
def test_equal_shares_have_no_distance_whatever_the_sizes(counts: list[int], times: int) -> None:
    assert stability_index(counts, [times * count for count in counts]) == pytest.approx(0, abs=1e-12)


def test_many_columns_are_compared_at_once() -> None:
    found = stability_index([[1, 1], [4, 6]], [[1, 1], [5, 5]])
    assert found == pytest.approx([0, stability_index([4, 6], [5, 5])])


@pytest.mark.parametrize("wrong", [[], [0, 0], [1, -1], [1, math.nan], [1, math.inf], 3])
def test_what_is_no_population_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match="population"):
        stability_index([1, 1], wrong)  # type: ignore[arg-type]


def test_a_population_in_its_own_deciles_has_a_tenth_in_each() -> None:
    sample = np.random.default_rng(1).normal(size=5000)
    assert counted(sample, deciles(sample)) == pytest.approx(np.full(10, 0.1), abs=1e-3)


@pytest.mark.parametrize("zeros", [0.05, 0.13, 0.4, 0.87, 1.0])
def test_values_that_are_equal_by_their_nature_are_no_drift(zeros: float) -> None:
    random = np.random.default_rng(2)
    old, new = (np.where(random.random(20_000) < zeros, 0.0, random.random(20_000)) for _ in range(2))
    assert stability_index(np.full(10, 0.1), counted(new, deciles(old))) < 0.002


def test_equal_values_that_become_fewer_or_more_are_drift() -> None:
    random = np.random.default_rng(3)
    old = np.where(random.random(5000) < 0.6, 0.0, random.random(5000))
    fewer = np.where(random.random(5000) < 0.2, 0.0, random.random(5000))
    assert stability_index(np.full(10, 0.1), counted(fewer, deciles(old))) > 0.25
    assert stability_index(np.full(10, 0.1), counted(np.zeros(5000), deciles(old))) > 0.25


def test_a_shift_by_a_whole_spread_is_seen_and_by_a_twentieth_is_not() -> None:
    random = np.random.default_rng(4)
    edges = deciles(random.normal(size=5000))
    expected = np.full(10, 0.1)
    assert stability_index(expected, counted(random.normal(1.0, size=2000), edges)) > 0.25
    assert stability_index(expected, counted(random.normal(0.05, size=2000), edges)) < 0.1


@pytest.mark.parametrize(
    ("below", "up_to", "total"),
    [
        ([0] * 8, [0] * 8, 5),
        ([0] * 9, [0] * 9, 0),
        ([3] * 9, [2] * 9, 5),
        ([0] * 9, [6] * 9, 5),
        ([5] + [0] * 8, [5] + [0] * 8, 5),
    ],
)
def test_counts_that_no_edges_give_are_refused(below: list[int], up_to: list[int], total: int) -> None:
    with pytest.raises(ValueError, match="edge"):
        decile_shares(below, up_to, total)
