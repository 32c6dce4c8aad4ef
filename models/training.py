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
from models.classifier import LABELS, ChunkClassifier
from models.dataset.store import Dataset
from models.errors import ModelError
from models.estimator import TOLERANCE, boosted, predicted, to_onnx
from models.folds import Examples, Extra, fit_all, out_of_fold
from models.graph import Graph
from models.passages.training import train_blocks
from models.stability import DECILES
from models.table import Table, label_chances, tabulate
from models.thresholds import choose_thresholds
from models.vector import FEATURE_NAMES

Progress = Callable[[str, int, int], None]

ESTIMATOR: Final = "gradient boosting of 200 rounds, 12 leaves a tree"


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
    dataset: Dataset, learnt: Table, extra: Extra, seed: int, tell: Progress
) -> tuple[ModelInfo, dict[str, bytes]]:
    """Train, calibrate and choose thresholds; what the model says of itself, and its graphs."""
    examples = Examples.of(learnt)
    unseen = out_of_fold(examples, boosted, seed, lambda done, total: tell("folds", done, total), extra)
    temperature, offsets = fit_calibration(unseen, examples.numbers)
    thresholds = _thresholds(examples, learnt, calibrated(unseen, temperature, offsets))
    tell("model", 0, 2)
    estimator = fit_all(examples, boosted, seed, extra)
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


def _checked(extra: Sequence[tuple[NDArray[np.float32], str]]) -> Extra:
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
