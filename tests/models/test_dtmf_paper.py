"""The DTMF paper's models and the one that beats them, on tones made here."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paper_tones import save, tones
from scipy.spatial.distance import cdist
from sklearn.metrics import f1_score

from models.errors import ModelError
from models.evaluation.dtmf.comparators import COMPARATORS, MODELS, knn
from models.evaluation.dtmf.material import FREQUENCIES, LABELS, Tones, load_tones
from models.evaluation.dtmf.measured import Measured, measure
from models.evaluation.dtmf.neighbours import DISTANCES, answers, nearest
from models.evaluation.dtmf.peaks import two_lines
from models.evaluation.dtmf.protocol import NONE, Known, ask_by_source, by_file, folds_by_source, macro_f1
from models.evaluation.dtmf.published import PUBLISHED
from models.evaluation.dtmf.ratio import PitchModel, shifts
from models.evaluation.dtmf.receiver import NOTHING, receive
from models.evaluation.dtmf.reported import ASKED, REPORTED
from models.evaluation.dtmf.rows import by_maximum, dft_rows, exact_rows
from models.evaluation.dtmf.stream import digits


def measured(**what: float) -> Measured:
    return measure(tones(**what), lambda _done, _total: None)  # type: ignore[arg-type]


def test_what_is_loaded_knows_which_tone_each_copy_was_made_from(tmp_path: Path) -> None:
    (tmp_path / "dtmf_paper").mkdir()
    save(tmp_path / "dtmf_paper" / "clean.npz", tones(sources=7, copies=0))
    save(tmp_path / "dtmf_paper" / "augmented.npz", tones(sources=7))
    clean, augmented = load_tones(tmp_path)
    assert len(clean.keys) == 112
    assert len(augmented.keys) == 336
    assert set(augmented.sources) == set(clean.sources)
    assert set(augmented.copies) == {1, 2, 3}
    assert LABELS[augmented.keys[-1]] == "941+1633"


def test_without_the_tones_the_way_to_them_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="CALLSIEVE_DATA"):
        load_tones(tmp_path)


@pytest.mark.parametrize(
    "broken",
    [
        {"pcm": np.zeros((2, 801))},
        {"label": np.array(["697+1209", "1+2"])},
        {"length": np.array([801, 802])},
        {"length": np.array([801, 3])},
        {"name": np.array(["697+1209_1_1", "697+1209_1_2"])},
        {"name": np.array([{}, {}])},  # a pickle
    ],
)
def test_files_that_hold_something_else_are_told_of(tmp_path: Path, broken: dict[str, np.ndarray]) -> None:
    right = {
        "pcm": np.zeros((2, 801), dtype=np.int16),
        "label": np.array(["697+1209"] * 2),
        "name": np.array(["697+1209_1", "697+1209_2"]),
        "length": np.array([801, 801]),
    }
    (tmp_path / "dtmf_paper").mkdir()
    np.savez(tmp_path / "dtmf_paper" / "clean.npz", allow_pickle=True, **(right | broken))
    with pytest.raises(ModelError, match=r"clean\.npz"):
        load_tones(tmp_path)


def test_too_few_tones_for_folds_are_told_of(tmp_path: Path) -> None:
    (tmp_path / "dtmf_paper").mkdir()
    save(tmp_path / "dtmf_paper" / "clean.npz", tones(sources=6, copies=0))
    with pytest.raises(ModelError, match="7 of each"):
        load_tones(tmp_path)


def test_a_file_that_is_no_archive_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "dtmf_paper").mkdir()
    (tmp_path / "dtmf_paper" / "clean.npz").write_bytes(b"PK\x03\x04 not at all")
    with pytest.raises(ModelError, match="can't be used"):
        load_tones(tmp_path)


def test_a_row_is_largest_at_the_tones_own_two_frequencies() -> None:
    made = tones()
    rows = dft_rows(made)
    assert (4 * rows[:, :4].argmax(axis=1) + rows[:, 4:8].argmax(axis=1) == made.keys).all()
    assert by_maximum(rows).max() == 1.0
    assert not by_maximum(np.zeros((1, 16))).any()


def test_a_clean_tones_energy_lies_at_its_two_frequencies() -> None:
    made = tones(snr_db=60.0)
    shares = exact_rows(made)
    each = np.arange(len(made.keys))
    both = shares[each, made.keys // 4] + shares[each, 4 + made.keys % 4]
    np.testing.assert_allclose(both, 1.0, atol=0.05)


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("count", [1, 7, 40])
def test_the_nearest_are_those_that_all_distances_give(distance: str, count: int) -> None:
    rng = np.random.default_rng(3)
    known, asked = rng.random((40, 8)), rng.random((11, 8))
    places, distances = nearest(known, asked, distance, count)  # type: ignore[arg-type]
    every = cdist(asked, known, distance)  # type: ignore[call-overload]
    np.testing.assert_allclose(distances, np.sort(every, axis=1)[:, :count], atol=1e-12)
    np.testing.assert_allclose(np.take_along_axis(every, places, axis=1), distances, atol=1e-12)


def test_rows_of_nothing_have_neighbours_too() -> None:
    places, distances = nearest(np.ones((5, 8)), np.zeros((2, 8)), "correlation", 3)
    assert places.shape == (2, 3)
    assert np.isfinite(distances).all()


def test_near_neighbours_outvote_more_far_ones_only_where_distance_weighs() -> None:
    keys, distances = np.array([[1, 2, 2]]), np.array([[0.1, 0.4, 0.5]])
    assert answers(keys, distances, "equal", [3])[0] == [2]
    assert answers(keys, distances, "inverse", [3])[0] == [1]
    assert answers(keys, distances, "squared inverse", [3])[0] == [1]
    assert answers(keys, distances, "equal", [1, 99])[:, 0].tolist() == [1, 2]


def test_a_neighbour_in_the_same_place_decides_alone() -> None:
    assert answers(np.array([[5, 2, 2, 2]]), np.array([[0.0, 1e-3, 1e-3, 1e-3]]), "inverse", [4])[0] == [5]


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_one_k_is_answered_as_it_is_among_many(seed: int) -> None:
    rng = np.random.default_rng(seed)
    keys, distances = rng.integers(0, 16, (5, 12)), np.sort(rng.random((5, 12)), axis=1)
    together = answers(keys, distances, "inverse", [1, 4, 12])
    for place, count in enumerate((1, 4, 12)):
        assert (answers(keys[:, :count], distances[:, :count], "inverse", [count])[0] == together[place]).all()


def test_the_papers_accuracies_are_whole_numbers_of_a_fifth_of_ten_copies() -> None:
    assert ASKED == 2032 * 10 // 5
    for one in REPORTED.values():
        step = 10.0 ** -len(one.percent.partition(".")[2])
        assert round(float(one.percent) / 100 * ASKED) == one.right
        assert abs(100 * one.right / ASKED - float(one.percent)) < step
    fifteen = 2032 * 15 // 5
    best = float(REPORTED["D"].percent)
    assert abs(100 * round(best / 100 * fifteen) / fifteen - best) > 1e-3


@pytest.mark.slow
def test_every_model_tells_keys_in_little_noise() -> None:
    clean, augmented = measured(sources=7, copies=0), measured(sources=7)
    known, asked = by_file(clean, augmented, 1)
    few = {name: knn(one.other(3, one.distance, one.weights, one.scaling)) for name, one in PUBLISHED.items()}
    estimators = {**few, **{name: one for name, (one, _) in COMPARATORS.items() if name != "neural network"}}
    for name, estimator in estimators.items():
        assert (estimator(known, asked, 1) == asked.keys).mean() > 0.95, name


def test_thresholds_say_that_there_is_no_key_where_the_pitch_is_off() -> None:
    moved = measured(shift=0.05)
    assert (COMPARATORS["DFT + modified Goertzel"][0](Known(moved, moved), moved, 1) == NONE).all()


def test_no_copy_of_a_tone_is_asked_about_where_another_is_known() -> None:
    made = measured(sources=5)
    seen = np.zeros(len(made.keys), dtype=int)
    for known, asked in folds_by_source(made, 1):
        assert not set(made.sources[known]) & set(made.sources[asked])
        seen[asked] += 1
    assert (seen == 1).all()


def test_asked_by_source_no_model_knows_the_clean_tone_either() -> None:
    clean, augmented = measured(sources=5, copies=0), measured(sources=5)

    def spy(known: Known, asked: Measured, _seed: int) -> np.ndarray:
        assert not set(known.clean.sources) & set(asked.sources)
        assert not set(known.augmented.sources) & set(asked.sources)
        return asked.keys

    said = ask_by_source({"spy": spy}, clean, augmented, 1, lambda _done, _total: None)
    assert (said["spy"] == augmented.keys).all()


def test_macro_f1_is_the_mean_over_keys() -> None:
    rng = np.random.default_rng(5)
    keys, said = rng.integers(0, 16, 400), rng.integers(0, 16, 400)
    assert macro_f1(keys, said) == pytest.approx(f1_score(keys, said, average="macro"))


def test_lines_are_found_where_they_are_and_within_their_bound() -> None:
    made = tones(sources=3)
    lines = two_lines(made)
    off = np.abs(lines.frequencies - FREQUENCIES[made.keys])
    assert off.max() < 0.5
    assert (off < 8.0 * lines.bounds).all()
    assert 20.0 < np.median(lines.purity_db) < 35.0


def test_silence_has_lines_of_finite_frequency() -> None:
    made = tones(sources=1, copies=1)
    silent = Tones(made.pcm * 0, made.lengths, made.keys, made.sources, made.copies)
    lines = two_lines(silent)
    assert np.isfinite(lines.frequencies).all()
    assert np.isfinite(lines.bounds).all()


@pytest.mark.parametrize("shift", [-0.105, -0.05, 0.03, 0.11])
def test_a_shift_of_pitch_does_not_hide_the_key(shift: float) -> None:
    still, moved = measured(sources=4, snr_db=40.0), measured(sources=1, shift=shift, seed=2, snr_db=40.0)
    learnt = PitchModel.fit(still.lines, still.keys)
    wide = PitchModel(learnt.still, learnt.still, 0.03, 0.125)
    assert (wide.ask(moved.lines) == moved.keys).all()
    np.testing.assert_allclose(shifts(moved.lines, moved.keys), shift, atol=1e-3)
    plain = MODELS["D"](Known(still, still), moved, 1)
    assert (plain == moved.keys).mean() < 0.8


def test_the_receiver_hears_each_key_once_and_rejects_what_is_off() -> None:
    made = tones(sources=1)
    assert (receive(made) == made.keys).all()
    assert (receive(tones(sources=1, shift=0.05)) == NOTHING).all()


def test_a_run_of_one_key_is_one_digit() -> None:
    keys = np.array([3, 3, NONE, 3, 4, 4, NONE, NONE])
    assert digits(keys) == 3
    assert digits(keys, least=2) == 2
    assert digits(np.array([], dtype=np.int64)) == 0
    assert digits(np.array([NONE, NONE])) == 0


def test_published_models_are_the_papers() -> None:
    assert [model.neighbours for model in PUBLISHED.values()] == [31, 29, 16, 138]
    assert [model.harmonics for model in PUBLISHED.values()] == [False, True, False, True]
