"""The paper's set and protocol, on a few simulated calls; the whole command on a small scale."""

import os
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import soundfile

from features.levels import rms_dbfs
from models.errors import ModelError
from models.evaluation.paper.calls import BY_EAR, BY_OUTCOME, Call, build_calls
from models.evaluation.paper.production import digital_share, opening_for
from models.evaluation.paper.protocol import (
    ESTIMATORS,
    Answers,
    Material,
    accuracy,
    ask,
    f1,
    grouped,
    precision,
    recall,
    shuffled,
)
from models.evaluation.paper.recordings import NOISE, SPEECH, openings
from models.evaluation.paper.spectra import difference
from models.evaluation.paper.vectors import base_vectors


def _quietly(_stage: str, _done: int, _total: int) -> None:
    pass


@cache
def _calls() -> tuple[Call, ...]:
    return tuple(build_calls(None, 3, _quietly, share=0.01))


@cache
def _material() -> Material:
    return Material.of(_calls(), base_vectors([call.pcm for call in _calls()]))


def test_silent_calls_have_the_papers_level_and_the_others_every_kind_of_opening() -> None:
    silent = [call for call in _calls() if call.silent]

    assert {call.kind for call in silent} == {BY_EAR, BY_OUTCOME}
    assert -74.0 < np.median([rms_dbfs(call.pcm) for call in silent]) < -69.0
    assert len({call.kind for call in _calls() if not call.silent}) == 15


def test_the_same_seed_builds_the_same_calls() -> None:
    again = build_calls(None, 3, _quietly, share=0.01)

    assert [c.group for c in again] == [c.group for c in _calls()]
    assert all(np.array_equal(a.pcm, b.pcm) for a, b in zip(again, _calls(), strict=True))


def test_a_share_out_of_range_and_missing_recordings_are_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at most 1"):
        build_calls(None, 1, _quietly, share=1.5)
    with pytest.raises(ModelError, match="no recordings"):
        build_calls(tmp_path, 1, _quietly, share=0.01)


def test_a_recording_at_another_rate_is_refused(tmp_path: Path) -> None:
    (tmp_path / NOISE.folder).mkdir()
    soundfile.write(tmp_path / NOISE.folder / "1-100.flac", np.zeros(32000, dtype=np.int16), 16000)

    with pytest.raises(ModelError, match="16000 Hz"):
        openings(tmp_path, NOISE, 8000, lambda _done, _total: None)


def test_openings_of_one_recording_are_one_group(tmp_path: Path) -> None:
    (tmp_path / NOISE.folder).mkdir()
    for name in ("001_-_Dog_1-100032-A", "001_-_Dog_1-200-A"):
        soundfile.write(tmp_path / NOISE.folder / f"{name}.flac", np.ones(32000, dtype=np.int16), 8000)

    found = openings(tmp_path, NOISE, 8000, lambda _done, _total: None)

    assert [group for group, _ in found] == ["noise_esc10/1-100032"] * 3 + ["noise_esc10/1-200"] * 3


def test_clips_of_one_talk_are_one_group_whatever_their_names(tmp_path: Path) -> None:
    clips = {
        SPEECH[1]: ("degraded_NB_16KHz_sp0102_c2", "degraded_NB_16KHz_sp0304_c3"),
        SPEECH[2]: ("10S_024", "5S_286"),
    }
    for source, names in clips.items():
        (tmp_path / source.folder).mkdir()
        for name in names:
            soundfile.write(tmp_path / source.folder / f"{name}.flac", np.ones(16000, dtype=np.int16), 8000)

        found = openings(tmp_path, source, 8000, lambda _done, _total: None)

        assert len(found) == 2
        assert len({group for group, _ in found}) == 1


def test_grouped_folds_keep_every_group_on_one_side_and_ask_about_every_call_once() -> None:
    splits = grouped(_material(), 1)

    for train, test in splits:
        assert not set(_material().groups[train]) & set(_material().groups[test])
    assert sorted(np.concatenate([test for _, test in splits])) == list(range(len(_calls())))


def test_a_shuffled_split_keeps_the_share_of_silent_calls() -> None:
    train, test = shuffled(_material(), 1, 1)[0]

    assert _material().silent[train].mean() == pytest.approx(_material().silent[test].mean(), abs=0.05)


def test_figures_of_answers_and_their_intervals() -> None:
    silent = np.array([True] * 10 + [False] * 30)
    called = np.array([True] * 8 + [False] * 2 + [True] * 2 + [False] * 28)
    answers = Answers(np.arange(40), silent, called, np.array([str(n) for n in range(40)]))

    assert precision(answers, 1).value == pytest.approx(0.8)
    assert recall(answers, 1).value == pytest.approx(0.8)
    assert accuracy(answers, 1).value == pytest.approx(0.9)
    assert f1(answers, 1).value == pytest.approx(0.8)
    assert precision(answers, 1, prevalence=0.01).value == pytest.approx(0.008 / (0.008 + 0.99 / 15))
    assert recall(answers, 1).low < 0.8 < recall(answers, 1).high
    assert difference(answers, answers, 1).value == 0.0


def test_a_linear_estimator_learns_the_set_and_answers_from_a_seed() -> None:
    asked = [
        ask(
            ESTIMATORS["LinearSVC"],
            _material(),
            grouped(_material(), 1, 2),
            1,
            by_recording=True,
            tell=lambda: None,
        )
        for _ in range(2)
    ]

    assert np.array_equal(asked[0].called, asked[1].called)
    assert accuracy(asked[0], 1).value > 0.6


def test_the_openings_needed_give_the_share_asked_for() -> None:
    opening = opening_for(0.986, 0.01, 0.9, 0.001)

    assert digital_share(0.01, 0.9, 0.001, 1.0, opening) == pytest.approx(0.986)


@pytest.mark.slow
def test_the_whole_reproduction_writes_its_page_and_tells_the_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from streams.cli.evaluate.paper import reproduce_paper

    data = Path(os.environ.get("CALLSIEVE_DATA", Path(__file__).parents[2] / "../shared/data"))
    reproduce_paper(data if data.is_dir() else None, tmp_path, 2, share=0.02)

    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "paper-alpha.svg",
        "paper-c.svg",
        "paper-sizes.svg",
        "paper-trees.svg",
        "paper.md",
    ]
    assert "random forest on recordings never trained on: precision" in capsys.readouterr().out
    said = (tmp_path / "paper.md").read_text()
    assert "83.82" in said
    assert re.search(r"\bnan\b", said) is None
