"""From samples to label, where samples are few, none, or no chunk at all."""

import math

import numpy as np
import pytest

from features.g711 import encode_pcmu
from models.classifier import LABELS, ChunkClassifier
from models.evidence import evidence_from_pcm
from models.vector import feature_matrix

SQUARE = np.where(np.arange(16000) // 8 % 2, 32767, -32768).astype(np.int16)


@pytest.fixture(scope="module")
def classifier() -> ChunkClassifier:
    return ChunkClassifier.load()


@pytest.mark.parametrize("kept", [0, 1, 159, 160, 255, 256, 4000, 15999])
@pytest.mark.parametrize("pcm", [SQUARE, np.full(16000, 8, np.int16)], ids=["square", "constant"])
def test_however_little_came_there_is_a_label_and_no_nan(classifier: ChunkClassifier, pcm: np.ndarray, kept: int):
    received = np.zeros(16000, bool)
    received[16000 - kept :] = True
    evidence = evidence_from_pcm(
        np.where(received, pcm, 0).astype(np.int16), encode_pcmu(pcm[received]), "pcmu", received=received
    )
    assert np.isfinite(feature_matrix([evidence])).all()
    assert np.isfinite(evidence.blocks).all()
    (judgement,) = classifier.classify([evidence])
    assert judgement.label in LABELS
    assert math.isfinite(judgement.probability)
    assert all(math.isfinite(chance) for chance in judgement.probabilities.values())


def test_an_all_lost_chunk_is_no_media(classifier: ChunkClassifier):
    lost = evidence_from_pcm(np.zeros(16000, np.int16), np.zeros(0, np.uint8), "none", received=np.zeros(16000, bool))
    assert classifier.classify([lost])[0].label == "no_media"


def test_audio_of_another_rate_or_kind_is_a_documented_error():
    with pytest.raises(ValueError, match="at most 16000"):
        evidence_from_pcm(np.zeros(32000, np.int16), None, "l16")  # two seconds at 16 kHz
    with pytest.raises(TypeError, match="int16"):
        evidence_from_pcm(np.full(16000, np.nan, np.float32), None, "l16")  # type: ignore[arg-type]
