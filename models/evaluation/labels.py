"""How well labels are told: precision, recall and F1, with intervals that mind what belongs together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.evaluation.intervals import binomial_interval, grouped_interval

Labels = NDArray[np.str_]
Interval = tuple[float, float]

FEWEST: Final = 20  # chunks of a label in a condition, for its F1 to count there


@dataclass(frozen=True, slots=True)
class LabelFigures:
    """Figures of one label.

    Attributes
    ----------
    label : str
    precision : float
        Of the chunks given this label, the share that has it; 0 when none was given it.
    recall : float
        Of the chunks that have this label, the share given it; 0 when none has it.
    precision_interval, recall_interval : (float, float)
        95 %, chunk by chunk (Clopper and Pearson).
    chunks, recordings : int
        That have it.
    """

    label: str
    precision: float
    recall: float
    precision_interval: Interval
    recall_interval: Interval
    chunks: int
    recordings: int

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 0 when both are."""
        return 2.0 * self.precision * self.recall / max(self.precision + self.recall, 1e-12)


@dataclass(frozen=True, slots=True)
class MacroF1:
    """Mean F1 over labels, in one condition.

    Attributes
    ----------
    value : float
    interval : (float, float)
        95 %, groups drawn with replacement.
    labels : int
        How many labels have chunks enough.
    chunks, groups : int
    """

    value: float
    interval: Interval
    labels: int
    chunks: int
    groups: int


def label_figures(truth: Labels, given: Labels, recordings: Sequence[str]) -> list[LabelFigures]:
    """Figures of every label that a chunk has or was given, by name; undecided isn't one that a chunk has.

    Parameters
    ----------
    truth, given : ndarray of str, shape (n,)
    recordings : sequence of str, length n
    """
    names = np.asarray(recordings, dtype=np.str_)
    found = []
    for label in sorted((set(truth.tolist()) | set(given.tolist())) - {"undecided"}):
        has, says = truth == label, given == label
        right = int((has & says).sum())
        found.append(
            LabelFigures(
                label=label,
                precision=right / max(int(says.sum()), 1),
                recall=right / max(int(has.sum()), 1),
                precision_interval=binomial_interval(right, int(says.sum())),
                recall_interval=binomial_interval(right, int(has.sum())),
                chunks=int(has.sum()),
                recordings=len(set(names[has].tolist())),
            )
        )
    return found


def macro_f1(
    truth: Labels, given: Labels, groups: Sequence[str], seed: int, *, rounds: int = 1000, fewest: int = FEWEST
) -> MacroF1:
    """Mean F1 over the labels of which there are chunks enough; undecided is none, and wrong for whatever has one.

    Parameters
    ----------
    truth, given : ndarray of str, shape (n,)
    groups : sequence of str, length n
    seed : int
        Of the draws of groups.
    rounds : int
        Draws.
    fewest : int
        Chunks that a label needs.
    """
    names, counts = np.unique(truth, return_counts=True)
    counted = [str(name) for name, count in zip(names, counts, strict=True) if count >= fewest and name != "undecided"]
    place = {name: number for number, name in enumerate(counted)}
    pairs = np.array([(place.get(t, -1), place.get(g, -1)) for t, g in zip(truth, given, strict=True)], dtype=np.int64)
    pairs = pairs.reshape(-1, 2)

    def mean_f1(drawn: NDArray[np.int64]) -> float:
        return _mean_f1(drawn, len(counted))

    interval = grouped_interval(pairs, groups, mean_f1, seed, rounds) if counted and rounds else (np.nan, np.nan)
    return MacroF1(mean_f1(pairs), interval, len(counted), len(truth), len(set(groups)))


def _mean_f1(pairs: NDArray[np.int64], labels: int) -> float:
    """Over labels that occur in the draw; NaN when none does."""
    truth, given = pairs[:, 0], pairs[:, 1]
    has = np.bincount(truth[truth >= 0], minlength=labels)
    says = np.bincount(given[given >= 0], minlength=labels)
    right = np.bincount(truth[(truth == given) & (truth >= 0)], minlength=labels)
    there = has > 0
    return float((2.0 * right[there] / (has + says)[there]).mean()) if there.any() else float("nan")


def mistakes(truth: Labels, given: Labels, sources: Sequence[str]) -> list[tuple[str, str, str, int]]:
    """What was taken for what: (source, truth, given, chunks), most frequent first."""
    wrong: dict[tuple[str, str, str], int] = {}
    for source, has, says in zip(sources, truth.tolist(), given.tolist(), strict=True):
        if has != says:
            wrong[source, has, says] = wrong.get((source, has, says), 0) + 1
    return sorted(((*key, count) for key, count in wrong.items()), key=lambda m: (-m[3], m))
