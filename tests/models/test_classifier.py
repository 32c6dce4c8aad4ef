import json
import math
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import skops.io

from features.g711 import Law, decode_pcmu, encode_pcmu
from models.artifact import SHIPPED
from models.channel.line import gain
from models.classifier import LABELS, ChunkClassifier, Judgement
from models.dataset.examples import example
from models.dataset.simulated import HELD_OUT_VOICES, simulated
from models.errors import ModelError
from models.evidence import Evidence, evidence_from_pcm
from models.sounds.speech import conversation

CLASSIFIER = ChunkClassifier.load()
UNSEEN = 7001  # a seed that training doesn't use


def evidence(pcm: np.ndarray) -> Evidence:
    codes = encode_pcmu(pcm)
    return evidence_from_pcm(decode_pcmu(codes), codes, "pcmu")


def judge(pcm: np.ndarray) -> Judgement:
    return CLASSIFIER.classify([evidence(pcm)])[0]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for file in (SHIPPED, SHIPPED.with_suffix(".json")):
        shutil.copy(file, tmp_path / file.name)
    return tmp_path / SHIPPED.name


def rewrite(model: Path, **changes: object) -> None:
    described = model.with_suffix(".json")
    described.write_text(json.dumps(json.loads(described.read_text()) | changes))


@pytest.mark.slow
def test_every_simulated_label_is_told_from_seeds_and_voices_never_seen():
    examples = list(simulated(UNSEEN, 60, held_out=True))
    given = [judgement.label for judgement in CLASSIFIER.classify([one.evidence for one in examples])]
    total = Counter(one.label for one in examples)
    right = Counter(one.label for one, label in zip(examples, given, strict=True) if label == one.label)
    assert {label: round(right[label] / total[label], 3) for label in total if right[label] < 0.95 * total[label]} == {}
    assert total.keys() >= {"speech", "music_or_hold", "dtmf", "modem", "dead_air", "noise", "fax", "busy", "ringback"}


@pytest.mark.parametrize("law", ["pcmu", "pcma"])
def test_faint_speech_is_not_dead_air(law: Law):
    """At -60 dBFS RMS: what a far talker on a bad line has left."""
    chunks = []
    for seed in range(10):
        talk = conversation(np.random.default_rng(seed), 8.0, voices=HELD_OUT_VOICES, room_dbfs=-100.0)
        faint = gain(talk, -38.0)
        chunks += [example(faint[i : i + 16000], "speech", "", held_out=True, law=law) for i in (0, 16000, 32000)]
    given = Counter(judgement.label for judgement in CLASSIFIER.classify([one.evidence for one in chunks]))
    assert given["dead_air"] <= 1
    assert given["speech"] >= 0.9 * len(chunks)


def test_digital_silence_in_both_laws_is_told_by_its_codes():
    for law, code in (("pcmu", 0xFF), ("pcmu", 0x7F), ("pcma", 0xD5), ("pcma", 0x55)):
        codes = np.full(16000, code, np.uint8)
        judgement = CLASSIFIER.classify([evidence_from_pcm(np.zeros(16000, np.int16), codes, law)])[0]
        assert (judgement.label, judgement.reasons) == ("digital_silence", ["silence_codes"])


@pytest.mark.parametrize(
    "pcm",
    [
        np.zeros(0, np.int16),
        np.ones(1, np.int16),
        np.full(16000, 1000, np.int16),
        np.full(16000, -32768, np.int16),
        np.where(np.arange(16000) % 2, 32767, -32768).astype(np.int16),
        np.where(np.arange(16000) // 40 % 2, 32767, -32768).astype(np.int16),
        np.eye(1, 16000, 8000, dtype=np.int16)[0] * np.int16(32767),
    ],
    ids=["empty", "one sample", "constant", "clipped constant", "fastest square", "slow square", "one click"],
)
def test_strange_audio_gets_a_label_and_never_nan(pcm: np.ndarray):
    judgement = judge(pcm)
    assert judgement.label in LABELS
    assert math.isfinite(judgement.probability)
    assert sum(judgement.probabilities.values()) == pytest.approx(1.0)
    assert judgement.reasons


def test_a_batch_is_judged_as_its_chunks_are_one_by_one():
    some = [one.evidence for one in simulated(UNSEEN, 1, held_out=True)]
    assert CLASSIFIER.classify(some) == [CLASSIFIER.classify([one])[0] for one in some]
    assert CLASSIFIER.classify([]) == []


def test_dead_air_and_noise_part_at_the_level_of_their_definition():
    white = np.random.default_rng(4).standard_normal(16000)
    for level, label in ((-58.0, "dead_air"), (-52.0, "noise")):
        pcm = np.rint(white * 32768 * 10 ** (level / 20)).astype(np.int16)
        assert judge(pcm).label == label


def test_evidence_of_another_shape_or_with_nan_is_refused():
    good = evidence(np.random.default_rng(1).integers(-900, 900, 16000).astype(np.int16))
    fields = {name: getattr(good, name) for name in Evidence.__slots__}
    with pytest.raises(ValueError, match="129 bins"):
        CLASSIFIER.classify([Evidence(**(fields | {"bases": np.zeros((3, 65), np.float32)}))])
    with pytest.raises(ValueError, match="NaN"):
        CLASSIFIER.classify([Evidence(**(fields | {"rms_dbfs": math.nan}))])


def test_the_shipped_model_is_small_and_named_by_its_hash():
    assert SHIPPED.stat().st_size < 1_000_000
    assert CLASSIFIER.version.startswith("call_type-")
    assert CLASSIFIER.version in (SHIPPED.parent / "MODEL_CARD.md").read_text()


def test_a_missing_model_is_named(tmp_path: Path):
    with pytest.raises(ModelError, match=r"absent\.json can't be read"):
        ChunkClassifier.load(tmp_path / "absent.skops")


def test_a_changed_model_is_refused(copy: Path):
    data = bytearray(copy.read_bytes())
    data[len(data) // 2] ^= 1
    copy.write_bytes(data)
    with pytest.raises(ModelError, match="isn't the file"):
        ChunkClassifier.load(copy)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"features": ["loudness"]}, "other features"),
        ({"sklearn": "0.1.0"}, "scikit-learn"),
        ({"format": 99}, "format 99"),
        ({"threshold": "high"}, "wrong threshold"),
        ({"more": 1}, "lacks or adds"),
        ({"classes": ["speech"]}, "isn't the forest"),
    ],
)
def test_a_model_for_something_else_is_refused(copy: Path, changes: dict[str, object], message: str):
    rewrite(copy, **changes)
    with pytest.raises(ModelError, match=message):
        ChunkClassifier.load(copy)


@pytest.mark.parametrize("text", ["", "[]", "no json", "\x00"])
def test_a_broken_description_is_refused(copy: Path, text: str):
    copy.with_suffix(".json").write_text(text)
    with pytest.raises(ModelError, match="description"):
        ChunkClassifier.load(copy)


def test_another_object_in_a_well_described_file_is_refused(copy: Path):
    import hashlib

    data = skops.io.dumps({"a": 1})
    copy.write_bytes(data)
    rewrite(copy, sha256=hashlib.sha256(data).hexdigest())
    with pytest.raises(ModelError, match="isn't the forest"):
        ChunkClassifier.load(copy)
    data = b"not even a zip file"
    copy.write_bytes(data)
    rewrite(copy, sha256=hashlib.sha256(data).hexdigest())
    with pytest.raises(ModelError, match="trusted"):
        ChunkClassifier.load(copy)
