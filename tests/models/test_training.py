import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from features.g711 import Law
from models.classifier import ChunkClassifier
from models.dataset.examples import example
from models.dataset.recordings import SETS, recorded
from models.errors import ModelError
from models.sounds.music import hold_music
from models.sounds.silence import dead_air
from models.training import train

DATA = Path(os.environ.get("CALLSIEVE_DATA", Path(__file__).parents[2] / "../shared/data"))


def nobody(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


@pytest.mark.slow
def test_training_twice_gives_the_same_bytes_a_card_and_a_model_that_loads(tmp_path: Path):
    stages: list[str] = []
    first = train(tmp_path / "a", seed=3, each=10, progress=lambda stage, _done, _total: stages.append(stage))
    second = train(tmp_path / "b", seed=3, each=10)
    for name in ("call_type.skops", "call_type.json", "MODEL_CARD.md"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert first.info == second.info
    assert first.recorded is None
    assert ChunkClassifier.load(first.artifact).version == first.info.version
    assert stages[0] == "simulated calls"
    assert stages[-1] == "done"
    assert "simulated speech" in first.card.read_text()


def test_too_few_chunks_and_missing_recordings_are_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="at least 10"):
        train(tmp_path, each=9)
    with pytest.raises(ModelError, match="not a directory"):
        list(recorded(tmp_path / "absent", 1, progress=nobody))


def test_recordings_that_are_none_are_named(tmp_path: Path):
    folder = tmp_path / SETS[0].folder
    folder.mkdir()
    (folder / "x.flac").write_bytes(b"no audio at all")
    with pytest.raises(ModelError, match=r"x\.flac can't be read"):
        list(recorded(tmp_path, 1, progress=nobody, packaged=False))
    soundfile.write(folder / "x.flac", np.zeros(1600, np.int16), 16000)
    with pytest.raises(ModelError, match="16000 Hz"):
        list(recorded(tmp_path, 1, progress=nobody, packaged=False))


def test_a_recording_is_on_one_side_and_too_short_ones_give_nothing(tmp_path: Path):
    folder = tmp_path / "dead_air"
    folder.mkdir()
    for number in range(12):
        soundfile.write(folder / f"{number}.flac", dead_air(np.random.default_rng(number), 80000), 8000)
    soundfile.write(folder / "short.flac", np.zeros(1600, np.int16), 8000)
    examples = list(recorded(tmp_path, 1, progress=nobody, packaged=False))
    assert {one.label for one in examples} <= {"dead_air", "digital_silence"}
    assert {one.held_out for one in examples} == {True, False}
    assert len(examples) >= 4 * 12
    assert len(examples) <= 3 * 5 * 12


@pytest.mark.skipif(not DATA.is_dir(), reason="no recordings: CALLSIEVE_DATA is not a directory")
@pytest.mark.parametrize("law", ["pcmu", "pcma"])
def test_real_robocalls_are_speech_between_silences(law: Law):
    """Neither of them was trained on; both open with two near-silent seconds."""
    for file in sorted((DATA / "robocalls").glob("*.flac")):
        pcm = soundfile.read(file, dtype="int16")[0]
        chunks = [
            example(pcm[i : i + 16000], "", "", held_out=True, law=law) for i in range(0, pcm.size - 15999, 16000)
        ]
        given = [judgement.label for judgement in ChunkClassifier.load().classify([one.evidence for one in chunks])]
        silent = [one.evidence.loudest_frame_dbfs < -60.0 for one in chunks]
        assert silent[0], file.name
        assert {label for label, quiet in zip(given, silent, strict=True) if quiet} <= {"dead_air", "digital_silence"}
        sounding = [label for label, quiet in zip(given, silent, strict=True) if not quiet]
        assert set(sounding) <= {"speech", "undecided"}
        assert sounding.count("undecided") <= 1


def test_few_talkers_are_parted_by_name_and_wav_files_are_read(tmp_path: Path):
    folder = tmp_path / "hold_music"
    folder.mkdir()
    for name in ("macroform-one", "manolo-two"):
        soundfile.write(folder / f"{name}.wav", hold_music(np.random.default_rng(1), 80000), 8000)
    sides = {one.held_out: one.label for one in recorded(tmp_path, 1, progress=nobody, packaged=False)}
    assert sides == {False: "music_or_hold", True: "music_or_hold"}
