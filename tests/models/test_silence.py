"""Dead air against everything else: thresholds, the hard set, baselines, and the whole page."""

from pathlib import Path

import numpy as np
import pytest
from silence_world import entry, small_dataset

from models.errors import ModelError
from models.evaluation.baselines import BASELINES
from models.evaluation.baselines.energy import Energy
from models.evaluation.baselines.fewest import fewest
from models.evaluation.baselines.protocol import Baseline, ChunkHeard
from models.evaluation.comparing import NEVER, Answers, ask, recall_at, threshold_at
from models.evaluation.hard import is_hard, silence_case
from models.evaluation.kept import KeptAnswers
from models.evaluation.outcome import share
from models.evaluation.silence import evaluate_silence
from models.evaluation.silence_page import write_silence
from models.evaluation.silence_targets import targets
from models.evaluation.words import figure, interval, one_in, percent


def test_a_threshold_lets_no_more_through_than_the_rate_allows() -> None:
    truth = np.array([True] * 4 + [False] * 1000)
    scores = np.concatenate([[5.0, 4.0, 3.0, 0.5], np.linspace(2.0, 0.0, 1000)])
    assert (scores[~truth] > threshold_at(scores, truth, 0.0)).sum() == 0
    assert (scores[~truth] > threshold_at(scores, truth, 0.002)).sum() == 2
    assert recall_at(scores, truth, 0.002) == 0.75
    assert recall_at(scores, truth, 1.0) == 1.0


def test_where_all_score_alike_no_threshold_finds_anything() -> None:
    assert recall_at(np.zeros(10), np.arange(10) < 5, 0.1) == 0.0


def test_what_rules_have_told_is_never_found() -> None:
    truth = np.array([True, True, False, False])
    assert recall_at(np.array([NEVER, 1.0, NEVER, NEVER]), truth, 0.0) == 0.5


def test_a_voice_detector_takes_the_figure_that_parts_best() -> None:
    truth = np.array([True, True, False, False])
    rows = np.array([[0.5, 0.0], [0.1, 0.1], [0.2, 0.8], [0.3, 0.9]], dtype=np.float32)
    assert list(fewest(rows, truth)(rows)) == pytest.approx([0.0, -0.1, -0.8, -0.9])


@pytest.mark.parametrize(
    ("fields", "hard"),
    [
        ({"label": "speech", "rms_dbfs": -60.0}, True),
        ({"label": "speech", "rms_dbfs": -67.0}, False),
        ({"label": "music_or_hold", "rms_dbfs": -67.0}, True),
        ({"label": "speech", "rms_dbfs": -54.0}, False),
        ({"label": "dead_air", "rms_dbfs": -60.0}, False),
        ({"label": "digital_silence", "rms_dbfs": -90.0}, False),
    ],
)
def test_the_hard_set_is_dead_airs_box_without_dead_air_and_without_what_codes_tell(
    fields: dict[str, object], hard: bool
) -> None:
    assert is_hard(entry(**fields)) is hard


def test_silences_are_named_and_dead_air_is_none_of_them(tmp_path: Path) -> None:
    dataset = small_dataset(tmp_path / "d", each=1)
    cases = {one.kind: silence_case(dataset, number) for number, one in enumerate(dataset.entries)}
    assert cases == {"dead air": None, "noise": None, "talk": None, "faint talk": None,
                     "digital silence": "digital silence", "gone": "lost packets"}  # fmt: skip
    dataset.entries[0] = entry(passages=[("digital_silence", 0.0, 1.0), ("speech", 1.1, 0.9)])
    assert silence_case(dataset, 0) == "silence before speech"
    dataset.entries[0] = entry(label="dead_air", passages=[("digital_silence", 0.0, 1.0), ("dead_air", 1.1, 0.9)])
    assert silence_case(dataset, 0) is None


def test_of_nothing_seen_the_recordings_bound_it() -> None:
    none = share(np.zeros(40, dtype=bool), [f"r{i // 4}" for i in range(40)], seed=1)
    assert (none.hits, none.hit_recordings, none.all_recordings) == (0, 0, 10)
    assert none.recordings == pytest.approx((0.0, 1.0 - 0.025**0.1))
    assert none.recording_bound == pytest.approx(1.0 - 0.05**0.1)
    some = share(np.arange(40) < 4, [f"r{i // 4}" for i in range(40)], seed=1)
    assert (some.value, some.hit_recordings) == (0.1, 1)
    assert some.recordings[0] == 0.0


def test_figures_keep_what_matters_of_small_shares() -> None:
    assert (figure(0.5), figure(0.0), figure(0.000123), figure(float("nan"))) == ("0.5", "0", "1.2e-04", "n/a")
    assert (percent(0.98315), interval((0.0, 1.0)), one_in(0.0021)) == ("98.31", "0 to 1", "476")


def test_each_fold_is_scored_by_what_learnt_from_the_others() -> None:
    seen: list[int] = []

    class Counting(Energy):
        def learn(self, rows, truth, seed):  # type: ignore[no-untyped-def]
            seen.append(len(rows))
            return super().learn(rows, truth, seed)

    rows = np.arange(9, dtype=np.float32)[:, None]
    truth = np.arange(9) < 3
    folds = np.arange(9) % 3
    found = ask(Counting(), rows, truth, folds, rows[:2], seed=1, cost=lambda _: 0.5, tell=lambda *_: None)
    assert seen == [6, 6, 6, 9]
    assert list(found.unseen) == [-float(i) for i in range(9)]
    assert (len(found.scores), found.cost_ms) == (2, 0.5)


def test_kept_answers_are_found_again_only_for_the_same_chunks_and_seed(tmp_path: Path) -> None:
    dataset = small_dataset(tmp_path / "d", each=1)
    kept = KeptAnswers(tmp_path / "kept", dataset, seed=1)
    assert kept.read(Energy(), 2, 3) is None
    kept.write(Energy(), Answers(np.array([0.0, NEVER]), np.zeros(3), 0.25))
    again = kept.read(Energy(), 2, 3)
    assert again is not None
    assert (list(again.unseen), again.cost_ms) == ([0.0, NEVER], 0.25)
    assert kept.read(Energy(), 3, 3) is None
    assert KeptAnswers(tmp_path / "kept", dataset, seed=2).read(Energy(), 2, 3) is None
    for file in (tmp_path / "kept").iterdir():
        file.write_bytes(file.read_bytes()[:40])
    assert kept.read(Energy(), 2, 3) is None


@pytest.mark.slow
@pytest.mark.parametrize("way", BASELINES, ids=lambda way: way.name)
def test_each_baseline_puts_dead_air_before_talk(way: Baseline, tmp_path: Path) -> None:
    for module in way.needs:
        pytest.importorskip(module, reason=f"{module} is not installed (extra train)")
    dataset = small_dataset(tmp_path / "d", each=24)
    train = [i for i, one in enumerate(dataset.entries) if one.split == "train" and one.kind in {"dead air", "talk"}]
    test = [i for i, one in enumerate(dataset.entries) if one.split == "test" and one.kind in {"dead air", "talk"}]
    rows = {i: way.describe(ChunkHeard(dataset, i)) for i in train + test}
    assert all(np.isfinite(row).all() and row.dtype == np.float32 for row in rows.values())
    truth = np.array([dataset.entries[i].label == "dead_air" for i in train])
    scores = way.learn(np.stack([rows[i] for i in train]), truth, 1)(np.stack([rows[i] for i in test]))
    dead = np.array([dataset.entries[i].label == "dead_air" for i in test])
    assert scores[dead].mean() > scores[~dead].mean()


@pytest.mark.slow
def test_the_whole_page_is_the_same_each_time_and_says_what_is_not_reached(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed (extra train)")
    small_dataset(tmp_path / "d", each=18)
    stages: set[str] = set()
    pages = []
    for turn in ("a", "b"):
        report = evaluate_silence(
            tmp_path / "d",
            None,
            {"challenge": ["dead_air"]},
            baselines=[Energy()],
            kept=tmp_path / "kept",
            tell=lambda stage, *_: stages.add(stage),
        )
        path = write_silence(report, tmp_path / turn, "callsieve evaluate silence")
        pages.append({file.name: file.read_bytes() for file in path.parent.iterdir()})
    assert stages == {"train chunks", "train silences", "test chunks", "energy threshold"}
    own = report.ours.cost_ms
    differ = [name for name in pages[0] if pages[0][name] != pages[1][name]]
    assert differ in ([], ["silence.md"]), "only the cost of our own model is measured anew"
    assert own > 0.0
    text = pages[0]["silence.md"].decode()
    assert "SHA-256" in text
    assert "| faint talk | speech | 18 |" in text
    silences = next(one for one in targets(report) if "digital silence" in one.what)
    assert not silences.reached
    assert "in 72 (train and test together)" in silences.measured


def test_a_data_set_that_is_not_there_is_told_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="callsieve dataset build"):
        evaluate_silence(tmp_path / "elsewhere", None, {}, baselines=[], tell=lambda *_: None)
