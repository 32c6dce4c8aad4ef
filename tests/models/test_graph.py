from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import onnx
import pytest

from models import graph as graphs
from models.errors import ModelError
from models.estimator import TOLERANCE, boosted, fitted, forest, predicted, to_onnx
from models.graph import Graph

ROWS = np.random.default_rng(5).standard_normal((400, 3)).astype(np.float32)
CLASSES = np.where(ROWS[:, 0] > 0, 0, np.where(ROWS[:, 1] > 0, 1, 2))
ONCE = np.ones(len(ROWS), np.int64)


def small(seed: int) -> Any:
    return boosted(seed).set_params(max_iter=4)


def small_forest(seed: int) -> Any:
    return forest(seed).set_params(n_estimators=4, max_features=2)


BYTES = to_onnx(fitted(small, ROWS, CLASSES, ONCE, 1), 3)


def changed(change: Callable[[Any], None]) -> bytes:
    model = onnx.load_from_string(BYTES)
    change(model)
    return bytes(model.SerializeToString())


def trees(model: Any) -> Any:
    (node,) = (node for node in model.graph.node if node.op_type == "TreeEnsembleClassifier")
    return {attribute.name: attribute for attribute in node.attribute}


def opened(data: bytes, *, columns: int = 3, classes: int = 3) -> Graph:
    return Graph(data, "chunk.onnx", columns=columns, classes=classes)


@pytest.mark.parametrize("make", [small, small_forest])
def test_what_is_served_is_what_was_trained(make: Callable[[int], Any]):
    estimator = fitted(make, ROWS, CLASSES, ONCE, 1)
    data = to_onnx(estimator, 3)
    rows = np.concatenate([ROWS, 100.0 * ROWS, np.zeros((1, 3), np.float32)])
    assert np.abs(opened(data).probabilities(rows) - predicted(estimator, rows)).max() <= TOLERANCE
    assert data == to_onnx(fitted(make, ROWS, CLASSES, ONCE, 1), 3)
    assert data != to_onnx(fitted(make, ROWS, CLASSES, ONCE, 2), 3)


def test_threads_that_share_a_graph_get_what_one_gets():
    graph, rows = opened(BYTES), np.tile(ROWS, (20, 1))
    alone = graph.probabilities(rows)
    with ThreadPoolExecutor(4) as pool:
        assert all(np.array_equal(given, alone) for given in pool.map(graph.probabilities, [rows] * 16))


def test_rows_of_another_width_are_refused():
    with pytest.raises(ValueError, match="rows of 3 numbers"):
        opened(BYTES).probabilities(np.zeros((2, 4), np.float32))


@pytest.mark.parametrize("data", [b"", b"no graph at all", BYTES[: len(BYTES) // 2], b"\x00" * 100])
def test_what_is_no_graph_is_refused(data: bytes):
    with pytest.raises(ModelError, match=r"chunk\.onnx .*train another"):
        opened(data)


def test_a_graph_for_other_columns_or_classes_is_refused():
    with pytest.raises(ModelError, match="made for other features"):
        opened(BYTES, columns=4)
    with pytest.raises(ModelError, match="other classes"):
        opened(BYTES, classes=2)


def test_a_giant_file_is_not_looked_into(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(graphs, "MAX_BYTES", 100)
    with pytest.raises(ModelError, match="larger than 100 bytes"):
        opened(BYTES)


def test_foreign_operators_are_refused():
    def add(model: Any) -> None:
        model.opset_import.append(onnx.helper.make_opsetid("com.example", 1))
        model.graph.node.append(onnx.helper.make_node("Shell", ["features"], ["x"], domain="com.example"))

    with pytest.raises(ModelError, match=r"com\.example\.Shell"):
        opened(changed(add))
    with pytest.raises(ModelError, match=r"ai\.onnx\.Cos"):
        opened(changed(lambda m: m.graph.node.append(onnx.helper.make_node("Cos", ["features"], ["x"]))))


@pytest.mark.parametrize("operator", ["Sum", "Mul"])
def test_sums_and_products_are_refused_for_their_constants_need_not_be_numbers(operator: str):
    def add(model: Any) -> None:
        model.graph.initializer.append(onnx.helper.make_tensor("w", onnx.TensorProto.FLOAT, [1], [float("nan")]))
        model.graph.node[0].output[1] = "trees"
        model.graph.node.append(onnx.helper.make_node(operator, ["trees", "w"], ["probabilities"]))

    with pytest.raises(ModelError, match=rf"ai\.onnx\.{operator}"):
        opened(changed(add))


def test_constants_beside_the_trees_are_refused():
    def add(model: Any) -> None:
        model.graph.initializer.append(onnx.helper.make_tensor("w", onnx.TensorProto.FLOAT, [1], [1.0]))

    with pytest.raises(ModelError, match="constants beside its trees"):
        opened(changed(add))


def test_data_in_other_files_are_refused():
    def add(model: Any) -> None:
        tensor = onnx.helper.make_tensor("w", onnx.TensorProto.FLOAT, [1], [1.0])
        tensor.data_location = onnx.TensorProto.EXTERNAL
        tensor.external_data.append(onnx.StringStringEntryProto(key="location", value="../secret"))
        model.graph.initializer.append(tensor)

    with pytest.raises(ModelError, match=r"outside itself|can be read"):
        opened(changed(add))


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("nodes_truenodeids", 1 << 40),
        ("nodes_falsenodeids", -7),
        ("nodes_truenodeids", 0),
        ("nodes_featureids", 99),
        ("nodes_featureids", -1),
        ("class_ids", 3),
        ("class_nodeids", 10_000),
        ("nodes_treeids", 5),
    ],
)
def test_a_tree_that_leads_out_of_itself_or_round_in_circles_is_refused(attribute: str, value: int):
    def bend(model: Any) -> None:
        trees(model)[attribute].ints[0] = value

    with pytest.raises(ModelError, match="leads out of itself"):
        opened(changed(bend))


@pytest.mark.parametrize("attribute", ["class_weights", "nodes_values", "base_values"])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_leaves_that_are_no_numbers_are_refused(attribute: str, value: float):
    def spoil(model: Any) -> None:
        trees(model)[attribute].floats[0] = value

    with pytest.raises(ModelError, match="numbers that are none"):
        opened(changed(spoil))
