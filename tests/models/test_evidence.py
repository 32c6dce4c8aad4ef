from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from features.g711 import encode_pcma, encode_pcmu
from models.evidence import evidence_from_pcm, tone_shares
from models.vector import FEATURE_NAMES, feature_matrix


@dataclass
class Heard:
    symbol: str
    start_s: float
    duration_s: float


def square(n: int = 16000) -> np.ndarray:
    return np.where(np.arange(n) // 8 % 2, 32767, -32768).astype(np.int16)


def test_tones_of_a_family_count_once_and_only_within_the_chunk():
    tones = [Heard("1", -0.1, 0.2), Heard("2", 0.05, 0.15), Heard("busy", 1.5, 5.0), Heard("425", 1.0, 0.5)]
    assert tone_shares(tones) == pytest.approx({"dtmf": 0.1, "busy": 0.25, "tone": 0.25})
    assert tone_shares([Heard("cng", 2.0, 1.0), Heard("ced", -1.0, 0.5)]) == {}
    assert tone_shares([Heard("?", 0.0, 0.1)]) == pytest.approx({"dtmf": 0.05})
    assert tone_shares([Heard("ans_pr", 0.0, 1.0), Heard("beep", 1.0, 0.2)]) == pytest.approx(
        {"modem": 0.5, "beep": 0.1}
    )


def test_levels_are_of_the_received_samples_alone():
    pcm, received = square(), np.zeros(16000, bool)
    received[:4000] = True
    pcm[4000:] = 0
    evidence = evidence_from_pcm(pcm, encode_pcmu(pcm[:4000]), "pcmu", received=received, comfort_noise_share=0.5)
    assert evidence.rms_dbfs == pytest.approx(0.0, abs=0.01)
    assert evidence.quietest_frame_dbfs == pytest.approx(0.0, abs=0.01)
    assert evidence.coverage == 0.75
    assert evidence.comfort_noise_share == 0.5


def test_silence_is_judged_on_codes_and_without_them_on_samples():
    zeros = np.zeros(16000, np.int16)
    assert evidence_from_pcm(zeros, encode_pcmu(zeros), "pcmu").silence_code_share == 1.0
    assert evidence_from_pcm(zeros + np.int16(8), encode_pcma(zeros), "pcma").silence_code_share == 1.0
    assert evidence_from_pcm(zeros, None, "l16").silence_code_share == 1.0
    assert evidence_from_pcm(zeros + np.int16(8), None, "l16").silence_code_share == 0.0
    assert evidence_from_pcm(zeros + np.int16(8), encode_pcma(zeros), "mixed").silence_code_share == 1.0


@given(arrays(np.int16, st.integers(0, 700)))
def test_any_audio_gives_finite_features(pcm: np.ndarray):
    matrix = feature_matrix([evidence_from_pcm(pcm, encode_pcmu(pcm), "pcmu")])
    assert matrix.shape == (1, len(FEATURE_NAMES))
    assert np.isfinite(matrix).all()


def test_what_is_no_chunk_is_refused():
    with pytest.raises(ValueError, match="at most 16000"):
        evidence_from_pcm(np.zeros(16001, np.int16), None, None)
    with pytest.raises(ValueError, match="one dimension"):
        evidence_from_pcm(np.zeros((2, 100), np.int16), None, None)
    with pytest.raises(ValueError, match="mask"):
        evidence_from_pcm(np.zeros(100, np.int16), None, None, received=np.zeros(99, bool))
    with pytest.raises(TypeError, match="int16"):
        evidence_from_pcm(np.full(16000, np.nan), None, None)  # type: ignore[arg-type]


def test_a_gap_has_no_part_in_the_bases():
    rng = np.random.default_rng(3)
    pcm = (3000 * np.sin(2 * np.pi * 440 / 8000 * np.arange(16000)) + rng.normal(0, 50, 16000)).astype(np.int16)
    lost = np.zeros(16000, bool)
    lost[4000:4800] = lost[9000:9160] = True
    whole = evidence_from_pcm(pcm, encode_pcmu(pcm), "pcmu")
    holed = np.where(lost, 0, pcm).astype(np.int16)
    gapped = evidence_from_pcm(holed, encode_pcmu(pcm[~lost]), "pcmu", received=~lost)
    assert float(gapped.bases[0] @ whole.bases[0]) > 0.9999
    assert (
        gapped.singular_values[1] / gapped.singular_values[0] < 2 * whole.singular_values[1] / whole.singular_values[0]
    )
