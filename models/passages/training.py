"""Training of the block model, on the blocks that no definition settles."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from features.blocks import BLOCKS
from models.errors import ModelError
from models.estimator import to_onnx
from models.evidence import Evidence
from models.graph import Graph
from models.passages.certain import UNCERTAIN, certain_blocks
from models.passages.columns import BLOCK_COLUMNS, block_matrix
from models.passages.model import HEARD
from models.passages.truth import block_truth

ESTIMATOR: Final = "gradient boosting of 60 rounds, 12 leaves a tree"
_MOST_ROWS: Final = 80_000  # of which the blocks of mixed chunks are kept first


@dataclass(frozen=True, slots=True)
class TrainedBlocks:
    """A block model that was trained.

    Attributes
    ----------
    onnx : bytes
    columns, classes : tuple of str
        What it takes and gives, in order.
    estimator : str
        What it is, in words.
    rows : int
        Blocks that it has seen.
    largest_difference : float
        From scikit-learn's probabilities, over those blocks.
    """

    onnx: bytes
    columns: tuple[str, ...]
    classes: tuple[str, ...]
    estimator: str
    rows: int
    largest_difference: float


def train_blocks(
    evidence: Sequence[Evidence], passages: Sequence[Sequence[tuple[str, float, float]]], seed: int
) -> TrainedBlocks:
    """Train on chunks whose passages are known.

    Parameters
    ----------
    evidence : sequence of Evidence
    passages : sequence
        Of each chunk its passages, as `models.dataset.store.Entry` has them.
    seed : int
        Same seed, same chunks: same bytes.

    Raises
    ------
    ModelError
        When a class of `models.passages.model.HEARD` never occurs, or training's libraries aren't installed.
    """
    rows, classes = block_examples(evidence, passages, seed)
    missing = sorted(set(range(len(HEARD))) - set(classes.tolist()))
    if missing:
        raise ModelError(f"no block to learn {', '.join(HEARD[place] for place in missing)} from: build a larger set")
    estimator = fitted_blocks(rows, classes, seed)
    onnx = to_onnx(estimator, len(BLOCK_COLUMNS))
    served = Graph(onnx, "blocks.onnx", columns=len(BLOCK_COLUMNS), classes=len(HEARD)).probabilities(rows)
    return TrainedBlocks(
        onnx=onnx,
        columns=BLOCK_COLUMNS,
        classes=HEARD,
        estimator=ESTIMATOR,
        rows=len(rows),
        largest_difference=float(np.abs(served - estimator.predict_proba(rows)).max()),
    )


def block_examples(
    evidence: Sequence[Evidence], passages: Sequence[Sequence[tuple[str, float, float]]], seed: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Rows and classes of the blocks that have to be heard and whose truth is known.

    Returns
    -------
    rows : ndarray of float32, shape (n, len(BLOCK_COLUMNS))
        At most `_MOST_ROWS`: those of mixed chunks first, drawn from the others.
    classes : ndarray of int64, shape (n,)
        Places in `HEARD`.
    """
    chosen: list[int] = []
    classes: list[int] = []
    mixed: list[bool] = []
    open_ = certain_blocks(evidence) == UNCERTAIN
    for number, truth in enumerate(passages):
        several = len({label for label, _, _ in truth}) > 1
        for block, label in enumerate(block_truth(truth)):
            if open_[number, block] and label in HEARD:
                chosen.append(number * BLOCKS + block)
                classes.append(HEARD.index(label))
                mixed.append(several)
    rng = np.random.default_rng(seed)
    order = np.lexsort((rng.random(len(chosen)), ~np.array(mixed, dtype=np.bool_)))[:_MOST_ROWS]
    kept = np.sort(order)
    return block_matrix(evidence)[np.array(chosen, np.int64)[kept]], np.array(classes, np.int64)[kept]


def fitted_blocks(rows: NDArray[np.float32], classes: NDArray[np.int64], seed: int) -> Any:
    """Fit gradient boosting, small, since ten rows of every chunk go through it; on one thread, so that bytes agree.

    Parameters
    ----------
    rows : ndarray of float32, shape (n, len(BLOCK_COLUMNS))
    classes : ndarray of int64, shape (n,)
        Places in `HEARD`, each at least once.
    seed : int

    Returns
    -------
    HistGradientBoostingClassifier
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    estimator = HistGradientBoostingClassifier(
        max_iter=60,
        learning_rate=0.15,
        max_leaf_nodes=12,
        min_samples_leaf=40,
        l2_regularization=2.0,
        max_features=0.5,
        early_stopping=False,
        random_state=seed,
    )
    with threadpool_limits(1):
        return estimator.fit(rows, classes, sample_weight=class_weights(classes))


def class_weights(classes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Half way to balance: rare classes count more, not as much as all of the common ones together."""
    counts = np.bincount(classes, minlength=len(HEARD)).astype(np.float64)
    weights: NDArray[np.float64] = (counts.sum() / (len(HEARD) * np.maximum(counts, 1.0)))[classes] ** 0.5
    return weights
