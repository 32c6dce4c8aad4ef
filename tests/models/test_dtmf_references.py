"""How the reference rows of the DTMF detector come about."""

import numpy as np
import pytest

from features.dtmf import KEYS, DtmfDetector
from features.dtmf.judge import NEIGHBOURS, judge, prepare, references
from features.dtmf.traits import TRAIT_NAMES, TRAITS
from features.dtmf.windows import HOLED, KIND, KINDS
from models.dtmf.presses import CONDITIONS, dial, mistaken
from models.dtmf.references import Examples, choose, examples_of_keys, examples_of_others, losing


def babble(seed: int = 1, seconds: int = 4) -> np.ndarray:
    """Return noise with the rhythm and spectrum of a voice."""
    rng = np.random.default_rng(seed)
    noise = np.convolve(rng.standard_normal(seconds * 8000), np.hanning(9), "same")
    return (noise * 800 * (1 + np.sin(np.arange(noise.size) / 900))).astype(np.int16)


def examples(rng: np.random.Generator, centre: float, count: int = 400) -> Examples:
    windows = np.arange(count) % KINDS
    traits = rng.normal(centre, 1.0, (count, TRAITS)).astype(np.float32)
    return Examples(windows, np.zeros(count, np.int64), traits)


@pytest.mark.parametrize("condition", [c for c in CONDITIONS if c != "coded"])
def test_presses_are_where_they_are_said_to_be_whatever_the_condition(condition: str) -> None:
    dialled = dial(np.random.default_rng(3), condition, 4, babble())
    assert len(dialled.presses) == 4
    for before, press in zip(dialled.presses, dialled.presses[1:], strict=False):
        assert before.end + 800 <= press.start < press.end <= len(dialled.pcm)
    loud = [np.abs(dialled.pcm[p.start : p.end].astype(float)).mean() for p in dialled.presses]
    quiet = [np.abs(dialled.pcm[p.start - 600 : p.start].astype(float)).mean() for p in dialled.presses]
    if condition != "loud speech":
        assert np.median(np.array(loud) / (np.array(quiet) + 1)) > 1.2


def test_the_same_seed_dials_the_same() -> None:
    one, other = (dial(np.random.default_rng(5), "noise", 3, babble()) for _ in range(2))
    np.testing.assert_array_equal(one.pcm, other.pcm)
    assert one.presses == other.presses


@pytest.mark.slow
def test_clean_presses_give_examples_of_every_whole_window() -> None:
    found = examples_of_keys(0, dial(np.random.default_rng(1), "clean", 10, babble()))
    assert set(found.window) == {0, 1, 2}
    assert np.isfinite(found.traits).all()
    assert found.traits.shape[1] == len(TRAIT_NAMES)


def test_lost_packets_give_examples_of_windows_with_holes_and_no_others() -> None:
    dialled = dial(np.random.default_rng(1), "clean", 20, babble())
    found = examples_of_keys(0, dialled, losing(np.random.default_rng(2), len(dialled.pcm)))
    assert len(found.window)
    assert set(found.window) == set(KIND[HOLED])


@pytest.mark.slow
def test_three_tones_at_once_pass_the_gates_often_enough_to_learn_from_but_are_no_key() -> None:
    pcm = mistaken(np.random.default_rng(1000), 30)
    assert len(examples_of_others(0, pcm).window) > 20
    detector = DtmfDetector()
    assert len(detector.feed(pcm)) <= 3


@pytest.mark.slow
def test_chosen_rows_tell_apart_what_can_be_told_apart() -> None:
    rng = np.random.default_rng(1)
    keys, others = examples(rng, 2.0), examples(rng, -2.0)
    table = choose(rng, keys, others, each=40)
    assert table.shape[1] == 2 + TRAITS
    assert np.bincount(table[:, 0].astype(int)).max() <= 80
    known = prepare(table)
    assert judge(keys.traits, keys.window, known).min() > 0.9
    assert judge(others.traits, others.window, known).max() < 0.1


def test_every_source_is_among_the_chosen_rows() -> None:
    rng = np.random.default_rng(1)
    keys, others = examples(rng, 1.0), examples(rng, -1.0)
    others.source[:8] = 1  # two of each kind of window
    table = choose(rng, keys, others, each=20)
    rare = {row.tobytes() for row in others.traits[:8]}
    assert rare <= {np.ascontiguousarray(row[2:]).tobytes() for row in table}


@pytest.mark.parametrize(
    "table",
    [
        np.zeros((100, TRAITS), np.float32),
        np.zeros((NEIGHBOURS, 2 + TRAITS), np.float32),
        np.full((100, 2 + TRAITS), np.nan, np.float32),
        np.zeros(100, np.float32),
    ],
)
def test_a_table_of_another_shape_is_refused(table: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"references|rows"):
        prepare(table)


def test_the_rows_that_are_shipped_hold_keys_and_others_of_every_kind() -> None:
    known = references()
    for kind in range(KINDS):
        share = known.is_key[known.first[kind] : known.first[kind + 1]].mean()
        assert 0.2 < share < 0.98
    assert len(KEYS) == 16
