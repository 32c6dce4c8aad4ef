from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from models import artifact
from models.artifact import forest_bytes, load_forest, save_forest
from models.errors import ModelError

FEATURES = ("a", "b", "c")


def forest(seed: int = 1) -> RandomForestClassifier:
    rng = np.random.default_rng(5)
    table = rng.standard_normal((300, 3)).astype(np.float32)
    classes = np.where(table[:, 0] > 0, "high", np.where(table[:, 1] > 0, "low", "none"))
    return RandomForestClassifier(n_estimators=5, max_leaf_nodes=10, random_state=seed).fit(table, classes)


def save(path: Path, trained: RandomForestClassifier) -> None:
    save_forest(path, trained, features=list(FEATURES), threshold=0.5, trained_on=["made up"], seed=1)


def test_equal_forests_are_equal_bytes_and_others_are_not():
    assert forest_bytes(forest()) == forest_bytes(forest())
    assert forest_bytes(forest()) != forest_bytes(forest(2))


def test_a_forest_comes_back_as_it_was(tmp_path: Path):
    trained = forest()
    save(tmp_path / "m.skops", trained)
    loaded, info = load_forest(tmp_path / "m.skops", features=FEATURES)
    table = np.random.default_rng(6).standard_normal((50, 3)).astype(np.float32)
    assert np.array_equal(loaded.predict_proba(table), trained.predict_proba(table))
    assert info.classes == ["high", "low", "none"]
    assert loaded.n_jobs == 1


@pytest.mark.parametrize(
    ("field", "value"), [("left_child", 1 << 40), ("right_child", -7), ("left_child", 0), ("feature", 99)]
)
def test_a_tree_that_leads_out_of_itself_or_round_in_circles_is_refused(tmp_path: Path, field: str, value: int):
    trained = forest()
    tree = trained.estimators_[2].tree_
    state = tree.__getstate__()
    nodes = state["nodes"].copy()
    nodes[field][0] = value
    tree.__setstate__(state | {"nodes": nodes})
    save(tmp_path / "m.skops", trained)
    with pytest.raises(ModelError, match="leads out of itself"):
        load_forest(tmp_path / "m.skops", features=FEATURES)


def test_a_giant_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    save(tmp_path / "m.skops", forest())
    monkeypatch.setattr(artifact, "MAX_BYTES", 100)
    with pytest.raises(ModelError, match="larger"):
        load_forest(tmp_path / "m.skops", features=FEATURES)
