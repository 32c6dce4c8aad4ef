"""``callsieve train``: where it writes, and what it needs."""

from pathlib import Path

import pytest
from command import Command


def test_a_training_writes_beside_the_shipped_model_and_nothing_without_a_data_set(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    told = command("train", "--help").out
    assert "build/model" in told
    assert "artifacts" not in told
    monkeypatch.chdir(tmp_path)
    said = command("train")
    assert (said.status, said.out) == (1, "")
    assert "build/dataset" in said.err
    assert not list(tmp_path.iterdir())
