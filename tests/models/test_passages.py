"""Inside a chunk: which 200 ms hold what, and the passages they make."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from features.g711 import decode_pcma, decode_pcmu, encode_pcma, encode_pcmu
from features.tone import Tone
from features.tones import detect_tones
from models.evidence import CHUNK_SAMPLES, Evidence, evidence_from_pcm
from models.passages.certain import CERTAIN, UNCERTAIN, certain_blocks
from models.passages.columns import BLOCK_COLUMNS, block_matrix
from models.passages.model import CLASSES, HEARD, BlockModel, block_labels
from models.passages.smoothing import likeliest_paths, runs
from models.passages.truth import block_truth
from models.sounds.noise import noise
from models.sounds.tones import busy, dtmf


class LoudIsSpeech:
    """A graph that takes what is loud for speech, and the rest for nobody."""

    def probabilities(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        loud = rows[:, BLOCK_COLUMNS.index("level_db")] > -50.0
        sure = np.full((len(rows), len(HEARD)), 0.02, np.float32)
        sure[:, HEARD.index("speech")] = np.where(loud, 0.94, 0.02)
        sure[:, HEARD.index("nobody")] = np.where(loud, 0.02, 0.94)
        return sure


def heard(pcm: NDArray[np.int16], law: str = "pcmu", received: NDArray[np.bool_] | None = None) -> Evidence:
    codes = encode_pcmu(pcm) if law == "pcmu" else encode_pcma(pcm)
    decoded = decode_pcmu(codes) if law == "pcmu" else decode_pcma(codes)
    came = np.ones(pcm.size, np.bool_) if received is None else received
    decoded = np.where(came, decoded, 0).astype(np.int16)
    tones = detect_tones(decoded, 0)
    return evidence_from_pcm(decoded, codes[came], law, received=came, tones=tones)


def parts(*lengths_and_levels: tuple[float, float]) -> NDArray[np.int16]:
    """Noise of some levels (dBFS; silence below -100), one after the other."""
    rng = np.random.default_rng(1)
    made = [
        noise(rng, round(s * 8000), level, "white") if level > -100.0 else np.zeros(round(s * 8000), np.int16)
        for s, level in lengths_and_levels
    ]
    return np.concatenate(made)


def labels(one: Evidence) -> list[str]:
    return ["?" if place == UNCERTAIN else CERTAIN[place] for place in certain_blocks([one])[0]]


def told(one: Evidence, label: str) -> list[tuple[str, float, float]]:
    (found,) = BlockModel(LoudIsSpeech()).passages([one], [label])
    return [(each.label, round(each.start_s, 3), round(each.duration_s, 3)) for each in found]


@pytest.mark.parametrize("law", ["pcmu", "pcma"])
def test_silence_codes_are_told_by_law_and_faint_sound_is_not_silence(law: str) -> None:
    assert labels(heard(parts((0.8, -120.0), (1.2, -30.0)), law)) == ["digital_silence"] * 4 + ["?"] * 6
    assert labels(heard(parts((0.8, -66.0), (1.2, -30.0)), law)) == ["?"] * 10


def test_idle_noise_of_one_step_is_no_digital_silence() -> None:
    toggling = np.resize(np.array([8, -8, 8, 0], np.int16), CHUNK_SAMPLES)
    assert labels(heard(toggling)) == ["?"] * 10


def test_lost_blocks_are_no_media_and_comfort_noise_is_told_by_its_packets() -> None:
    came = np.ones(CHUNK_SAMPLES, np.bool_)
    came[4_800:9_600] = False
    one = heard(parts((2.0, -30.0)), received=came)
    assert labels(one) == ["?"] * 3 + ["no_media"] * 3 + ["?"] * 4
    quiet = evidence_from_pcm(
        np.zeros(CHUNK_SAMPLES, np.int16), None, None, received=~came & came, comfort_noise_share=1.0
    )
    assert labels(quiet) == ["comfort_noise"] * 10


def test_a_loss_alone_parts_no_chunk() -> None:
    came = np.ones(CHUNK_SAMPLES, np.bool_)
    came[8_000:] = False
    assert told(heard(parts((2.0, -25.0)), received=came), "speech") == []
    assert told(heard(parts((0.6, -120.0), (1.4, -25.0)), received=came), "speech") == [
        ("digital_silence", 0.0, 0.6),
        ("speech", 0.6, 0.4),
        ("no_media", 1.0, 1.0),
    ]


def test_a_modem_is_told_by_its_answer_tone_and_a_beep_is_judged_by_ear() -> None:
    def block(symbol: str) -> list[str]:
        tone = Tone(symbol, 0.4, 0.8, -12.0, 0.0, 0.0, 30.0, known_s=0.8)
        pcm = parts((2.0, -30.0))
        return labels(evidence_from_pcm(pcm, encode_pcmu(pcm), "pcmu", tones=[tone]))

    assert block("ans_pr") == ["?"] * 2 + ["modem"] * 4 + ["?"] * 4
    assert block("beep") == ["?"] * 10


def test_tones_are_told_by_their_times() -> None:
    pcm = parts((2.0, -120.0))
    pcm[3_200:4_000] = dtmf("5", 0.1, 0.0)[:800]
    assert labels(heard(pcm)) == ["digital_silence"] * 2 + ["dtmf"] + ["digital_silence"] * 7


def test_silence_then_speech_is_two_passages() -> None:
    assert told(heard(parts((1.2, -120.0), (0.8, -25.0))), "speech") == [
        ("digital_silence", 0.0, 1.2),
        ("speech", 1.2, 0.8),
    ]
    assert told(heard(parts((0.6, -70.0), (1.4, -25.0))), "speech") == [("dead_air", 0.0, 0.6), ("speech", 0.6, 1.4)]


def test_the_pauses_of_a_cadence_are_its_own() -> None:
    assert told(heard(busy(CHUNK_SAMPLES)), "busy") == []


def test_a_chunk_of_one_sound_has_no_passages() -> None:
    assert told(heard(parts((2.0, -25.0))), "speech") == []
    assert told(heard(parts((2.0, -120.0))), "digital_silence") == []


def test_a_label_that_no_block_knows_of_stands_alone() -> None:
    mixed = heard(parts((1.0, -120.0), (1.0, -25.0)))
    assert told(mixed, "dtmf") == []
    assert [label for label, _, _ in told(mixed, "undecided")] == ["digital_silence", "speech"]


def test_a_label_that_a_block_half_knows_of_is_settled_there() -> None:
    class Unsure(LoudIsSpeech):
        def probabilities(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
            sure = super().probabilities(rows)
            sure[5] = [0.0, 0.3, 0.7, 0.0]
            return sure

    (found,) = BlockModel(Unsure()).passages([heard(parts((2.0, -70.0)))], ["music_or_hold"])
    assert [each.label for each in found] == ["dead_air", "music_or_hold", "dead_air"]


def test_the_level_of_the_chunk_counts_where_its_passages_say_otherwise() -> None:
    louder = heard(parts((1.4, -120.0), (0.6, -52.0)))
    assert louder.rms_dbfs < -55.0
    assert [label for label, _, _ in told(louder, "dead_air")] == ["digital_silence", "dead_air"]
    assert [label for label, _, _ in told(louder, "noise")] == ["digital_silence", "noise"]


def test_evidence_without_blocks_has_no_passages_and_broken_blocks_are_refused() -> None:
    one = heard(parts((2.0, -25.0)))
    bare = Evidence(one.bases, one.singular_values, -20.0, -10.0, -10.0, -20.0, 0.0, 0.0, 1.0)
    assert BlockModel(LoudIsSpeech()).passages([bare], ["speech"]) == [()]
    with pytest.raises(ValueError, match="NaN"):
        block_matrix([Evidence(**{**fields(one), "blocks": np.full_like(one.blocks, np.nan)})])


def fields(one: Evidence) -> dict[str, object]:
    return {name: getattr(one, name) for name in Evidence.__slots__}


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.floats(0.0, 1.0), min_size=3, max_size=3), min_size=1, max_size=5), st.floats(0.01, 0.5))
def test_the_likeliest_path_is_the_best_of_all(rows: Sequence[Sequence[float]], change: float) -> None:
    chances = np.maximum(np.array(rows), 1e-4)
    (path,) = likeliest_paths(chances[None], change)

    def score(candidate: Sequence[int]) -> float:
        told = sum(np.log(chances[block, place]) for block, place in enumerate(candidate))
        steps = sum(np.log(1 - change) if a == b else np.log(change / 2) for a, b in pairwise(candidate))
        return float(told + steps)

    best = max(score(candidate) for candidate in np.ndindex(*[3] * len(rows)))
    assert score(path.tolist()) == pytest.approx(best)


def test_one_doubtful_block_changes_nothing_and_a_certain_stretch_does() -> None:
    chances = np.full((1, 10, len(CLASSES)), 0.001)
    chances[0, :, HEARD.index("speech")] = 0.9
    chances[0, 4] = 0.001
    chances[0, 4, HEARD.index("nobody")], chances[0, 4, HEARD.index("speech")] = 0.6, 0.4
    assert runs(block_labels(chances)[0]) == [("speech", 0, 10)]
    chances[0, 4:7] = 0.001
    chances[0, 4:7, HEARD.index("nobody")] = 0.95
    assert runs(block_labels(chances)[0]) == [("speech", 0, 4), ("nobody", 4, 3), ("speech", 7, 3)]


def test_blocks_at_edges_have_no_truth() -> None:
    assert block_truth([("digital_silence", 0.0, 0.5), ("dead_air", 0.5, 1.5)]) == [
        *["digital_silence"] * 2,
        None,
        *["nobody"] * 7,
    ]
