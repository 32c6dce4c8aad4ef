"""What `callsieve dataset` shows at any width, and what it refuses at once."""

import re
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from models.channel.conditions import CONDITIONS
from models.dataset.store import Entry
from models.dataset.writing import DatasetWriter
from models.errors import ModelError
from streams.cli.main import app

LABELS = ("digital_silence", "music_or_hold", "speech")
ORIGIN = "a set whose origin is told in so many words that they fill more than one line of eighty"


def a_set(place: Path) -> str:
    with DatasetWriter(place) as writer:
        for label in LABELS:
            for condition in CONDITIONS:
                entry = Entry(
                    label=label,
                    kind="made",
                    split="train",
                    fold=0,
                    set="simulated",
                    recording="1",
                    group="1",
                    talker="",
                    condition=condition,
                    law="pcmu",
                    chain=[],
                    snr_db=None,
                    passages=[],
                    rms_dbfs=-30.0,
                )
                writer.add(entry, np.zeros(16000, np.uint8), np.ones(100, np.uint8))
        writer.finish(
            builder=1, seed=1, scale=0.1, origins={"simulated": ORIGIN}, absent=["fax", "spoken_digits"], rejected={}
        )
    return str(place)


@pytest.mark.parametrize("columns", [60, 80, 150])
def test_on_a_terminal_every_name_is_whole_and_every_line_fits(tmp_path: Path, columns: int):
    terminal = {"FORCE_COLOR": "1", "TERM": "xterm", "COLUMNS": str(columns)}
    shown = CliRunner().invoke(app, ["dataset", "show", "--dataset", a_set(tmp_path / "set")], env=terminal)
    said = re.sub(r"\x1b\[[0-9;]*m", "", shown.output)
    words = said.split()
    assert {*LABELS, *CONDITIONS} <= set(words)
    assert "…" not in said
    table = said[: said.index("sources")].splitlines()[1:]
    assert max(map(len, table)) <= columns
    assert words.count("train") == {60: 3, 80: 2, 150: 1}[columns]


def test_in_a_pipe_nothing_is_cut_or_broken(tmp_path: Path):
    shown = CliRunner().invoke(
        app, ["dataset", "show", "--dataset", a_set(tmp_path / "set")], env={"COLUMNS": "40", "FORCE_COLOR": None}
    )
    lines = shown.output.splitlines()
    assert any(line.split() == ["label", "all", *CONDITIONS] for line in lines)
    assert any(ORIGIN in line for line in lines)
    assert "sets that were not there, and are not in it: fax; spoken_digits" in lines


@pytest.mark.parametrize("given", [["--data", "nowhere"], ["--data", ".", "--out", "mine"]])
def test_a_build_that_cannot_be_is_refused_before_a_bar_is_drawn(tmp_path: Path, monkeypatch, given: list[str]):
    monkeypatch.chdir(tmp_path)
    for name in ("mine", "fax"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.flac").write_bytes(b"no audio at all")
    refused = CliRunner().invoke(app, ["dataset", "build", *given])
    assert isinstance(refused.exception, ModelError)
    assert refused.output == ""
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["fax", "mine", "x.flac", "x.flac"]
