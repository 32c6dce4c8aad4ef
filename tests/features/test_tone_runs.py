import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.goertzel import HOP
from features.tone_runs import LEAD_IN, Grid, StretchRules, stretches

WINDOW = 192
RULES = StretchRules(gap=9, steady=4, edge_steady=4)
CHUNK_FRAMES = 16000 // HOP


def two_chunks(on: list[tuple[int, int]]) -> tuple[list, list]:
    """Return the stretches of two chunks in a row, given the blocks at which each tone begins and ends."""
    blocks = np.zeros(2 * CHUNK_FRAMES, dtype=bool)
    for begin, end in on:
        blocks[begin:end] = True
    span = WINDOW // HOP
    hits = np.lib.stride_tricks.sliding_window_view(blocks, span).all(axis=1)
    first = hits[: CHUNK_FRAMES - span + 1]
    second = hits[CHUNK_FRAMES - LEAD_IN // HOP :]
    return (
        stretches(first, Grid(WINDOW, 0, len(first)), RULES),
        stretches(second, Grid(WINDOW, LEAD_IN, len(second)), RULES),
    )


@given(begin=st.integers(CHUNK_FRAMES - 60, CHUNK_FRAMES + 20), length=st.integers(9, 200))
def test_one_tone_is_new_in_exactly_one_chunk(begin: int, length: int) -> None:
    first, second = two_chunks([(begin, begin + length)])
    assert sum(not s.continued for s in first + second) == 1


@given(begin=st.integers(CHUNK_FRAMES - 60, CHUNK_FRAMES + 20), length=st.integers(1, 8))
def test_a_tone_too_short_is_new_in_none(begin: int, length: int) -> None:
    first, second = two_chunks([(begin, begin + length)])
    assert first + second == []


@given(
    begin=st.integers(CHUNK_FRAMES - 60, CHUNK_FRAMES + 20),
    before=st.integers(10, 30),
    gap=st.integers(1, 4),
    after=st.integers(10, 30),
)
def test_an_interrupted_tone_is_new_in_exactly_one_chunk(begin: int, before: int, gap: int, after: int) -> None:
    first, second = two_chunks([(begin, begin + before), (begin + before + gap, begin + before + gap + after)])
    assert sum(not s.continued for s in first + second) == 1


@given(
    st.integers(CHUNK_FRAMES - 90, CHUNK_FRAMES + 20),
    st.lists(st.tuples(st.integers(9, 30), st.integers(5, 40)), max_size=6),
)
def test_tones_apart_are_each_new_once(begin: int, tones: list[tuple[int, int]]) -> None:
    on = []
    for length, pause in tones:
        on.append((begin, begin + length))
        begin += length + pause
    first, second = two_chunks(on)
    assert sum(not s.continued for s in first + second) == len(tones)


def test_a_tone_inside_the_lead_in_belongs_to_the_chunk_before() -> None:
    first, second = two_chunks([(CHUNK_FRAMES - 25, CHUNK_FRAMES - 8)])
    assert len(first) == 1
    assert second == []


@pytest.mark.parametrize(("frames", "found"), [(30, 0), (60, 1), (120, 0)])
def test_durations_outside_the_limits_are_no_tone(frames: int, found: int) -> None:
    rules = StretchRules(gap=9, steady=4, edge_steady=4, min_s=0.2, max_s=0.4)
    hits = np.zeros(400, dtype=bool)
    hits[100 : 100 + frames] = True
    assert len(stretches(hits, Grid(WINDOW, 0, 400), rules)) == found


def test_a_tone_on_at_the_end_need_not_last_long_yet() -> None:
    rules = StretchRules(gap=9, steady=18, edge_steady=17, min_s=0.38)
    hits = np.zeros(400, dtype=bool)
    hits[380:] = True
    (found,) = stretches(hits, Grid(WINDOW, 0, 400), rules)
    assert found.continues
    assert not found.continued
