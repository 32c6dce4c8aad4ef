import numpy as np
import pytest

from models.evaluation.labels import label_figures, macro_f1, mistakes

TRUTH = np.array(["speech"] * 4 + ["busy"] * 3 + ["noise"] * 3)
GIVEN = np.array(["speech", "speech", "speech", "busy", "busy", "busy", "undecided", "noise", "noise", "noise"])
RECORDINGS = ["a", "a", "b", "b", "c", "c", "d", "e", "f", "g"]


def test_precision_and_recall_are_counted_by_label():
    by_label = {one.label: one for one in label_figures(TRUTH, GIVEN, RECORDINGS)}
    assert set(by_label) == {"busy", "noise", "speech"}
    assert (by_label["speech"].precision, by_label["speech"].recall) == (1.0, 0.75)
    assert (by_label["busy"].precision, by_label["busy"].recall) == pytest.approx((2 / 3, 2 / 3))
    assert (by_label["busy"].chunks, by_label["busy"].recordings) == (3, 2)
    low, high = by_label["speech"].recall_interval
    assert low < 0.75 < high
    assert by_label["noise"].f1 == 1.0


def test_undecided_counts_as_wrong_in_the_mean_over_labels():
    found = macro_f1(TRUTH, GIVEN, RECORDINGS, seed=1, rounds=50, fewest=3)
    assert found.value == pytest.approx((6 / 7 + 2 / 3 + 1.0) / 3)
    assert (found.labels, found.chunks, found.groups) == (3, 10, 7)
    assert found.interval[0] <= found.value <= found.interval[1]
    assert macro_f1(TRUTH, GIVEN, RECORDINGS, seed=1, rounds=50, fewest=4).labels == 1


def test_nothing_to_evaluate_is_no_figure():
    nothing = np.array([], dtype=np.str_)
    assert np.isnan(macro_f1(nothing, nothing, [], seed=1, rounds=5).value)
    assert label_figures(nothing, nothing, []) == []


def test_mistakes_are_told_by_source_most_frequent_first():
    found = mistakes(TRUTH, np.where(TRUTH == "noise", "speech", GIVEN), ["one"] * 9 + ["two"])
    assert found[0] == ("one", "noise", "speech", 2)
    assert ("two", "noise", "speech", 1) in found
