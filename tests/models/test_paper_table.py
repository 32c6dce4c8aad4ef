"""What three figures of a table give away, and what they would be elsewhere."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.evaluation.paper.table import (
    TABLE_1,
    Row,
    accuracy_at,
    false_positive_rate,
    implied_prevalence,
    precision_at,
    prevalence_range,
)

_SHARE = st.floats(0.05, 0.95)


@given(prevalence=_SHARE, recall=_SHARE, alarms=_SHARE)
def test_the_prevalence_comes_back_from_precision_recall_and_accuracy(
    prevalence: float, recall: float, alarms: float
) -> None:
    row = Row("any", precision_at(recall, alarms, prevalence), recall, accuracy_at(recall, alarms, prevalence))

    assert implied_prevalence(row) == pytest.approx(prevalence, rel=1e-6)
    assert false_positive_rate(row) == pytest.approx(alarms, rel=1e-6)


def test_the_papers_rows_cannot_come_from_one_test_set() -> None:
    ranges = {row.estimator: prevalence_range(row) for row in TABLE_1}

    assert ranges["LinearSVC"][0] < 0.1961 < ranges["LinearSVC"][1]
    assert ranges["random forest"][0] < 0.1961 < ranges["random forest"][1]
    assert ranges["SGDClassifier"][0] > 0.40


def test_a_row_without_precision_or_errors_implies_nothing() -> None:
    with pytest.raises(ValueError, match="precision of 0"):
        implied_prevalence(Row("none right", 0.0, 0.5, 0.5))
    with pytest.raises(ValueError, match="without errors"):
        implied_prevalence(Row("all right", 1.0, 1.0, 1.0))


def test_precision_falls_with_the_prevalence_and_is_nan_where_nothing_is_called() -> None:
    assert precision_at(0.9, 0.01, 0.01) == pytest.approx(0.476, abs=0.001)
    assert precision_at(0.9, 0.01, 0.39) == pytest.approx(0.983, abs=0.001)
    assert math.isnan(precision_at(0.0, 0.0, 0.5))
