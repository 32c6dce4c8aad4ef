"""What is trained: gradient-boosted trees (or the paper's forest beside them), and their way into ONNX."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.errors import ModelError
from models.graph import INPUT, OUTPUT

Rows = NDArray[np.float32]
Numbers = NDArray[np.int64]

TOLERANCE: Final = 2e-5  # of a probability: ONNX Runtime adds up in single precision
_OPSETS: Final = {"": 17, "ai.onnx.ml": 3}


def boosted(seed: int) -> Any:
    """Gradient boosting (scikit-learn's histogram kind); sizes are chosen on the folds, see `callsieve evaluate`."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        max_iter=200,
        learning_rate=0.08,
        max_leaf_nodes=12,
        min_samples_leaf=40,
        l2_regularization=5.0,
        max_features=0.2,
        max_bins=127,
        early_stopping=False,
        random_state=seed,
    )


def forest(seed: int) -> Any:
    """Build the paper's estimator: a random forest of 100 trees, in the size that a served model may have."""
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(
        n_estimators=100, max_leaf_nodes=300, min_samples_leaf=2, max_features=32, random_state=seed, n_jobs=1
    )


def one_thread() -> Any:
    """Context in which scikit-learn uses one thread.

    Sums are then the same on every machine; and beside other work it is faster, since OpenMP's threads wait spinning.
    """
    import sklearn.ensemble  # noqa: F401 - its threads can be limited once they are there
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1)


def fitted(make: Callable[[int], Any], rows: Rows, classes: Numbers, times: Numbers, seed: int) -> Any:
    """Fit an estimator.

    Parameters
    ----------
    make : callable
        `boosted` or `forest`.
    rows : ndarray of float32, shape (n, columns)
    classes : ndarray of int64, shape (n,)
        0 to k - 1.
    times : ndarray of int64, shape (n,)
        How often each row counts. (Rows are repeated: scikit-learn finds weighted bins fifty times slower.)
    seed : int
    """
    with one_thread():
        return make(seed).fit(np.repeat(rows, times, axis=0), np.repeat(classes, times))


def predicted(estimator: Any, rows: Rows) -> NDArray[np.float64]:
    """Probabilities that scikit-learn gives, shape (n, classes that the estimator has seen)."""
    with one_thread():
        chances: NDArray[np.float64] = estimator.predict_proba(rows)
    return chances


def to_onnx(estimator: Any, columns: int) -> bytes:
    """Write a fitted estimator as an ONNX file; equal estimators are equal bytes.

    Parameters
    ----------
    estimator : scikit-learn classifier
        Of classes 0 to k - 1.
    columns : int

    Raises
    ------
    ModelError
        When the libraries that write it aren't installed.
    """
    try:
        from skl2onnx import convert_sklearn
        from skl2onnx.common.data_types import FloatTensorType
        from skl2onnx.operator_converters.random_forest import convert_sklearn_random_forest_classifier as convert
    except ImportError as error:
        raise ModelError(f"training needs more than serving ({error}): pip install 'callsieve[train]'") from error

    def plain(scope: Any, operator: Any, container: Any) -> None:
        convert(scope, operator, _PlainIntegers(container))

    model = convert_sklearn(
        estimator,
        name="callsieve",
        initial_types=[(INPUT, FloatTensorType([None, columns]))],
        final_types=None,
        options={id(estimator): {"zipmap": False, "output_class_labels": False}},
        target_opset=_OPSETS,
        custom_conversion_functions={type(estimator): plain},
    )
    assert OUTPUT in [output.name for output in model.graph.output]  # noqa: S101 - what skl2onnx calls it
    data: bytes = model.SerializeToString(deterministic=True)
    return data


class _PlainIntegers:
    """A container of skl2onnx that takes numpy's booleans and integers, which newer versions of onnx refuse."""

    def __init__(self, container: Any) -> None:
        self._container = container

    def __getattr__(self, name: str) -> Any:
        return getattr(self._container, name)

    def add_node(self, *args: Any, **attributes: Any) -> Any:
        kept = {name: _plain(value) for name, value in attributes.items()}
        return self._container.add_node(*args, **kept)


def _plain(value: Any) -> Any:
    if isinstance(value, list) and value and isinstance(value[0], int | bool | np.integer | np.bool_):
        return [int(one) for one in value]
    return value
