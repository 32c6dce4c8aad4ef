import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.g711 import (
    PCMA_DBM0_OFFSET,
    PCMU_DBM0_OFFSET,
    decode_pcma,
    decode_pcmu,
    encode_pcma,
    encode_pcmu,
)
from features.levels import rms_dbfs

# ITU-T G.711 tables 5 and 6: one period of 1 kHz at 0 dBm0
ZERO_DBM0_PCMA = [0x34, 0x21, 0x21, 0x34, 0xB4, 0xA1, 0xA1, 0xB4]
ZERO_DBM0_PCMU = [0x1E, 0x0B, 0x0B, 0x1E, 0x9E, 0x8B, 0x8B, 0x9E]
ALL_CODES = np.arange(256, dtype=np.uint8)
ALL_VALUES = np.arange(-32768, 32768, dtype=np.int32).astype(np.int16)


def codes(values: list[int]) -> np.ndarray:
    return np.array(values, dtype=np.uint8)


def test_the_recommendations_sequences_are_at_0_dbm0():
    assert rms_dbfs(decode_pcmu(codes(ZERO_DBM0_PCMU))) + PCMU_DBM0_OFFSET == pytest.approx(0.0, abs=0.01)
    assert rms_dbfs(decode_pcma(codes(ZERO_DBM0_PCMA))) + PCMA_DBM0_OFFSET == pytest.approx(0.0, abs=0.01)


def test_the_ends_and_the_middle_of_both_laws_have_the_recommendations_values():
    assert decode_pcmu(codes([0x00, 0x80, 0x7F, 0xFF, 0xFE])).tolist() == [-32124, 32124, 0, 0, 8]
    assert decode_pcma(codes([0x2A, 0xAA, 0x55, 0xD5, 0xD4])).tolist() == [-32256, 32256, -8, 8, 24]


def test_every_code_survives_decoding_and_encoding_but_mu_laws_second_zero():
    again = encode_pcmu(decode_pcmu(ALL_CODES))
    assert np.array_equal(np.delete(again, 0x7F), np.delete(ALL_CODES, 0x7F))
    assert again[0x7F] == 0xFF
    assert np.array_equal(encode_pcma(decode_pcma(ALL_CODES)), ALL_CODES)


def test_encoding_is_monotonic_and_its_error_at_most_half_a_step():
    for encode, decode in ((encode_pcmu, decode_pcmu), (encode_pcma, decode_pcma)):
        decoded = decode(encode(ALL_VALUES)).astype(np.int32)
        assert np.all(np.diff(decoded) >= 0)
        error = np.abs(decoded - ALL_VALUES)
        assert np.all(error <= np.maximum(np.abs(ALL_VALUES.astype(np.int32)) / 32 + 8, 8) + 1)


@given(st.lists(st.integers(-32768, 32767), max_size=50))
def test_a_second_round_trip_changes_nothing(values: list[int]):
    pcm = np.array(values, dtype=np.int16)
    for encode, decode in ((encode_pcmu, decode_pcmu), (encode_pcma, decode_pcma)):
        once = decode(encode(pcm))
        assert np.array_equal(decode(encode(once)), once)


def test_another_dtype_is_refused():
    for function, dtype in ((decode_pcmu, np.int16), (decode_pcma, np.int8), (encode_pcmu, np.int32)):
        with pytest.raises(TypeError, match="expected an array"):
            function(np.zeros(4, dtype=dtype))


def test_strided_views_work_like_their_copies():
    pcm = ALL_VALUES[::-7]
    assert np.array_equal(encode_pcma(pcm), encode_pcma(pcm.copy()))
