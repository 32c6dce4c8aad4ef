from pathlib import Path

import numpy as np
import pytest
from silence_world import small_dataset

from models.errors import ModelError
from models.evaluation.ablation import evaluate_ablation, families
from models.evaluation.labels_page import evaluate_labels
from models.vector import FEATURE_NAMES


def silently(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


def page(dataset: Path, out: Path) -> str:
    acted_on = ["dead_air", "no_media"]
    found = evaluate_labels(dataset, None, acted_on, out, seed=1, command="callsieve evaluate labels", tell=silently)
    assert {"all", "clean"} <= set(found.conditions)
    assert 0.0 <= found.conditions["clean"].value <= 1.0
    return found.page.read_text()


@pytest.mark.slow
def test_the_page_tells_channels_labels_speech_and_reliability_and_is_the_same_twice(tmp_path: Path):
    small_dataset(tmp_path / "set", 24)
    text = page(tmp_path / "set", tmp_path / "one")
    assert text == page(tmp_path / "set", tmp_path / "two")
    for picture in ("labels-confusion.svg", "labels-reliability.svg"):
        assert (tmp_path / "one" / picture).read_bytes() == (tmp_path / "two" / picture).read_bytes()
    for wanted in ("| clean |", "| digital_silence |", "| any of these |", "Expected calibration error"):
        assert wanted in text


def test_without_a_data_set_the_way_out_is_told(tmp_path: Path):
    with pytest.raises(ModelError, match="callsieve dataset build"):
        page(tmp_path / "none", tmp_path)
    with pytest.raises(ModelError, match="callsieve dataset build"):
        evaluate_ablation(tmp_path / "none", tmp_path, seed=1, command="", tell=silently)


def test_every_column_is_in_one_family():
    found = families()
    assert sorted(np.concatenate(list(found.values())).tolist()) == list(range(len(FEATURE_NAMES)))
    assert all(places.size for places in found.values())
    assert {FEATURE_NAMES[k].split("_")[0] for k in found["voicing"]} >= {"voicing", "voiced", "pitch"}
