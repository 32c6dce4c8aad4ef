import importlib.util
import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from features.levels import rms_dbfs
from models.channel.conditions import CONDITIONS
from models.dataset.activity import call_talk, clean_talk, noisy_talk, voiced_frames
from models.dataset.build import build
from models.dataset.contents import DOUBT, NOBODY, SPEECH
from models.dataset.measured import measure
from models.dataset.plan import KINDS, wishes
from models.dataset.scene import CHUNK, FRAMES, LEAD, TOTAL, Scene, levels
from models.dataset.sources import SETS, absent, find_recordings
from models.dataset.splits import SIDES, TEST, TRAIN, side_of, voice_side
from models.dataset.stage import Stage
from models.dataset.store import open_dataset
from models.errors import ModelError
from models.sounds.noise import noise
from models.sounds.silence import dead_air
from models.sounds.speech import VOICES
from models.sounds.tones import cadenced
from streams.cli.main import app

DATA = Path(os.environ.get("CALLSIEVE_DATA", Path(__file__).parents[2] / "../shared/data"))
NEEDED = ("av", "espeakng_loader")

needs_train = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in NEEDED), reason="the extra 'train' isn't installed"
)
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="no recordings: CALLSIEVE_DATA is not a directory")


def recordings(folder: Path, *names: str, seconds: float = 5.0) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(names):
        pcm = dead_air(np.random.default_rng(number), round(8000 * seconds))
        soundfile.write(folder / f"{name}.flac", pcm, 8000)


def bursts() -> np.ndarray:
    """Half a second of sound in every second, faint noise between."""
    pcm = noise(np.random.default_rng(1), TOTAL, -80.0, "white")
    for at in range(0, TOTAL, 8000):
        pcm[at : at + 4000] = noise(np.random.default_rng(2), min(4000, TOTAL - at), -20.0, "pink")
    return pcm


def test_a_group_has_one_side_whenever_it_is_asked_and_voices_are_on_all():
    assert side_of("prompts/it_IT_m_Carlo") == TEST
    assert side_of("prompts/es_MX_f_Allison") == side_of("prompts/en_US_f_Allison")
    sides = Counter(side_of(f"noise_esc10/{number}") for number in range(400))
    assert set(sides) == set(SIDES)
    assert 150 < sides[TEST] < 250
    assert {voice_side(voice) for voice in VOICES} == set(SIDES)
    assert voice_side("de+f2") == voice_side("it+f2")


def test_the_plan_has_every_kind_on_both_sides_and_every_fold_meets_every_condition():
    planned = list(wishes(1.0))
    assert Counter(wish.side.split for wish in planned)["test"] >= 30_000
    assert {wish.kind for wish in wishes(0.001)} == set(KINDS)
    assert {(wish.side, wish.condition) for wish in planned} == {(side, one) for side in SIDES for one in CONDITIONS}
    met = Counter((wish.kind, wish.condition) for wish in planned if wish.side == TEST)
    assert min(n for (kind, _), n in met.items() if kind in {"busy", "information tones", "digital silence"}) >= 100


def test_a_small_plan_is_a_part_of_the_whole_and_meets_every_condition():
    small, whole = list(wishes(0.02)), set(wishes(1.0))
    assert set(small) < whole
    assert len(set(small)) == len(small)
    for split in ("train", "test"):
        met = Counter(wish.condition for wish in small if wish.side.split == split)
        assert set(met) == set(CONDITIONS)
        assert 0.15 < met["clean"] / met.total() < 0.25
        assert min(met.values()) > 20
    folds = Counter(wish.side for wish in small)
    assert max(folds[side] for side in TRAIN) - min(folds[side] for side in TRAIN) <= len(KINDS)


def test_devices_shared_by_two_sets_are_one_group_and_absent_sets_are_named(tmp_path: Path):
    device = "1EbxxdNtTU6sfStbSi-xbA"
    recordings(tmp_path / "dead_air", f"clean_{device}_farend_singletalk")
    recordings(tmp_path / "speech_calls", f"clean_{device}_doubletalk_with_movement")
    shelf = find_recordings(tmp_path)
    found = [recording for there in shelf.values() for recording in there if recording.origin.set == "dead_air"]
    assert found[0].origin.group == f"speech_calls/{device}"
    side = side_of(found[0].origin.group)
    assert [len(shelf[folder, side]) for folder in ("dead_air", "speech_calls")] == [1, 1]
    (tmp_path / "fax").mkdir()
    missing = {one.folder for one in absent(shelf)}
    assert {"fax", "noise_esc10"} <= missing
    assert not {"dead_air", "speech_calls"} & missing
    with pytest.raises(ModelError, match="not a directory"):
        find_recordings(tmp_path / "nowhere")


def test_recordings_that_are_none_are_named(tmp_path: Path):
    (tmp_path / "fax").mkdir()
    (tmp_path / "fax" / "x.flac").write_bytes(b"no audio at all")
    recording = next(there[0] for key, there in find_recordings(tmp_path).items() if key[0] == "fax" and there)
    with pytest.raises(ModelError, match=r"x\.flac can't be read"):
        recording.pcm()
    soundfile.write(tmp_path / "fax" / "y.flac", np.zeros(1600, np.int16), 16000)
    recording = next(r for there in find_recordings(tmp_path).values() for r in there if r.path.name == "y.flac")
    with pytest.raises(ModelError, match="16000 Hz"):
        recording.pcm()


def test_talk_is_found_by_its_levels_and_what_is_between_is_in_doubt():
    loud = levels(bursts())
    for found in (clean_talk(loud, loud.max()), call_talk(loud, loud)):
        assert (found[2:22] == SPEECH).all()
        assert (found[30:45] == NOBODY).all()
    assert set(noisy_talk(loud, loud)) == {SPEECH, DOUBT}
    assert (call_talk(np.full(5, -120.0), np.full(9, -120.0)) == NOBODY).all()


def test_a_voice_in_dead_air_is_seen_and_noise_is_none():
    faint = dead_air(np.random.default_rng(1), 16000)
    assert voiced_frames(faint) == 0
    faint[4000:8000] += (cadenced(4000, (150.0, 300.0, 450.0, 600.0), (), level_dbm0=-36.0)).astype(np.int16)
    assert voiced_frames(faint) > 5


@needs_train
@pytest.mark.parametrize("kind", ["faint talk", "late talk", "busy"])
def test_a_scene_is_a_function_of_its_seed_and_says_what_is_in_it(kind: str):
    stage = Stage(TEST, {}, 3)
    made = [KINDS[kind].maker(np.random.default_rng([7, attempt]), stage) for attempt in range(6)]
    again = [KINDS[kind].maker(np.random.default_rng([7, attempt]), stage) for attempt in range(6)]
    scenes = [scene for scene in made if isinstance(scene, Scene)]
    assert scenes
    for first, second in zip(made, again, strict=True):
        assert isinstance(first, str) == isinstance(second, str)
        if isinstance(first, Scene) and isinstance(second, Scene):
            assert np.array_equal(first.pcm, second.pcm)
            assert first.chain == second.chain
    for scene in scenes:
        assert scene.pcm.shape == (TOTAL,)
        assert scene.contents.shape == (FRAMES,)
        if kind == "faint talk":
            assert -67.0 < rms_dbfs(scene.pcm[CHUNK]) < -54.0
        if kind == "late talk":
            assert not (scene.contents[LEAD : LEAD + 68] == SPEECH).any()


@needs_train
@pytest.mark.slow
def test_the_same_seed_builds_the_same_bytes_and_every_label(tmp_path: Path):
    recordings(tmp_path / "data" / "dead_air", *(f"clean_{n:022d}_farend_singletalk" for n in range(12)))
    first = build(tmp_path / "a", tmp_path / "data", seed=4, scale=0.002)
    told: list[tuple[int, int]] = []
    second = build(tmp_path / "b", tmp_path / "data", seed=4, scale=0.002, progress=lambda *at: told.append(at))
    assert first == second
    assert told[-1][0] == told[-1][1] == len(list(wishes(0.002)))
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()
    dataset = open_dataset(tmp_path / "a")
    sides: dict[str, set[tuple[str, int]]] = {}
    for entry in dataset.entries:
        sides.setdefault(entry.group, set()).add((entry.split, entry.fold))
    assert all(len(both) == 1 for both in sides.values())
    assert {"speech", "dead_air", "noise", "music_or_hold", "digital_silence", "busy", "fax"} <= {
        entry.label for entry in dataset.entries
    }
    evidence = measure(dataset, range(len(dataset)))
    for entry, one in zip(dataset.entries, evidence, strict=True):
        assert one.rms_dbfs == pytest.approx(entry.rms_dbfs, abs=0.01)
        if entry.label == "dead_air":
            assert one.rms_dbfs < -55.0
            assert one.silence_code_share < 0.95


@needs_train
@needs_data
@pytest.mark.slow
def test_real_recordings_are_cut_and_labelled(tmp_path: Path):
    head = build(tmp_path / "set", DATA, seed=2, scale=0.0005)
    assert {"speech_calls", "dead_air"} <= {one.folder for one in SETS}
    assert {source.name for source in head.sources} > {"simulated"}
    assert set(head.counts) == {"train", "test"}


def test_the_build_without_recordings_says_what_to_give(tmp_path: Path):
    with pytest.raises(ModelError, match="CALLSIEVE_DATA"):
        build(tmp_path / "set", tmp_path / "absent")
    assert not (tmp_path / "set").exists()


@needs_train
@pytest.mark.slow
def test_the_commands_build_show_and_write_one_example(tmp_path: Path):
    recordings(tmp_path / "data" / "dead_air", *(f"clean_{n:022d}_farend_singletalk" for n in range(4)))
    place = str(tmp_path / "set")
    given = ["dataset", "build", "--out", place, "--data", str(tmp_path / "data"), "--scale", "0.001"]
    built = CliRunner().invoke(app, given)
    assert built.exit_code == 0, built.output
    shown = CliRunner().invoke(app, ["dataset", "show", "--dataset", place], env={"COLUMNS": "200"})
    assert "digital_silence" in shown.output
    assert "AEC Challenge" in shown.output
    heard = tmp_path / "one.wav"
    one = CliRunner().invoke(app, ["dataset", "show", "--dataset", place, "--example", "3", "--wav", str(heard)])
    assert "made by:" in one.output
    assert np.array_equal(soundfile.read(heard, dtype="int16")[0], open_dataset(Path(place)).pcm(3))
    beyond = CliRunner().invoke(app, ["dataset", "show", "--dataset", place, "--example", "9999"])
    assert isinstance(beyond.exception, ModelError)


def test_train_folds_are_numbered_and_test_has_none():
    assert [side.fold for side in TRAIN] == [0, 1, 2, 3, 4]
    assert TEST.fold == -1
