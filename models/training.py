"""Training of the chunk classifier from a data set: one estimator, calibrated, with its thresholds, and a card."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from features.sound import VERSION
from models.artifact import (
    BLOCKS_FILE,
    CHUNK_FILE,
    FORMAT,
    NAME,
    GraphInfo,
    ModelInfo,
    TrainedOn,
    signed,
    write_model,
)
from models.calibration import calibrated, fit_calibration
from models.card import card
from models.classifier import CLASSES, LABELS, NOBODY, ChunkClassifier
from models.dataset.store import Dataset
from models.errors import ModelError
from models.estimator import TOLERANCE, boosted, fitted, predicted, to_onnx
from models.graph import Graph
from models.passages.training import train_blocks
from models.rules import DEAD_AIR_DBFS
from models.stability import DECILES
from models.table import Table, class_of, label_chances, tabulate
from models.thresholds import choose_thresholds
from models.vector import FEATURE_NAMES

Progress = Callable[[str, int, int], None]
Make = Callable[[int], Any]

ESTIMATOR: Final = "gradient boosting of 200 rounds, 12 leaves a tree"
_FEWEST: Final = 15  # chunks left open, for a class to be learnt; of fewer nothing can be held out
_FAINT_TIMES: Final = 4  # chosen on the folds: somebody who speaks below dead air's level must not be missed
_FAINT_DBFS: Final = DEAD_AIR_DBFS + 5.0


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What came of a training.

    Attributes
    ----------
    folder : Path
        Of the model.
    info : ModelInfo
    truth, given : ndarray of str, shape (n,)
        Of the data set's test chunks.
    """

    folder: Path
    info: ModelInfo
    truth: NDArray[np.str_]
    given: NDArray[np.str_]


def train(
    out: Path,
    dataset: Dataset,
    *,
    seed: int = 1,
    extra: Sequence[tuple[NDArray[np.float32], str]] = (),
    progress: Progress | None = None,
) -> TrainingReport:
    """Train on the data set's train split, report on its test split, and write the model's folder.

    Parameters
    ----------
    out : Path
        Folder of the model, made where there is none.
    dataset : Dataset
    seed : int
        Same seed, same data set, same extra: same bytes.
    extra : sequence of (ndarray of float32, shape (len(FEATURE_NAMES),), str)
        Rows of `models.vector.feature_matrix` with labels that people gave, learnt from beyond the data set. They are
        in none of the folds that calibration and thresholds come from.
    progress : callable, optional
        Told a stage, how much of it is done, and how much there is.

    Returns
    -------
    TrainingReport

    Raises
    ------
    ModelError
        When the data set lacks a split, or what is served differs from what was trained by more than `TOLERANCE`.
    ValueError
        When a row of `extra` has another shape or isn't finite, or a label that isn't known.
    """
    tell = progress or _silently
    sides = {side: [i for i, one in enumerate(dataset.entries) if one.split == side] for side in ("train", "test")}
    if not sides["train"] or not sides["test"]:
        raise ModelError(f"the data set in {dataset.path} has nothing to train on or to hold out: build a larger one")
    given_rows = _checked(extra)
    learnt = tabulate(dataset, sides["train"], lambda done, total: tell("measuring what to train on", done, total))
    info, graphs = _learn(dataset, learnt, given_rows, seed, tell)
    del learnt
    held = tabulate(dataset, sides["test"], lambda done, total: tell("measuring what was held out", done, total))
    return _report(out, info, graphs, dataset, held)


def _report(out: Path, info: ModelInfo, graphs: dict[str, bytes], dataset: Dataset, held: Table) -> TrainingReport:
    """Judge what was held out, and write the model with its card."""
    served = Graph(graphs[CHUNK_FILE], CHUNK_FILE, columns=len(FEATURE_NAMES), classes=len(info.chunk.classes))
    judged = ChunkClassifier(info, served).classify(held.evidence)
    given = np.array([one.label for one in judged], dtype=np.str_)
    info = write_model(out, info, graphs, card(info, dataset, held.entries, held.truth, given))
    return TrainingReport(out, info, held.truth, given)


def _learn(
    dataset: Dataset, learnt: Table, extra: tuple[NDArray[np.float32], NDArray[np.str_]], seed: int, tell: Progress
) -> tuple[ModelInfo, dict[str, bytes]]:
    """Train, calibrate and choose thresholds; what the model says of itself, and its graphs."""
    examples = Examples.of(learnt)
    unseen = out_of_fold(examples, boosted, seed, lambda done, total: tell("folds", done, total), extra)
    temperature, offsets = fit_calibration(unseen, examples.numbers)
    thresholds = _thresholds(examples, learnt, calibrated(unseen, temperature, offsets))
    tell("model", 0, 2)
    estimator = _fit_all(examples, extra, seed)
    graphs = {CHUNK_FILE: to_onnx(estimator, len(FEATURE_NAMES))}
    served = Graph(graphs[CHUNK_FILE], CHUNK_FILE, columns=len(FEATURE_NAMES), classes=len(examples.classes))
    difference = largest_difference(served, estimator, examples.rows)
    tell("model", 1, 2)
    blocks = train_blocks(learnt.evidence, [one.passages for one in learnt.entries], seed)
    graphs[BLOCKS_FILE] = blocks.onnx
    tell("model", 2, 2)
    info = signed(
        ModelInfo(
            format=FORMAT,
            name=NAME,
            version="",
            files={},
            features_version=VERSION,
            chunk=GraphInfo(
                features=list(FEATURE_NAMES),
                classes=list(examples.classes),
                estimator=ESTIMATOR,
                temperature=temperature,
                offsets=offsets.tolist(),
                thresholds=thresholds,
                largest_difference=difference,
            ),
            blocks=GraphInfo(
                features=list(blocks.columns),
                classes=list(blocks.classes),
                estimator=blocks.estimator,
                temperature=1.0,
                offsets=[0.0] * len(blocks.classes),
                thresholds={},
                largest_difference=_digits(blocks.largest_difference),
            ),
            seed=seed,
            made_with=_versions(),
            trained_on=TrainedOn(
                dataset=dataset.sha256,
                dataset_seed=dataset.seed,
                chunks=len(learnt.entries),
                reviewed=len(extra[1]),
                sources=dict(sorted(Counter(one.set for one in learnt.entries).items())),
                conditions=dict(sorted(Counter(one.condition for one in learnt.entries).items())),
            ),
            reference=_deciles(learnt.rows[[one.coverage > 0.0 for one in learnt.evidence]]),
        ),
        graphs,
    )
    return info, graphs


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
    extra: tuple[NDArray[np.float32], NDArray[np.str_]] | None = None,
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


def largest_difference(served: Graph, estimator: Any, rows: NDArray[np.float32]) -> float:
    """Largest difference between what is served and what scikit-learn says, over all rows.

    Raises
    ------
    ModelError
        When it is above `TOLERANCE`.
    """
    apart = float(np.abs(served.probabilities(rows) - predicted(estimator, rows)).max())
    if not apart <= TOLERANCE:
        raise ModelError(f"the exported model is off by {apart:.2g} from the one trained, {TOLERANCE} is tolerated")
    return _digits(apart)


def _fit_all(examples: Examples, extra: tuple[NDArray[np.float32], NDArray[np.str_]], seed: int) -> Any:
    rows, numbers = _with_extra(examples.classes, extra)
    return fitted(
        boosted,
        np.concatenate([examples.rows, rows]),
        np.concatenate([examples.numbers, numbers]),
        np.concatenate([examples.times, np.ones(len(rows), np.int64)]),
        seed,
    )


def _with_extra(
    classes: tuple[str, ...], extra: tuple[NDArray[np.float32], NDArray[np.str_]] | None
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    if extra is None:
        return np.zeros((0, len(FEATURE_NAMES)), np.float32), np.zeros(0, np.int64)
    rows, labels = extra
    level = rows[:, FEATURE_NAMES.index("rms_dbfs")].tolist()
    names = [class_of(*one) for one in zip(labels.tolist(), level, strict=True)]
    kept = [place for place, name in enumerate(names) if name in classes]
    return rows[kept], np.array([classes.index(names[place]) for place in kept], dtype=np.int64)


def _checked(extra: Sequence[tuple[NDArray[np.float32], str]]) -> tuple[NDArray[np.float32], NDArray[np.str_]]:
    for row, label in extra:
        if row.shape != (len(FEATURE_NAMES),) or not np.isfinite(row).all():
            raise ValueError(f"a reviewed row has {len(FEATURE_NAMES)} finite numbers, not shape {row.shape}")
        if label not in LABELS:
            raise ValueError(f"{label!r} is no label: one of {', '.join(LABELS)}")
    rows = np.array([row for row, _ in extra], dtype=np.float32).reshape(-1, len(FEATURE_NAMES))
    return rows, np.array([label for _, label in extra], dtype=np.str_)


def _thresholds(examples: Examples, table: Table, given: NDArray[np.float64]) -> dict[str, float]:
    labels, chances = label_chances(examples.classes, given, examples.faint)
    return choose_thresholds(
        np.array(labels, dtype=np.str_)[chances.argmax(axis=1)],
        chances.max(axis=1),
        examples.truth,
        others=int((table.truth != "dead_air").sum()),
    )


def _deciles(rows: NDArray[np.float32]) -> dict[str, list[float]]:
    edges = np.quantile(rows.astype(np.float64), DECILES, axis=0)
    return {name: [_digits(edge) for edge in edges[:, k]] for k, name in enumerate(FEATURE_NAMES)}


def _digits(number: float) -> float:
    """Round to six figures: as exact as anything measured, and the same in every file."""
    return float(f"{number:.6g}")


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    return {name: version(name) for name in ("onnx", "scikit-learn", "skl2onnx")}


def _silently(_stage: str, _done: int, _total: int) -> None:
    """Tell nobody."""
