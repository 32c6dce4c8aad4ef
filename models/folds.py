"""What an estimator learns from, and what it says of chunks in a fold that it hasn't seen."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.classifier import CLASSES, NOBODY
from models.errors import ModelError
from models.estimator import fitted, predicted
from models.rules import DEAD_AIR_DBFS
from models.table import Table, class_of
from models.vector import FEATURE_NAMES

Make = Callable[[int], Any]
Extra = tuple[NDArray[np.float32], NDArray[np.str_]]

_FEWEST: Final = 15  # chunks left open, for a class to be learnt; of fewer nothing can be held out
# Chosen on the folds: eight times, not three, took dead air's recall at one false alarm in 31,572 from 0.75 to 0.84
_FAINT_TIMES: Final = 8  # somebody who speaks below dead air's level must not be missed
_FAINT_DBFS: Final = DEAD_AIR_DBFS + 5.0


@dataclass(frozen=True, slots=True)
class Examples:
    """What an estimator learns from: what the rules leave open, of classes that can be learnt.

    Attributes
    ----------
    rows : ndarray of float32, shape (n, columns)
    classes : tuple of str
    numbers : ndarray of int64, shape (n,)
        Places in `classes`.
    times : ndarray of int64, shape (n,)
        How often each counts.
    folds : ndarray of int64, shape (n,)
    faint : ndarray of bool, shape (n,)
    truth : ndarray of str, shape (n,)
    places : ndarray of int64, shape (n,)
        Of the rows in the table.
    """

    rows: NDArray[np.float32]
    classes: tuple[str, ...]
    numbers: NDArray[np.int64]
    times: NDArray[np.int64]
    folds: NDArray[np.int64]
    faint: NDArray[np.bool_]
    truth: NDArray[np.str_]
    places: NDArray[np.int64]

    @classmethod
    def of(cls, table: Table, classes: tuple[str, ...] | None = None) -> "Examples":
        """Take what can be learnt from a table: of the classes given, or of all that have chunks enough."""
        levels = np.array([one.rms_dbfs for one in table.evidence])
        names = np.array([class_of(*one) for one in zip(table.truth.tolist(), levels, strict=True)], dtype=np.str_)
        counts = Counter(names[table.open].tolist())
        classes = classes or tuple(sorted(name for name in CLASSES if counts[name] >= _FEWEST))
        kept = table.open & np.isin(names, classes)
        if len(classes) < 3:
            raise ModelError(f"of {len(classes)} classes only are there {_FEWEST} chunks: build a larger data set")
        numbers = np.searchsorted(np.array(classes), names[kept]).astype(np.int64)
        somebody = names[kept] != NOBODY
        return cls(
            rows=table.rows[kept],
            classes=classes,
            numbers=numbers,
            times=np.where(somebody & (levels[kept] < _FAINT_DBFS), _FAINT_TIMES, 1),
            folds=table.folds[kept],
            faint=table.faint[kept],
            truth=table.truth[kept],
            places=np.flatnonzero(kept),
        )


def out_of_fold(
    examples: Examples,
    make: Make,
    seed: int,
    progress: Callable[[int, int], None],
    extra: Extra | None = None,
    columns: NDArray[np.int64] | None = None,
) -> NDArray[np.float64]:
    """Probabilities of every example by an estimator that has not seen its fold.

    Parameters
    ----------
    examples : Examples
    make : callable
        From a seed to an estimator.
    seed : int
    progress : callable
        Told how many folds are done, and of how many.
    extra : (rows, labels), optional
        Learnt from in every fold.
    columns : ndarray of int64, optional
        Places of the columns to use; all, when not given.

    Returns
    -------
    ndarray of float64, shape (n, classes)
    """
    used = np.arange(examples.rows.shape[1]) if columns is None else columns
    unseen = np.zeros((len(examples.rows), len(examples.classes)))
    more, numbers = _with_extra(examples.classes, extra)
    folds = np.unique(examples.folds)
    for done, fold in enumerate(folds):
        progress(done, len(folds))
        here = examples.folds == fold
        estimator = fitted(
            make,
            np.concatenate([examples.rows[~here], more])[:, used],
            np.concatenate([examples.numbers[~here], numbers]),
            np.concatenate([examples.times[~here], np.ones(len(more), np.int64)]),
            seed,
        )
        unseen[np.ix_(here, estimator.classes_)] = predicted(estimator, examples.rows[here][:, used])
    progress(len(folds), len(folds))
    return unseen


def fit_all(examples: Examples, make: Make, seed: int, extra: Extra | None = None) -> Any:
    """Fit an estimator on all examples, and on what people have labelled; arguments as `out_of_fold` has them."""
    rows, numbers = _with_extra(examples.classes, extra)
    return fitted(
        make,
        np.concatenate([examples.rows, rows]),
        np.concatenate([examples.numbers, numbers]),
        np.concatenate([examples.times, np.ones(len(rows), np.int64)]),
        seed,
    )


def _with_extra(classes: tuple[str, ...], extra: Extra | None) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    if extra is None:
        return np.zeros((0, len(FEATURE_NAMES)), np.float32), np.zeros(0, np.int64)
    rows, labels = extra
    level = rows[:, FEATURE_NAMES.index("rms_dbfs")].tolist()
    names = [class_of(*one) for one in zip(labels.tolist(), level, strict=True)]
    kept = [place for place, name in enumerate(names) if name in classes]
    return rows[kept], np.array([classes.index(names[place]) for place in kept], dtype=np.int64)
