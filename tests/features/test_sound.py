"""What the numbers of a chunk's sound say of sounds whose numbers are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from features.blocks import BLOCK_NAMES, BLOCKS, describe_blocks
from features.frames import ChunkFrames, chunk_frames
from features.g711 import decode_pcmu, encode_pcmu
from features.layout import BINS, CHUNK, COLUMNS
from features.sound import SOUND_NAMES, describe
from features.spectrum import stft_magnitude
from features.voicing import voicing

T = np.arange(CHUNK) / 8000


def frames_of(sound: np.ndarray, received: np.ndarray | None = None) -> ChunkFrames:
    samples = np.asarray(sound, np.float32)
    came = np.ones(CHUNK, bool) if received is None else received
    return chunk_frames(samples, came, stft_magnitude(samples))


def numbers(sound: np.ndarray, received: np.ndarray | None = None) -> tuple[dict[str, float], np.ndarray]:
    """A chunk's numbers by name, and its blocks."""
    frames = frames_of(sound, received)
    strength, pitch = voicing(frames.samples)
    blocks = describe_blocks(frames, strength)
    return dict(zip(SOUND_NAMES, describe(frames, strength, pitch, blocks).tolist(), strict=True)), blocks


def noise(dbfs: float, seed: int = 1) -> np.ndarray:
    return 10 ** (dbfs / 20) * np.random.default_rng(seed).standard_normal(CHUNK)


def voice(dbfs: float, pitch_hz: float = 120.0) -> np.ndarray:
    """Harmonics of a pitch, four syllables a second."""
    harmonics = sum(np.sin(2 * np.pi * pitch_hz * k * T) / k for k in range(1, 20))
    syllables = np.sin(np.pi * 4 * T) ** 2
    sound = harmonics * syllables
    return sound * 10 ** (dbfs / 20) / np.sqrt(np.mean(sound**2))


def coded(sound: np.ndarray) -> np.ndarray:
    return decode_pcmu(encode_pcmu(np.round(sound * 32768).astype(np.int16))) / 32768


def test_names_are_as_many_as_numbers_and_each_stands_once():
    told, blocks = numbers(noise(-30))
    assert len(told) == len(SOUND_NAMES) == len(set(SOUND_NAMES))
    assert blocks.shape == (BLOCKS, len(BLOCK_NAMES))
    assert len(set(BLOCK_NAMES)) == len(BLOCK_NAMES)


def test_noise_is_level_flat_and_voiceless():
    told, blocks = numbers(noise(-30))
    assert told["level_p50"] == pytest.approx(-30.0, abs=0.3)
    assert told["ac_dbfs"] == pytest.approx(-30.0, abs=0.1)
    assert told["level_p90_p10"] < 2.0
    assert told["kurtosis"] == pytest.approx(2.0, abs=0.05)  # log2(1 + 3)
    assert told["crossings"] == pytest.approx(0.5, abs=0.02)
    assert told["flatness_mean"] == pytest.approx(0.56, abs=0.03)  # exp(-Euler's constant), of a chi-square of 2
    assert told["voiced_share"] == 0.0
    assert told["two_lines_share"] == 0.0
    np.testing.assert_allclose(blocks[:, 0], -30.0, atol=0.5)


def test_a_tone_is_one_line_that_stays():
    told, blocks = numbers(0.1 * np.sin(2 * np.pi * 1000 * T))
    assert told["line_mean"] > 0.99
    assert told["peak_bin_mean"] == 32.0
    assert told["peak_bin_sd"] == 0.0
    assert told["peak_kept_longest_s"] == pytest.approx(2.0, abs=0.05)
    assert told["likeness_mean"] == pytest.approx(1.0, abs=1e-3)
    assert told["crossings"] == pytest.approx(0.25, abs=0.01)
    assert np.all(blocks[:, BLOCK_NAMES.index("peak_bin")] == 32.0)


def test_two_tones_are_two_lines():
    told, _ = numbers(0.1 * np.sin(2 * np.pi * 770 * T) + 0.1 * np.sin(2 * np.pi * 1336 * T))
    assert told["lines_mean"] > 0.99
    assert told["line_mean"] == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("dbfs", [-20.0, -60.0, -66.0])
def test_a_voice_of_a_few_code_steps_is_voiced_and_modulated_still(dbfs: float):
    told, _ = numbers(coded(voice(dbfs)))
    room, _ = numbers(coded(noise(dbfs)))
    assert told["voiced_share"] > 0.3 > room["voiced_share"]
    assert told["voicing_max"] > 0.8
    assert told["modulation_all_2_4hz"] + told["modulation_all_4_8hz"] > 0.6
    assert told["level_p90_p10"] > 6.0 + room["level_p90_p10"]


@pytest.mark.parametrize("pitch_hz", [80.0, 120.0, 220.0])
def test_the_pitch_is_found(pitch_hz: float):
    told, _ = numbers(voice(-20, pitch_hz))
    assert told["pitch_hz"] == pytest.approx(pitch_hz, rel=0.05)
    assert told["pitch_sd_octaves"] < 0.1


def test_a_word_in_the_last_300_ms_stands_out_of_two_quiet_seconds():
    sound = noise(-72)
    sound[-2400:] += voice(-50)[-2400:]
    told, blocks = numbers(coded(sound))
    assert told["tail_over_rest_db"] > 10.0
    assert told["loudest_block_place"] > 0.85
    assert told["loudest_block_voicing_max"] > 0.8
    assert blocks[:8, BLOCK_NAMES.index("voicing_max")].max() < 0.6


def test_modulation_is_told_by_its_rate():
    for rate, name in ((1.5, "1_2hz"), (3.0, "2_4hz"), (5.5, "4_8hz"), (12.0, "8_16hz")):
        told, _ = numbers((1 + 0.8 * np.sin(2 * np.pi * rate * T)) * noise(-30))
        shares = {key: told[f"modulation_all_{key}"] for key in ("1_2hz", "2_4hz", "4_8hz", "8_16hz")}
        assert max(shares, key=lambda key: shares[key]) == name


def test_lost_packets_are_no_silence():
    lost = np.repeat(np.random.default_rng(4).random(100) < 0.2, 160)
    sound = voice(-30) + noise(-50)
    whole, _ = numbers(sound)
    told, blocks = numbers(np.where(lost, 0, sound), ~lost)
    for name, within in {"level_p10": 3.0, "level_p50": 2.0, "voiced_share": 0.15, "likeness_mean": 0.05}.items():
        assert told[name] == pytest.approx(whole[name], abs=within), name
    assert told["constant_share"] == 0.0
    assert blocks[:, BLOCK_NAMES.index("received_share")].mean() == pytest.approx(1 - lost.mean())


def test_a_blocks_numbers_are_of_its_own_200_ms():
    sound = np.zeros(CHUNK)
    sound[3 * 1600 : 4 * 1600] = 0.1 * np.sin(2 * np.pi * 500 * T[:1600])
    _, blocks = numbers(sound)
    level = blocks[:, BLOCK_NAMES.index("level_db")]
    assert level.argmax() == 3
    assert np.all(np.delete(level, 3) == -90.0)
    assert blocks[3, BLOCK_NAMES.index("peak_bin")] == pytest.approx(16.0, abs=0.5)


def odd_sounds() -> dict[str, np.ndarray]:
    square = np.where(np.arange(CHUNK) // 8 % 2, 32767, -32768) / 32768
    click = np.zeros(CHUNK)
    click[5] = 1 / 32768
    return {"empty": np.zeros(CHUNK), "constant": np.full(CHUNK, 0.5), "square": square, "click": click}


@pytest.mark.parametrize("share", [1.0, 0.5, 1 / CHUNK, 0.0])
@pytest.mark.parametrize("name", ["empty", "constant", "square", "click"])
def test_odd_sounds_have_finite_numbers_however_little_came(name: str, share: float):
    received = np.arange(CHUNK) < round(share * CHUNK)
    told, blocks = numbers(np.where(received, odd_sounds()[name], 0), received)
    assert np.isfinite(list(told.values())).all()
    assert np.isfinite(blocks).all()
    assert told["level_max"] <= 0.0
    if share == 0.0:
        assert {value for key, value in told.items() if not key.startswith("level_")} == {0.0}


@settings(deadline=None, max_examples=25)
@given(
    arrays(np.int16, CHUNK // 160, elements=st.integers(-32768, 32767)),
    arrays(np.bool_, CHUNK // 160),
    st.sampled_from([1, 160]),
)
def test_any_audio_and_any_loss_give_finite_numbers(values: np.ndarray, came: np.ndarray, hold: int):
    sound = np.repeat(values, 160) if hold == 160 else np.tile(values, 160)
    told, blocks = numbers(sound / 32768, np.repeat(came, 160))
    assert np.isfinite(list(told.values())).all()
    assert np.isfinite(blocks).all()


def test_what_is_no_chunk_is_refused():
    good = (np.zeros(CHUNK, np.float32), np.ones(CHUNK, bool), np.zeros((BINS, COLUMNS), np.float32))
    with pytest.raises(ValueError, match="expected"):
        chunk_frames(good[0][:100], good[1][:100], good[2])
    with pytest.raises(ValueError, match="expected"):
        chunk_frames(good[0], good[1], good[2][:, :10])
    with pytest.raises(ValueError, match="NaN"):
        chunk_frames(np.full(CHUNK, np.nan, np.float32), good[1], good[2])
    with pytest.raises(ValueError, match="NaN"):
        chunk_frames(good[0], good[1], np.full((BINS, COLUMNS), np.inf, np.float32))
