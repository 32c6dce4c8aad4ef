import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from silence_world import entry

from features.g711 import Law, decode_pcma, decode_pcmu, encode_pcma, encode_pcmu
from features.levels import rms_dbfs
from models.artifact import BLOCKS_FILE, CARD_FILE, CHUNK_FILE, INFO_FILE
from models.channel.packets import CODED
from models.classifier import ChunkClassifier
from models.dataset.store import PACKETS, Dataset, open_dataset
from models.dataset.writing import DatasetWriter
from models.errors import ModelError
from models.evidence import Evidence, evidence_from_pcm
from models.library.labels import unheard
from models.sounds.modem import modem_data
from models.sounds.music import hold_music
from models.sounds.noise import noise
from models.sounds.silence import dead_air
from models.sounds.speech import conversation
from models.training import train
from models.vector import FEATURE_NAMES

DATA = Path(os.environ.get("CALLSIEVE_DATA", Path(__file__).parents[2] / "../shared/data"))
Pcm = NDArray[np.int16]


def sounds(rng: np.random.Generator, each: int) -> Iterator[tuple[str, Pcm]]:
    """So many chunks of each class that has to be heard."""
    for _ in range(each):
        yield "speech", conversation(rng, 2.0, room_dbfs=-70.0)[:16000]
        yield "music_or_hold", hold_music(rng, 16000)
        yield "modem", modem_data(rng, 16000)
        yield "dead_air", dead_air(rng, 16000)
        yield "noise", noise(rng, 16000, -40.0)


def small_dataset(path: Path, each: int) -> Dataset:
    with DatasetWriter(path) as writer:
        for split in ("train", "test"):
            for number, (label, pcm) in enumerate(sounds(np.random.default_rng(len(split)), each)):
                codes = encode_pcmu(pcm)
                one = entry(
                    label=label,
                    split=split,
                    fold=number // 5 % 5 if split == "train" else -1,
                    recording=f"{split} {number}",
                    group=f"{split} {number}",
                    passages=[(label, 0.0, 2.0)],
                    rms_dbfs=rms_dbfs(decode_pcmu(codes)),
                )
                writer.add(one, codes, np.full(PACKETS, CODED, np.uint8))
        writer.finish(builder=0, seed=5, scale=0.0, origins={"simulated": "made for a test"}, rejected={})
    return open_dataset(path)


@pytest.mark.slow
def test_training_twice_gives_the_same_bytes_a_card_and_a_model_that_loads(tmp_path: Path):
    dataset = small_dataset(tmp_path / "set", 40)
    stages: list[str] = []
    reviewed = [(np.zeros(len(FEATURE_NAMES), np.float32), "speech")] * 9
    first = train(
        tmp_path / "a", dataset, seed=3, extra=reviewed, progress=lambda stage, _done, _total: stages.append(stage)
    )
    second = train(tmp_path / "b", dataset, seed=3, extra=reviewed)
    for name in (CHUNK_FILE, BLOCKS_FILE, INFO_FILE, CARD_FILE):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert first.info == second.info
    assert first.info.chunk.largest_difference < 1e-5
    assert ChunkClassifier.load(first.folder).version == first.info.version
    assert (first.truth == first.given).mean() > 0.5
    assert (stages[0], stages[-1]) == ("measuring what to train on", "measuring what was held out")
    card = (tmp_path / "a" / CARD_FILE).read_text()
    assert first.info.version in card
    assert "simulated: made for a test | 200 | 200 | 200 |" in card
    assert set(first.info.reference) == set(FEATURE_NAMES)
    assert all(np.all(np.diff(edges) >= 0) and len(edges) == 9 for edges in first.info.reference.values())
    assert first.info.trained_on.reviewed == 9
    assert unheard(first.info.chunk.classes) == ["dtmf", "fax", "ringback", "sit"]


def test_a_data_set_without_a_side_or_with_too_few_classes_is_refused(tmp_path: Path):
    with pytest.raises(ModelError, match="callsieve dataset build"):
        open_dataset(tmp_path / "none")
    with pytest.raises(ModelError, match="0 classes only"):
        train(tmp_path / "model", small_dataset(tmp_path / "set", 2))
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize(
    ("row", "label", "message"),
    [
        (np.zeros(3, np.float32), "speech", "finite numbers"),
        (np.full(len(FEATURE_NAMES), np.nan, np.float32), "speech", "finite numbers"),
        (np.zeros(len(FEATURE_NAMES), np.float32), "a cat", "no label"),
    ],
)
def test_reviewed_rows_that_cannot_be_learnt_from_are_refused(tmp_path: Path, row: Pcm, label: str, message: str):
    with pytest.raises(ValueError, match=message):
        train(tmp_path / "model", small_dataset(tmp_path / "set", 1), extra=[(row, label)])


def coded(pcm: Pcm, law: Law) -> Evidence:
    codes = encode_pcmu(pcm) if law == "pcmu" else encode_pcma(pcm)
    return evidence_from_pcm(decode_pcmu(codes) if law == "pcmu" else decode_pcma(codes), codes, law)


@pytest.mark.skipif(not DATA.is_dir(), reason="no recordings: CALLSIEVE_DATA is not a directory")
@pytest.mark.parametrize("law", ["pcmu", "pcma"])
def test_real_robocalls_are_speech_between_silences(law: Law):
    """Neither of them was trained on; both open with two near-silent seconds."""
    for file in sorted((DATA / "robocalls").glob("*.flac")):
        pcm = soundfile.read(file, dtype="int16")[0]
        chunks = [coded(pcm[i : i + 16000], law) for i in range(0, pcm.size - 15999, 16000)]
        given = [judgement.label for judgement in ChunkClassifier.load().classify(chunks)]
        silent = [one.loudest_frame_dbfs < -60.0 for one in chunks]
        assert silent[0], file.name
        quiet = {label for label, still in zip(given, silent, strict=True) if still}
        assert quiet <= {"dead_air", "digital_silence", "undecided"}
        sounding = [label for label, still in zip(given, silent, strict=True) if not still]
        # one of them begins with a beep of 150 ms, which is no talk
        assert set(sounding) <= {"speech", "undecided", "noise"}
        assert len(sounding) - sounding.count("speech") <= 1
        assert "speech" in given[:3]
