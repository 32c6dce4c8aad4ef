import numpy as np
import pytest

from features.g711 import decode_pcma, decode_pcmu
from features.levels import FLOOR_DBFS, frame_levels_dbfs, levels_dbfs, peak_dbfs, rms_dbfs, silence_code_share


def sine(amplitude: float, n: int = 8000) -> np.ndarray:
    return np.round(amplitude * np.sin(2 * np.pi * 1000 * np.arange(n) / 8000)).astype(np.int16)


def test_a_full_scale_square_is_0_dbfs_and_a_sine_3_below_its_peak():
    assert rms_dbfs(np.full(100, -32768, np.int16)) == pytest.approx(0.0, abs=1e-9)
    assert peak_dbfs(np.array([3, -32768], np.int16)) == pytest.approx(0.0, abs=1e-9)
    assert rms_dbfs(sine(16384)) == pytest.approx(-9.03, abs=0.01)
    assert peak_dbfs(sine(16384)) == pytest.approx(-6.02, abs=0.01)


@pytest.mark.parametrize("pcm", [np.zeros(0, np.int16), np.zeros(1, np.int16), np.zeros(16000, np.int16)])
def test_nothing_is_the_floor_and_finite(pcm: np.ndarray):
    for level in (rms_dbfs, peak_dbfs, lambda pcm: levels_dbfs(pcm).loudest_frame):
        assert level(pcm) == FLOOR_DBFS


def test_one_single_sample_is_a_frame_of_its_own():
    assert frame_levels_dbfs(np.array([1], np.int16)).tolist() == pytest.approx([-90.31], abs=0.01)


def test_the_loudest_and_the_quietest_frame_are_found_and_a_part_frame_is_left_out():
    pcm = np.concatenate([sine(100, 160), sine(10000, 160), sine(1000, 160), sine(30000, 80)])
    levels = frame_levels_dbfs(pcm)
    assert levels.shape == (3,)
    found = levels_dbfs(pcm)
    assert (found.quietest_frame, found.loudest_frame) == pytest.approx((levels[0], levels[1]))
    assert (found.rms, found.peak) == pytest.approx((rms_dbfs(pcm), peak_dbfs(pcm)))


def test_the_loudest_sound_there_is_does_not_overflow():
    found = levels_dbfs(np.full(16000, -32768, np.int16))
    assert found.rms == found.peak == found.quietest_frame == found.loudest_frame == 0.0


def test_levels_are_of_16_bit_audio_alone():
    with pytest.raises(TypeError, match="int16"):
        levels_dbfs(np.zeros(160, np.float32))  # type: ignore[arg-type]


def test_a_frame_of_no_samples_is_refused():
    with pytest.raises(ValueError, match="at least one sample"):
        frame_levels_dbfs(np.zeros(10, np.int16), frame=0)


def test_silence_is_judged_on_codes_of_the_law():
    codes = np.array([0xFF, 0x7F, 0xD5, 0x55, 0x00, 0x10, 0x11, 0x12], np.uint8)
    assert silence_code_share(codes, "pcmu") == 0.25
    assert silence_code_share(codes, "pcma") == 0.25
    assert silence_code_share(codes[:2], "pcmu") == 1.0
    assert silence_code_share(codes[:0], "pcmu") == 0.0
    with pytest.raises(ValueError, match="pcmu or pcma"):
        silence_code_share(codes, "l16")  # type: ignore[arg-type]


def test_a_laws_silence_is_at_minus_72_dbfs_and_mu_laws_is_nothing():
    assert rms_dbfs(decode_pcma(np.full(160, 0xD5, np.uint8))) == pytest.approx(-72.25, abs=0.01)
    assert rms_dbfs(decode_pcmu(np.full(160, 0x7F, np.uint8))) == FLOOR_DBFS
