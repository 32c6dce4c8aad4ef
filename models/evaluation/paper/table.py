"""The paper's Table 1, and what its three figures give away together: how many of the tested calls were silent."""

from dataclasses import dataclass
from typing import Final

SILENT: Final = (256, 692)  # silent calls of the paper's two batches
ORDINARY: Final = 1500


@dataclass(frozen=True, slots=True)
class Row:
    """One line of Table 1: shares from 0 to 1."""

    estimator: str
    precision: float
    recall: float
    accuracy: float


TABLE_1: Final = (
    Row("LinearSVC", 0.5857, 0.6360, 0.8404),
    Row("SGDClassifier", 0.8185, 0.5256, 0.7631),
    Row("random forest", 0.8382, 0.6327, 0.9040),
)
_ROUNDING: Final = 0.00005  # the paper gives hundredths of a per cent


def implied_prevalence(row: Row) -> float:
    """Share of silent calls in the only test set that can have given these three figures.

    With prevalence p, recall R and precision P the missed are p (1 - R) and the false alarms p R (1 - P) / P; together
    they are 1 - accuracy.

    Returns
    -------
    float
        From 0 to 1.

    Raises
    ------
    ValueError
        When the precision is 0, or neither misses nor false alarms are possible.
    """
    if row.precision <= 0.0:
        raise ValueError("a precision of 0 says nothing of the prevalence")
    errors_per_silent_call = 1.0 - row.recall + row.recall * (1.0 - row.precision) / row.precision
    if errors_per_silent_call <= 0.0:
        raise ValueError("without errors every prevalence gives the same figures")
    return (1.0 - row.accuracy) / errors_per_silent_call


def prevalence_range(row: Row) -> tuple[float, float]:
    """Least and greatest prevalence that the rounding of the three figures leaves room for."""
    steps = (-_ROUNDING, _ROUNDING)
    found = [
        implied_prevalence(Row(row.estimator, row.precision + p, row.recall + r, row.accuracy + a))
        for p in steps
        for r in steps
        for a in steps
    ]
    return min(found), max(found)


def false_positive_rate(row: Row) -> float:
    """Share of ordinary calls that the row's estimator called silent, at the prevalence that the row implies."""
    prevalence = implied_prevalence(row)
    return prevalence * row.recall * (1.0 - row.precision) / row.precision / (1.0 - prevalence)


def precision_at(recall: float, false_positives: float, prevalence: float) -> float:
    """Precision of an estimator where another share of the calls is silent.

    Parameters
    ----------
    recall, false_positives : float
        Shares of the silent and of the ordinary calls that are called silent.
    prevalence : float
        Share of calls that are silent.

    Returns
    -------
    float
        From 0 to 1; NaN where nothing is called silent.
    """
    right, wrong = prevalence * recall, (1.0 - prevalence) * false_positives
    return right / (right + wrong) if right + wrong > 0.0 else float("nan")


def accuracy_at(recall: float, false_positives: float, prevalence: float) -> float:
    """Share of right answers of an estimator where another share of the calls is silent."""
    return prevalence * recall + (1.0 - prevalence) * (1.0 - false_positives)
