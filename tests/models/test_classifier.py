import math
from collections import Counter

import numpy as np
import pytest

from features.g711 import Law, decode_pcma, decode_pcmu, encode_pcma, encode_pcmu
from models.artifact import CARD_FILE, CHUNK_FILE, SHIPPED
from models.channel.line import gain
from models.classifier import LABELS, ChunkClassifier, Judgement
from models.evidence import Evidence, evidence_from_pcm
from models.sounds.music import hold_music
from models.sounds.speech import VOICES, conversation

CLASSIFIER = ChunkClassifier.load()


def evidence(pcm: np.ndarray, law: Law = "pcmu") -> Evidence:
    codes = encode_pcmu(pcm) if law == "pcmu" else encode_pcma(pcm)
    return evidence_from_pcm(decode_pcmu(codes) if law == "pcmu" else decode_pcma(codes), codes, law)


def judge(pcm: np.ndarray) -> Judgement:
    return CLASSIFIER.classify([evidence(pcm)])[0]


@pytest.mark.parametrize("law", ["pcmu", "pcma"])
def test_faint_speech_is_not_dead_air(law: Law):
    """At -60 dBFS RMS: what a far talker on a bad line has left."""
    chunks = []
    for seed in range(10):
        talk = conversation(np.random.default_rng(seed), 8.0, voices=VOICES[3::4], room_dbfs=-100.0)
        faint = gain(talk, -38.0)
        chunks += [evidence(faint[i : i + 16000], law) for i in (0, 16000, 32000)]
    given = Counter(judgement.label for judgement in CLASSIFIER.classify(chunks))
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
    rng = np.random.default_rng(9)
    talk, music = conversation(rng, 8.0), hold_music(rng, 64000)
    some = [evidence(sound[i : i + 16000]) for sound in (talk, music) for i in (0, 16000, 32000)]
    some.append(evidence(np.zeros(16000, np.int16)))
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


def test_probabilities_sum_to_one_and_an_undecided_chunk_tells_what_it_may_be():
    rng = np.random.default_rng(2)
    sounds = [gain(hold_music(rng, 16000), change) for change in range(-60, 0, 4)]
    judged = CLASSIFIER.classify([evidence(np.roll(one, 3) // 2 + sounds[k - 1] // 2) for k, one in enumerate(sounds)])
    for one in judged:
        assert sum(one.probabilities.values()) == pytest.approx(1.0)
        likeliest = max(one.probabilities, key=one.probabilities.__getitem__)
        assert one.label == likeliest or one.reasons in (["low_probability", f"maybe_{likeliest}"],)


def test_the_shipped_model_is_small_and_its_card_names_it():
    assert (SHIPPED / CHUNK_FILE).stat().st_size < 3_000_000
    assert CLASSIFIER.version.startswith("call_type-")
    assert CLASSIFIER.version in (SHIPPED / CARD_FILE).read_text()
