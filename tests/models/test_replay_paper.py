"""The replay paper reproduced: its calls, modifications, measures and page."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from typer.testing import CliRunner

from models.errors import ModelError
from models.evaluation.replay.calls import ROBOCALLS, VOICES, gather, still_share
from models.evaluation.replay.measures import (
    compared_with_others,
    curve,
    first,
    own_and_nearest_other,
    share,
    threshold_per_pair,
    threshold_per_query,
)
from models.evaluation.replay.modifications import KINDS, PIECE_S, UNCHANGED, modifications
from models.evaluation.replay.reproduce import reproduce
from models.evaluation.replay.shipped import chances
from models.evaluation.replay.survival import survival
from models.evaluation.replay.views import Sound, views
from models.sounds.scale import RATE
from streams.cli.main import app


def voice(seconds: float, seed: int) -> NDArray[np.int16]:
    """Buzzing at a gliding pitch through a resonance that wanders, in syllables."""
    rng = np.random.default_rng(seed)
    n = round(seconds * RATE)
    time = np.arange(n) / RATE
    pitch = np.interp(time, np.arange(0, seconds + 1, 0.4), rng.uniform(90, 200, len(np.arange(0, seconds + 1, 0.4))))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    knots = np.arange(0, seconds + 1, 0.15)
    weights = [np.interp(time, knots, rng.random(knots.size) ** 2) for _ in range(20)]
    sound = np.sum([weight * np.sin((k + 2) * phase) for k, weight in enumerate(weights)], axis=0)
    pcm: NDArray[np.int16] = (1500 * sound).astype(np.int16)
    return pcm


def recordings(data: Path, calls: int) -> Path:
    """A robocall each, of 20 s."""
    folder = data / ROBOCALLS
    folder.mkdir(parents=True)
    for number in range(calls):
        soundfile.write(folder / f"call{number}.flac", voice(20.0, number), RATE)
    return data


def made_distances(own: float, other: float) -> NDArray[np.float64]:
    """One modification of four calls."""
    distances = np.full((1, 4, 4), other)
    distances[:, range(4), range(4)] = own
    return distances


def test_calls_are_joined_from_prompts_of_one_voice_and_no_prompt_is_used_twice(tmp_path: Path) -> None:
    prompts = tmp_path / "sounds"
    (prompts / VOICES[0] / "silence").mkdir(parents=True)
    for number in range(30):
        level = int(50 * 1.2**number)  # further apart than steps of mu-law
        buzz = np.resize(np.array([level, -level], np.int16), 4 * RATE)
        soundfile.write(prompts / VOICES[0] / f"p{number:02}.wav", buzz, RATE)
    soundfile.write(prompts / VOICES[0] / "silence" / "1.wav", np.zeros(RATE, np.int16), RATE)
    calls = gather(tmp_path, 1, prompts=prompts, calls=3)
    said = [set(np.unique(call.pcm)) - {0} for call in calls]
    assert len({call.name for call in calls}) == 3
    assert all(20 <= call.pcm.size / RATE <= 35 and 0 < still_share(call) < 0.2 for call in calls)
    assert not said[0] & said[1]
    assert not said[1] & said[2]


def test_too_few_recordings_are_told_with_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="asterisk-core-sounds-en-wav"):
        gather(tmp_path, 1, prompts=tmp_path / "none")


def test_there_are_all_eight_kinds_and_each_gives_sound_of_the_length_it_says() -> None:
    pcm = voice(8.0, 1)
    assert tuple(dict.fromkeys(one.kind for one in modifications())) == (UNCHANGED, *KINDS)
    lengths = {one.name: one.heard(pcm, 1, 0).size / pcm.size for one in modifications() if one.kind not in
               ("codecs", "noise") and "speed kept" not in one.name}  # fmt: skip
    assert lengths["first 5 s"] == PIECE_S / 8.0
    assert lengths["pitch and speed -10 %"] == pytest.approx(1 / 0.9, abs=0.01)
    assert lengths["blocks of 0.5 s"] == pytest.approx(1.0, abs=0.01)


def test_chances_of_a_modification_follow_from_the_seed_and_the_call() -> None:
    noisy = next(one for one in modifications() if one.name == "white noise, 12 dB")
    pcm = voice(1.0, 1)
    assert (noisy.heard(pcm, 1, 0) == noisy.heard(pcm, 1, 0)).all()
    assert (noisy.heard(pcm, 1, 0) != noisy.heard(pcm, 1, 1)).any()


def test_every_normalisation_keeps_a_vector_a_window_and_scales_of_level_change_none() -> None:
    pcm = voice(3.0, 1)
    for way in views([Sound.of(pcm)]):
        vectors, half = way.vectors(Sound.of(pcm)), way.vectors(Sound.of((pcm // 2).astype(np.int16)))
        assert vectors.shape[1] == way.low.size == way.high.size
        assert vectors.shape == half.shape
        assert np.abs(vectors - half).mean() < 0.5 * vectors.std()
        assert way.vectors(Sound.of(pcm[:100])).shape[0] == 0


def test_a_replay_nearer_than_any_wrong_one_is_found_and_others_are_not() -> None:
    own, other = own_and_nearest_other(made_distances(0.1, 1.0))
    assert first(own, other).all()
    assert (own < threshold_per_query(other)).all()
    assert threshold_per_pair(made_distances(0.1, 1.0)) == 1.0
    own, other = own_and_nearest_other(made_distances(2.0, 1.0))
    assert not first(own, other).any()
    rates, recalls = curve(own, other)
    assert (rates[-1], recalls[-1]) == (1.0, 0.0)


def test_a_shift_of_all_distances_of_a_query_changes_nothing_against_the_others() -> None:
    distances = np.random.default_rng(1).uniform(1, 2, (3, 5, 5))
    shifted = distances + np.random.default_rng(2).uniform(0, 9, (3, 5, 1))
    assert np.allclose(compared_with_others(distances), compared_with_others(shifted))
    with pytest.raises(ValueError, match="three calls"):
        compared_with_others(np.ones((1, 2, 2)))


def test_the_interval_of_a_share_counts_calls_not_queries() -> None:
    flags = np.zeros((50, 4), np.bool_)
    flags[:, 0] = True
    found = share(flags, 1)
    assert (found.value, found.low) == (0.25, 0.0)
    assert found.high >= 0.5


def few_noises(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("survival", "pictures", "told_peaks"):
        monkeypatch.setattr(f"models.evaluation.replay.{module}.NOISES", ("white",))
        monkeypatch.setattr(f"models.evaluation.replay.{module}.LEVELS_DB", (30, 10, 0))


@pytest.mark.slow
def test_peaks_stay_more_often_under_fainter_noise_and_hardly_by_chance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few_noises(monkeypatch)
    calls = gather(recordings(tmp_path, 2), 1, prompts=tmp_path, calls=2)
    found = survival(calls, 1, lambda done, total: None)
    for key, stay in found.stay.items():
        assert stay[0].mean() > 0.8
        assert stay[0].mean() > stay[1].mean() > stay[2].mean()
        assert (stay > found.chance[key]).all()


@pytest.mark.slow
def test_the_fingerprint_in_use_finds_a_faster_replay_and_nothing_of_an_unknown_call(tmp_path: Path) -> None:
    calls = gather(recordings(tmp_path, 3), 1, prompts=tmp_path, calls=3)
    faster = [one for one in modifications() if one.name == "pitch and speed +5 %"]
    found = chances(calls, faster, 1, lambda done, total: None)[0]
    assert (np.diag(found) < np.log(1e-6)).all()
    assert (found[~np.eye(3, dtype=np.bool_)] > np.log(1e-3)).all()


@pytest.mark.long
def test_the_page_tells_what_was_chosen_and_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few_noises(monkeypatch)
    few = ("first 5 s", "+6 dB", "white noise, 12 dB", "5% of samples", "gsm", "blocks of 2 s")
    kept = [one for one in modifications() if one.kind == UNCHANGED or one.name in few]
    monkeypatch.setattr("models.evaluation.replay.reproduce.modifications", lambda: kept)
    made = reproduce(recordings(tmp_path, 4), tmp_path, seed=1, command="it", tell=lambda *_: None, calls=4)
    page = made.page.read_text()
    assert "Made by `it`" in page
    for words in (
        "by its own word %",
        "7,168 bytes",
        "block order",
        "white noise, 12 dB",
        "against the others",
        "stay at 10 dB",
    ):
        assert words in page
    assert sorted(path.stem for path in tmp_path.glob("replay-*.svg")) == [
        "replay-distances", "replay-modifications", "replay-roc", "replay-survival",
    ]  # fmt: skip
    own, other = own_and_nearest_other(made.answers[0].distances[:1])
    assert first(own, other).all()


def test_without_paper_the_command_says_what_measures_the_fingerprint(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["evaluate", "replay", "--out", str(tmp_path)])
    assert result.exit_code == 2
    assert "bench replay" in " ".join(result.output.replace("│", " ").split())
    assert not list(tmp_path.iterdir())
