"""Runs of equal values."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.matching.runs import distinct, runs


@given(st.lists(st.integers(0, 9), max_size=50))
def test_runs_are_where_a_value_differs_from_the_one_before(values: list[int]) -> None:
    ordered = np.sort(np.array(values, np.uint32))
    bounds = runs(ordered)
    assert [ordered[a:b].tolist() for a, b in pairwise(bounds)] == [
        [value] * values.count(value) for value in sorted(set(values))
    ]


@pytest.mark.parametrize("values", [[], [3], [2, 2, 2], [5, 1, 5, 0, 2**32 - 1, 0]])
def test_distinct_values_are_each_there_once_in_their_order(values: list[int]) -> None:
    assert distinct(np.array(values, np.uint32)).tolist() == sorted(set(values))
