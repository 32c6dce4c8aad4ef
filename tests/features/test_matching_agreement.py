import numpy as np
import pytest
from numpy.typing import NDArray

from features.matching.agreement import LEAST_SHARED, SHIFTS, verify
from features.matching.chance import false_match_probability
from features.matching.lines import Line
from features.matching.popcount import popcount

Words = NDArray[np.uint32]


def some_words(seed: int, frames: int = 1000, *, flipped: float = 0.0) -> Words:
    """Words that change slowly, as overlapping windows make them, with a share of bits turned over."""
    rng = np.random.default_rng(seed)
    bits = np.repeat(rng.random((frames // 4 + 1, 32)) < 0.5, 4, axis=0)[:frames]
    other = np.random.default_rng(seed + 1).random(bits.shape) < flipped
    return np.asarray((bits ^ other) @ (1 << np.arange(32, dtype=np.int64)), np.uint32)


def asked(row: Words, shift: int = 6) -> Words:
    """A query's words: right in one row, chance in the others."""
    rows = np.stack([some_words(900 + number, len(row)) for number in range(SHIFTS)])
    rows[shift] = row
    return rows


def a_line(*, offset: float = 0.0, slope: float = 1.0, shift: float = 0.0, at: float = 150.0) -> Line:
    return Line(1, 9.0, at, offset + slope * at, slope, shift, 60.0, 9)


@pytest.mark.parametrize("word", [0, 1, 0xFFFFFFFF, 0x80000000, 0x12345678])
def test_bits_are_counted(word: int) -> None:
    assert popcount(np.uint32(word)) == word.bit_count()


def test_a_recording_with_every_fourth_bit_turned_over_is_found_where_it_lies() -> None:
    whole = some_words(1)
    query = some_words(1, flipped=0.25)[200:500]

    found = verify(asked(query), whole[::2], a_line(offset=202))

    assert found.offset == pytest.approx(200, abs=1.5)
    assert found.agreement == pytest.approx(0.75, abs=0.03)
    assert (found.first, found.last) == (pytest.approx(0, abs=12), pytest.approx(299, abs=12))
    assert false_match_probability(found) < 1e-6


@pytest.mark.parametrize(("slope", "shift"), [(1.1, -5), (0.9, 4)])
def test_tempo_and_pitch_are_told(slope: float, shift: int) -> None:
    whole = some_words(2)
    query = whole[np.round(100 + slope * np.arange(300)).astype(int)]

    found = verify(asked(query, 6 - shift), whole[::2], a_line(offset=101, slope=slope + 0.004, shift=shift * 48 / 36))

    assert found.tempo == pytest.approx(slope, abs=0.006)
    assert found.pitch == pytest.approx(2 ** (-shift / 36), rel=0.001)
    assert found.agreement > 0.85


def test_other_words_agree_by_chance_only() -> None:
    found = [
        verify(asked(some_words(seed, 300)), some_words(seed + 50)[::2], a_line(offset=200)) for seed in range(3, 9)
    ]

    assert max(each.evidence for each in found) < 25
    assert min(false_match_probability(each) for each in found) > 1e-3


def test_half_a_message_is_found_and_its_span_told() -> None:
    whole = some_words(20)
    query = some_words(30, 300)
    query[140:260] = whole[340:460]

    found = verify(asked(query), whole[::2], a_line(offset=200))

    assert (found.first, found.last) == (pytest.approx(140, abs=6), pytest.approx(259, abs=6))
    assert false_match_probability(found) < 1e-6


def test_a_shared_word_is_no_recording() -> None:
    whole = some_words(21)
    query = some_words(31, 300)
    query[100:150] = whole[300:350]  # 0.8 s

    found = verify(asked(query), whole[::2], a_line(offset=200))

    assert found.agreement > 0.9
    assert found.shared < LEAST_SHARED
    assert false_match_probability(found) == 1.0


def test_silence_is_no_evidence() -> None:
    whole = some_words(22)
    quiet = np.where(np.arange(1000) % 500 < 250, whole, np.uint32(0))

    assert verify(np.zeros((SHIFTS, 300), np.uint32), np.zeros(500, np.uint32), a_line()).evidence == 0
    assert verify(asked(whole[:300]), quiet[::2], a_line()).compared == pytest.approx(125, abs=8)


def test_a_line_outside_the_call_or_an_empty_query_compares_nothing() -> None:
    nothing = verify(np.zeros((SHIFTS, 0), np.uint32), some_words(1)[::2], a_line())
    outside = verify(asked(some_words(2, 100)), some_words(1)[::2], a_line(offset=5000))

    assert nothing.compared == outside.compared == 0
    assert nothing.last < nothing.first
    assert false_match_probability(outside) == 1.0


def test_parts_of_a_message_that_was_put_together_otherwise_add_up() -> None:
    whole = some_words(23)
    query = np.concatenate([whole[400:460], some_words(33, 40), whole[300:360], whole[700:760]])

    found = verify(asked(query), whole[::2], a_line(offset=400, at=30))

    assert found.parts == 3
    assert found.shared == pytest.approx(180, abs=20)
    assert (found.first, found.last) == (pytest.approx(0, abs=6), pytest.approx(219, abs=6))
    assert false_match_probability(found) < 1e-6


def test_words_for_another_number_of_pitches_are_refused() -> None:
    with pytest.raises(ValueError, match="13 pitches"):
        verify(np.zeros((3, 100), np.uint32), some_words(1), a_line())
