"""Models besides the shipped one. Not a test."""

from collections.abc import Collection
from pathlib import Path

import onnx
from msgspec.structs import replace
from onnx import TensorProto, helper

from models.artifact import CARD_FILE, CHUNK_FILE, SHIPPED, read_info, signed, write_model
from models.graph import INPUT, OUTPUT


def make_model(folder: Path, *, seed: int = 77, doubts_everything: bool = False) -> str:
    """The shipped model under another version; one that doubts calls all that no rule tells undecided."""
    info = read_info(SHIPPED)
    graphs = {name: (SHIPPED / name).read_bytes() for name in info.files if name != CARD_FILE}
    if doubts_everything:
        info = replace(info, chunk=replace(info.chunk, thresholds=dict.fromkeys(info.chunk.thresholds, 1.0)))
    info = signed(replace(info, seed=seed), graphs)
    write_model(folder, info, graphs, f"# {info.version}\n\nMade for a test.\n")
    return info.version


def make_other_features(folder: Path) -> str:
    """A model that measures what this program does not."""
    info = read_info(SHIPPED)
    graphs = {name: (SHIPPED / name).read_bytes() for name in info.files if name != CARD_FILE}
    info = signed(replace(info, features_version=info.features_version + 1), graphs)
    write_model(folder, info, graphs, f"# {info.version}\n")
    return info.version


def make_small_model(folder: Path, *, without: Collection[str]) -> Path:
    """A model that has learnt nothing of some classes, and finds all others as likely as each other; its folder."""
    info = read_info(SHIPPED)
    classes = [name for name in info.chunk.classes if name not in without]
    graphs = {name: (SHIPPED / name).read_bytes() for name in info.files if name != CARD_FILE}
    graphs[CHUNK_FILE] = _leaves(len(info.chunk.features), len(classes))
    chunk = replace(info.chunk, classes=classes, offsets=[0.0] * len(classes))
    info = signed(replace(info, chunk=chunk), graphs)
    write_model(folder, info, graphs, f"# {info.version}\n")
    return folder


def _leaves(columns: int, classes: int) -> bytes:
    """A graph with a tree of one leaf for each class."""
    none, trees = [0] * classes, list(range(classes))
    node = helper.make_node(
        "TreeEnsembleClassifier",
        [INPUT],
        ["label", OUTPUT],
        domain="ai.onnx.ml",
        classlabels_int64s=trees,
        post_transform="SOFTMAX",
        class_treeids=trees,
        class_nodeids=none,
        class_ids=trees,
        class_weights=[0.0] * classes,
        nodes_treeids=trees,
        nodes_nodeids=none,
        nodes_featureids=none,
        nodes_truenodeids=none,
        nodes_falsenodeids=none,
        nodes_values=[0.0] * classes,
        nodes_modes=["LEAF"] * classes,
    )
    graph = helper.make_graph(
        [node],
        "leaves",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [None, columns])],
        [
            helper.make_tensor_value_info("label", TensorProto.INT64, [None]),
            helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [None, classes]),
        ],
    )
    opsets = [helper.make_opsetid("", 15), helper.make_opsetid("ai.onnx.ml", 1)]
    model: onnx.ModelProto = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    data: bytes = model.SerializeToString()
    return data
