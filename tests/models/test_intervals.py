"""Intervals against published and exact values."""

import numpy as np
import pytest

from models.evaluation.intervals import binomial_interval, grouped_interval, upper_bound


def test_no_hit_in_n_is_bounded_by_the_exact_formula() -> None:
    assert binomial_interval(0, 10) == pytest.approx((0.0, 1.0 - 0.025**0.1))
    assert upper_bound(0, 1500) == pytest.approx(1.0 - 0.05 ** (1 / 1500))
    assert upper_bound(0, 1500) < 1 / 500 < upper_bound(0, 1490)


def test_half_of_ten_has_the_textbook_interval() -> None:
    assert binomial_interval(5, 10) == pytest.approx((0.1871, 0.8129), abs=5e-5)


def test_of_nothing_nothing_is_known() -> None:
    assert binomial_interval(0, 0) == (0.0, 1.0)
    assert all(np.isnan(grouped_interval(np.zeros(0), [], np.mean, seed=1)))


def test_more_hits_than_trials_are_refused() -> None:
    with pytest.raises(ValueError, match="no share"):
        binomial_interval(3, 2)
    with pytest.raises(ValueError, match="group each"):
        grouped_interval(np.zeros(3), ["a"], np.mean, seed=1)


def test_chunks_of_few_recordings_say_less_than_as_many_recordings() -> None:
    values = np.repeat([0.0, 1.0], 200)
    alone = grouped_interval(values, np.arange(400), np.mean, seed=1, rounds=300)
    together = grouped_interval(values, np.arange(400) // 20, np.mean, seed=1, rounds=300)
    assert alone[0] < 0.5 < alone[1]
    assert together[1] - together[0] > 3 * (alone[1] - alone[0])
    assert alone == pytest.approx(binomial_interval(200, 400), abs=0.015)


def test_groups_of_unlike_size_are_drawn_whole_in_whatever_order_they_stand() -> None:
    values, groups = np.array([1.0, 5.0, 1.0, 5.0, 1.0]), ["a", "b", "a", "b", "a"]
    seen: set[tuple[float, ...]] = set()

    def remembered(draw: np.ndarray) -> float:
        seen.add(tuple(draw))
        return float(draw.mean())

    low, high = grouped_interval(values, groups, remembered, seed=2, rounds=40)
    assert seen == {(1.0,) * 6, (5.0,) * 4, (1.0, 1.0, 1.0, 5.0, 5.0), (5.0, 5.0, 1.0, 1.0, 1.0)}
    assert (low, high) == (1.0, 5.0)
