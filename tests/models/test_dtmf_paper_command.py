"""``callsieve evaluate dtmf --paper`` on a few made tones, and what it says when something is missing."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from paper_tones import save, tones
from typer.testing import CliRunner

from models.errors import ModelError
from streams.cli.main import app


def test_without_paper_it_says_what_measures_the_detector(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["evaluate", "dtmf", "--out", str(tmp_path)])
    assert result.exit_code == 2
    assert "bench dtmf" in " ".join(result.output.replace("│", " ").split())
    assert not list(tmp_path.iterdir())


def test_without_tones_no_page_is_written(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        app, ["evaluate", "dtmf", "--paper", "--data", str(tmp_path), "--out", str(tmp_path / "o")]
    )
    assert isinstance(result.exception, ModelError)
    assert "CALLSIEVE_DATA" in str(result.exception)
    assert not (tmp_path / "o").exists()


@pytest.mark.slow
def test_the_same_tones_and_seed_write_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.evaluation.dtmf.results.DRAWS", 2)
    monkeypatch.setattr("models.evaluation.dtmf.search.TRIALS", 3)
    for module in ("comparators", "chosen"):
        monkeypatch.setattr(f"models.evaluation.dtmf.{module}.TREES", 5)
    data = tmp_path / "data"
    (data / "dtmf_paper").mkdir(parents=True)
    (data / "spoken_digits").mkdir()
    save(data / "dtmf_paper" / "clean.npz", tones(sources=7, copies=0))
    save(data / "dtmf_paper" / "augmented.npz", tones(sources=7, copies=12))
    noise = np.random.default_rng(1).normal(0, 2000, 8000).astype(np.int16)
    soundfile.write(data / "spoken_digits" / "noise.flac", noise, 8000)
    pages = []
    for name in ("first", "second"):
        out = tmp_path / name
        result = CliRunner().invoke(app, ["evaluate", "dtmf", "--paper", "--data", str(data), "--out", str(out)])
        assert result.exit_code == 0, result.output
        pages.append({file.name: file.read_bytes() for file in sorted(out.iterdir())})
    assert pages[0] == pages[1]
    assert sorted(pages[0]) == ["dtmf-confusion.svg", "dtmf-neighbours.svg", "dtmf-shift.svg", "dtmf.md"]
    text = pages[0]["dtmf.md"].decode()
    assert "Made by `callsieve evaluate dtmf --paper`;" in text
    assert "98.1053" in text
    assert "| spoken_digits | 1 |" in text
