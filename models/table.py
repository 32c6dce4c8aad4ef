"""Examples as a table: rows of numbers, the truth, and what the rules say of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.classifier import NOBODY, TONE
from models.dataset.measured import measure
from models.dataset.store import Dataset, Entry
from models.evidence import Evidence
from models.rules import DEAD_AIR_DBFS, judge_by_rule
from models.vector import feature_matrix

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Table:
    """Measured examples.

    Attributes
    ----------
    entries : list of Entry
    evidence : list of Evidence
    rows : ndarray of float32, shape (n, columns)
    truth : ndarray of str, shape (n,)
    ruled : ndarray of str, shape (n,)
        Label that a rule gives; empty where the sound has to be heard.
    faint : ndarray of bool, shape (n,)
        Below dead air's level.
    """

    entries: list[Entry]
    evidence: list[Evidence]
    rows: NDArray[np.float32]
    truth: NDArray[np.str_]
    ruled: NDArray[np.str_]
    faint: NDArray[np.bool_]

    @property
    def open(self) -> NDArray[np.bool_]:
        """What rules leave open, shape (n,)."""
        left: NDArray[np.bool_] = self.ruled == ""
        return left

    @property
    def folds(self) -> NDArray[np.int64]:
        """Fold of each example, shape (n,)."""
        return np.array([one.fold for one in self.entries], dtype=np.int64)


def tabulate(dataset: Dataset, numbers: Sequence[int], progress: Progress | None = None) -> Table:
    """Measure examples of a data set; raises as `models.dataset.measured.measure` does."""
    return table([dataset.entries[i] for i in numbers], measure(dataset, numbers, progress))


def table(entries: list[Entry], evidence: list[Evidence]) -> Table:
    """Put measured examples into a table; `entries` and `evidence` are as long as each other."""
    ruled = [judge_by_rule(one) for one in evidence]
    return Table(
        entries=entries,
        evidence=evidence,
        rows=feature_matrix(evidence),
        truth=np.array([one.label for one in entries], dtype=np.str_),
        ruled=np.array(["" if one is None else one[0] for one in ruled], dtype=np.str_),
        faint=np.array([one.rms_dbfs < DEAD_AIR_DBFS for one in evidence], dtype=np.bool_),
    )


def class_of(label: str, rms_dbfs: float) -> str:
    """Class that the model is to learn for a label and a level.

    Dead air and noise are one class, since the level alone parts them; noise that is as faint as dead air is a tone.
    """
    if label == "noise":
        return NOBODY if rms_dbfs >= DEAD_AIR_DBFS else TONE
    return NOBODY if label == "dead_air" else label


def label_chances(
    classes: Sequence[str], chances: NDArray[np.float64], faint: NDArray[np.bool_]
) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Probabilities of labels from those of classes: nobody is dead air or noise by its level, a tone is noise.

    Parameters
    ----------
    classes : sequence of str
    chances : ndarray of float64, shape (n, classes)
    faint : ndarray of bool, shape (n,)
        Below dead air's level.

    Returns
    -------
    labels : tuple of str
    chances : ndarray of float64, shape (n, labels)
    """
    labels = tuple(sorted({"dead_air", "noise", *classes} - {NOBODY, TONE}))
    given = np.zeros((len(chances), len(labels)))
    for name, chance in zip(classes, chances.T, strict=True):
        if name == NOBODY:
            given[:, labels.index("dead_air")] += np.where(faint, chance, 0.0)
            given[:, labels.index("noise")] += np.where(faint, 0.0, chance)
        else:
            given[:, labels.index("noise" if name == TONE else name)] += chance
    return labels, given
