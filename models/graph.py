"""ONNX graphs: checked before they run, and run on one thread.

A graph comes from a file that somebody may have changed: what is in it is looked at before ONNX Runtime sees it, since
a tree is walked by indices in the file.
"""

from typing import Any, Final

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from models.errors import OTHER, ModelError

MAX_BYTES: Final = 16 * 1024 * 1024
INPUT: Final = "features"
OUTPUT: Final = "probabilities"

_DOMAINS: Final = {"", "ai.onnx", "ai.onnx.ml"}
_TREES: Final = "TreeEnsembleClassifier"
_LEAF: Final = "LEAF"
_KINDS: Final = {"LEAF", "BRANCH_LEQ"}


class Graph:
    """A checked graph. Safe to share between threads.

    Parameters
    ----------
    data : bytes
        Of an ONNX file.
    name : str
        Of the file, for messages.
    columns, classes : int
        How many numbers it takes of each row, and how many probabilities it gives.

    Raises
    ------
    ModelError
        When the file is too large or broken, holds anything but trees, or is made for other columns or classes.
    """

    def __init__(self, data: bytes, name: str, *, columns: int, classes: int) -> None:
        check_graph(data, name, columns=columns, classes=classes)
        options = onnxruntime.SessionOptions()
        # one chunk is microseconds of work: a second thread would only wait, spinning on a core that others need
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.add_session_config_entry("session.inter_op.allow_spinning", "0")
        options.log_severity_level = 4
        try:
            self._session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime raises kinds of its own for what it can't run
            raise ModelError(f"{name} can't be run: {_short(error)}; {OTHER}") from error
        self._columns = columns

    def probabilities(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Class probabilities of each row.

        Parameters
        ----------
        rows : ndarray of float32, shape (n, columns)

        Returns
        -------
        ndarray of float32, shape (n, classes)

        Raises
        ------
        ValueError
            When rows have another number of columns.
        """
        if rows.ndim != 2 or rows.shape[1] != self._columns:
            raise ValueError(f"rows of {self._columns} numbers are wanted, not shape {rows.shape}")
        given: NDArray[np.float32] = self._session.run([OUTPUT], {INPUT: np.ascontiguousarray(rows, np.float32)})[0]
        return given


def check_graph(data: bytes, name: str, *, columns: int, classes: int) -> None:
    """Make sure that a graph holds trees alone, that each ends within itself, and that all their numbers are finite.

    Parameters
    ----------
    data : bytes
    name : str
        Of the file, for messages.
    columns, classes : int
        What it is to take and to give.

    Raises
    ------
    ModelError
    """
    if len(data) > MAX_BYTES:
        raise ModelError(f"{name} is larger than {MAX_BYTES} bytes: it isn't a model of this program")
    try:
        model = onnx.load_from_string(data)
        onnx.checker.check_model(model)
    except Exception as error:  # protobuf and the checker raise kinds of their own
        raise ModelError(f"{name} isn't an ONNX file that can be read ({_short(error)}); {OTHER}") from error
    _check_contents(model, name)
    graph = model.graph
    wanted = [_shape(value) for value in graph.input]
    given = {value.name: _shape(value) for value in graph.output}
    if [value.name for value in graph.input] != [INPUT] or wanted != [columns]:
        raise ModelError(f"{name} takes {wanted} numbers, not {columns}: it was made for other features")
    if given.get(OUTPUT) != classes:
        raise ModelError(f"{name} gives {given.get(OUTPUT)} probabilities, not {classes}: it tells other classes apart")
    ensembles = [node for node in graph.node if node.op_type == _TREES]
    if not ensembles or not all(_is_sound(_attributes(node), columns, classes) for node in ensembles):
        raise ModelError(f"{name} has a tree that leads out of itself, or numbers that are none; {OTHER}")


def _check_contents(model: Any, name: str) -> None:
    """Refuse what trees don't need: functions, other operators, constants, graphs within nodes, data in other files."""
    graph = model.graph
    foreign = sorted({f"{node.domain or 'ai.onnx'}.{node.op_type}" for node in graph.node if not _is_known(node)})
    foreign += sorted(opset.domain for opset in model.opset_import if opset.domain not in _DOMAINS)
    if foreign or model.functions or model.training_info:
        raise ModelError(f"{name} holds operators that a model has no need of: {', '.join(foreign) or 'functions'}")
    nested = [a for node in graph.node for a in node.attribute if a.HasField("g") or a.graphs or a.sparse_tensors]
    tensors = [*graph.initializer, *(a.t for node in graph.node for a in node.attribute if a.HasField("t"))]
    if any(tensor.external_data or tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in tensors) or nested:
        raise ModelError(f"{name} refers to graphs or data outside itself, which are not read")
    if tensors or graph.sparse_initializer:
        raise ModelError(f"{name} holds constants beside its trees, which a model has no need of")


def _is_known(node: Any) -> bool:
    return node.domain in _DOMAINS and node.op_type == _TREES


def _shape(value: Any) -> int | None:
    """Width of a table of floats; None of anything else."""
    kind = value.type.tensor_type
    if kind.elem_type != onnx.TensorProto.FLOAT or len(kind.shape.dim) != 2:
        return None
    return int(kind.shape.dim[1].dim_value)


def _attributes(node: Any) -> dict[str, Any]:
    return {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}


def _is_sound(of: dict[str, Any], columns: int, classes: int) -> bool:
    """Whether every walk stays in its tree and ends: children stand behind their parent, in the same tree."""
    try:
        tree, number, column, true, false = (
            np.asarray(of[f"nodes_{name}"], dtype=np.int64)
            for name in ("treeids", "nodeids", "featureids", "truenodeids", "falsenodeids")
        )
        leaf_tree, leaf_node, leaf_class = (
            np.asarray(of[f"class_{name}"], dtype=np.int64) for name in ("treeids", "nodeids", "ids")
        )
        modes = [mode.decode() for mode in of["nodes_modes"]]
        numbers = [np.asarray(of[name], dtype=np.float64) for name in ("nodes_values", "class_weights")]
        labels = len(of.get("classlabels_int64s", ()))
    except (KeyError, ValueError, UnicodeDecodeError):
        return False
    numbers.append(np.asarray(of.get("base_values", ()), dtype=np.float64))
    sizes = {part.size for part in (tree, number, column, true, false, numbers[0])} | {len(modes)}
    leaves = {part.size for part in (leaf_tree, leaf_node, leaf_class, numbers[1])}
    if len(sizes) != 1 or len(leaves) != 1 or not tree.size or labels != classes or set(modes) - _KINDS:
        return False
    if not all(np.isfinite(part).all() for part in numbers) or any(name.endswith("_as_tensor") for name in of):
        return False
    return _walks_end(tree, number, column, true, false, np.array(modes) == _LEAF, columns) and bool(
        ((leaf_class >= 0) & (leaf_class < classes)).all()
        and set(zip(leaf_tree.tolist(), leaf_node.tolist(), strict=True))
        <= set(zip(tree.tolist(), number.tolist(), strict=True))
    )


def _walks_end(
    tree: NDArray[np.int64],
    number: NDArray[np.int64],
    column: NDArray[np.int64],
    true: NDArray[np.int64],
    false: NDArray[np.int64],
    leaf: NDArray[np.bool_],
    columns: int,
) -> bool:
    starts = np.flatnonzero(np.diff(tree, prepend=-1))
    sizes = np.diff(np.append(starts, tree.size))
    if not np.array_equal(tree, np.repeat(np.arange(starts.size), sizes)):
        return False
    if not np.array_equal(number, np.arange(tree.size) - np.repeat(starts, sizes)):
        return False
    size = np.repeat(sizes, sizes)
    inner = (true > number) & (false > number) & (true < size) & (false < size) & (column >= 0) & (column < columns)
    return bool((leaf | inner).all())


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
