"""Chunk boundaries are invisible in the count: each tone is new in exactly one of the chunks that see it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.dtmf import COLUMNS, KEYS, ROWS
from features.tones import Tone, detect_tones

CHUNK, LEAD_IN = 16000, 1024


def tone(samples: int, *frequencies: float, peak: float = 3000.0) -> np.ndarray:
    t = np.arange(samples) / 8000
    return peak * sum(np.sin(2 * np.pi * f * t + i) for i, f in enumerate(frequencies))


def key_press(key: str, samples: int) -> np.ndarray:
    row, column = divmod(KEYS.index(key), 4)
    return tone(samples, ROWS[row], COLUMNS[column])


def at(start: int, sound: np.ndarray, chunks: int = 2, noise: float = 0.0, seed: int = 0) -> np.ndarray:
    audio = np.random.default_rng(seed).normal(scale=noise, size=chunks * CHUNK) if noise else np.zeros(chunks * CHUNK)
    audio[start : start + len(sound)] += sound[: len(audio) - start]
    return np.round(audio).astype(np.int16)


def by_chunk(pcm: np.ndarray) -> list[list[Tone]]:
    return [
        detect_tones(pcm[max(start - LEAD_IN, 0) : start + CHUNK], LEAD_IN if start else 0)
        for start in range(0, len(pcm), CHUNK)
    ]


def new(pcm: np.ndarray) -> list[tuple[str, float]]:
    """Return symbol and start in samples of what is new over all chunks."""
    return [
        (t.symbol, number * CHUNK + t.start_s * 8000)
        for number, tones in enumerate(by_chunk(pcm))
        for t in tones
        if not t.continued
    ]


@pytest.mark.parametrize("samples", [320, 480, 1100])
def test_a_digit_counts_once_wherever_the_boundary_falls(samples: int) -> None:
    for start in range(CHUNK - samples - 400, CHUNK + 200, 9):
        found = new(at(start, key_press("5", samples)))
        assert [symbol for symbol, _ in found] == ["5"], start
        assert found[0][1] == pytest.approx(start, abs=40), start


@settings(max_examples=60, deadline=None)
@given(
    keys=st.lists(
        st.tuples(st.sampled_from(KEYS), st.integers(320, 900), st.integers(320, 700)), min_size=1, max_size=5
    ),
    start=st.integers(CHUNK - 4000, CHUNK + 200),
    noise=st.sampled_from([0.0, 150.0]),
    seed=st.integers(0, 1000),
)
def test_a_string_of_digits_across_two_chunks_is_read_as_it_was_dialled(
    keys: list[tuple[str, int, int]], start: int, noise: float, seed: int
) -> None:
    sound = np.concatenate([part for key, on, off in keys for part in (key_press(key, on), np.zeros(off))])
    assert [symbol for symbol, _ in new(at(start, sound, noise=noise, seed=seed))] == [key for key, _, _ in keys]


def test_a_digit_hardly_begun_before_the_boundary_is_the_second_chunks_with_its_true_start() -> None:
    first, second = by_chunk(at(CHUNK - 150, key_press("9", 600)))
    assert first == []
    assert [t.symbol for t in second] == ["9"]
    assert second[0].start_s == pytest.approx(-150 / 8000, abs=0.004)
    assert not second[0].continued


def test_a_digit_that_the_first_chunk_reported_goes_on_in_the_second() -> None:
    first, second = by_chunk(at(CHUNK - 600, key_press("9", 1200)))
    assert [(t.symbol, t.continued, t.continues) for t in first] == [("9", False, True)]
    assert [(t.symbol, t.continued, t.continues) for t in second] == [("9", True, False)]
    assert second[0].start_s == pytest.approx(-600 / 8000, abs=0.004)
    assert second[0].duration_s == pytest.approx(0.15, abs=0.006)


def test_a_key_held_for_three_chunks_counts_once() -> None:
    chunks = by_chunk(at(4000, key_press("#", 40000), chunks=3))
    assert [[(t.symbol, t.continued, t.continues) for t in tones] for tones in chunks] == [
        [("#", False, True)],
        [("#", True, True)],
        [("#", True, False)],
    ]


@pytest.mark.parametrize(
    ("symbol", "frequency", "samples"), [("cng", 1100.0, 4000), ("ced", 2100.0, 20800), ("ced", 2100.0, 4000)]
)
def test_a_fax_tone_counts_once_wherever_the_boundary_falls(symbol: str, frequency: float, samples: int) -> None:
    for start in range(CHUNK - min(samples, 15000) - 400, CHUNK + 200, 131):
        assert [s for s, _ in new(at(start, tone(samples, frequency), chunks=3))] == [symbol], start


def test_an_answer_tone_with_phase_reversals_counts_once_wherever_the_boundary_falls() -> None:
    answer = tone(24000, 2100.0) * np.where(np.arange(24000) // 3600 % 2, -1, 1)
    for start in range(200, 8000, 97):
        found = [s for s, _ in new(at(start, answer, chunks=3))]
        assert found in (["ans_pr"], ["ced"]), start  # plain, where the first chunk shows no reversal


@pytest.mark.parametrize(("symbol", "pair"), [("busy", (480.0, 620.0)), ("ringback", (440.0, 480.0))])
def test_a_burst_of_a_supervisory_pair_counts_once_wherever_the_boundary_falls(
    symbol: str, pair: tuple[float, float]
) -> None:
    for start in range(CHUNK - 4400, CHUNK + 200, 61):
        assert [s for s, _ in new(at(start, tone(4000, *pair)))] == [symbol], start


def test_special_information_counts_once_wherever_the_boundary_falls() -> None:
    sound = np.concatenate([tone(2640, f) for f in (950.0, 1400.0, 1800.0)])
    for start in range(CHUNK - len(sound) - 400, CHUNK + 200, 127):
        assert [s for s, _ in new(at(start, sound))] == ["sit"], start


def test_a_burst_of_one_supervisory_frequency_counts_once_wherever_the_boundary_falls() -> None:
    for start in range(CHUNK - 8000, CHUNK + 200, 61):
        found = [s for s, _ in new(at(start, tone(8000, 425.0)))]
        assert found in (["ringback"], ["tone"]), start
