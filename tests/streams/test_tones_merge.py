"""Keys that are heard, told or both: each press counts once, wherever the boundary of a chunk falls."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keypad_world import Gateway, Press, counted

from schemas.records import Tone
from streams.audio import CHUNK_SAMPLES
from streams.tones.merge import merged

CUT = CHUNK_SAMPLES


def tone(start_s: float, duration_s: float, symbol: str = "5", *, told: bool = False, continued: bool = False) -> Tone:
    return Tone(
        symbol=symbol,
        start_s=start_s,
        duration_s=duration_s,
        level_dbm0=-10.0,
        twist_db=0.0,
        frequency_error=0.0,
        snr_db=30.0,
        source="rfc4733" if told else "inband",
        continued=continued,
        continues=False,
    )


def new(tones: list[Tone]) -> list[tuple[str, str]]:
    return [(each.symbol, each.source) for each in tones if not each.continued]


def test_a_tone_near_an_event_of_its_symbol_is_that_event() -> None:
    assert new(merged([tone(0.5, 0.1, told=True)], [tone(0.42, 0.04)], [])) == [("5", "rfc4733")]


def test_a_tone_of_another_symbol_or_elsewhere_stands_for_itself() -> None:
    heard = [tone(0.5, 0.1, "6"), tone(0.75, 0.1)]
    assert len(new(merged([tone(0.5, 0.1, told=True)], heard, []))) == 3


def test_an_event_that_begins_near_a_tone_listed_before_is_continued() -> None:
    (event,) = merged([tone(0.01, 0.1, told=True)], [], [tone(-0.06, 0.05)])
    assert event.continued


def test_of_two_events_near_a_tone_listed_before_only_the_first_is_continued() -> None:
    events = [tone(0.0, 0.05, told=True), tone(0.08, 0.05, told=True)]
    assert [each.continued for each in merged(events, [], [tone(-0.05, 0.04)])] == [True, False]


def test_a_tone_that_an_event_explained_before_the_boundary_explains_no_other() -> None:
    before = tone(-0.12, 0.05, told=True, continued=True)
    (event,) = merged([before, tone(0.02, 0.1, told=True)], [], [tone(-0.05, 0.04)])
    assert not event.continued
    assert event.start_s == 0.02


def test_what_is_over_before_the_chunk_is_left_out_and_still_explains_what_is_heard() -> None:
    assert merged([tone(-0.1, 0.1, told=True, continued=True)], [tone(-0.03, 0.1)], []) == []


presses = st.lists(
    st.tuples(st.sampled_from("5556"), st.integers(500, 2_000), st.integers(480, 1_200)), min_size=1, max_size=4
)


def placed(first: int, drawn: list[tuple[str, int, int]]) -> list[Press]:
    found, at = [], first
    for key, length, pause in drawn:
        found.append(Press(key, at, length))
        at += length + pause
    return found


def check(pressed: list[Press], gateway: Gateway) -> None:
    assert counted(pressed, gateway, chunks=2) == Counter(press.key for press in pressed), (pressed, gateway)


@st.composite
def gateways(draw: st.DrawFn) -> Gateway:
    manner = draw(st.sampled_from(["told", "heard", "both", "leaked", "leaked"]))
    every = draw(st.sampled_from([160, 240, 400]))
    if manner == "leaked":
        leak = draw(st.integers(160, 480))  # 20 to 60 ms
        return Gateway(manner, leak, draw(st.sampled_from([0, leak])), every)
    return Gateway(manner, late=draw(st.integers(-480, 480)) if manner == "both" else 0, every=every)


@given(st.integers(CUT - 4_000, CUT + 300), presses, gateways())
@settings(max_examples=40, deadline=None)
def test_each_press_counts_once_however_it_is_sent(first: int, drawn: list[tuple[str, int, int]], how: Gateway) -> None:
    check(placed(first, drawn), how)


@pytest.mark.slow
@given(st.integers(CUT - 4_000, CUT + 300), presses, gateways(), st.frozensets(st.integers(0, 20), max_size=4))
@settings(max_examples=400, deadline=None)
def test_each_press_counts_once_though_event_packets_are_lost(
    first: int, drawn: list[tuple[str, int, int]], how: Gateway, lost: frozenset[int]
) -> None:
    pressed = placed(first, drawn)
    # of each press one packet must come, or nothing tells of it
    check(pressed, Gateway(how.manner, how.leak, how.late, how.every, lost if len(lost) < 3 else frozenset()))


@pytest.mark.slow
@pytest.mark.parametrize("manner", ["heard", "both", "leaked"])
def test_no_place_of_the_boundary_doubles_or_loses_a_key(manner: str) -> None:
    for shift in range(0, 1_600, 20):
        check([Press("5", CUT - shift, 960)], Gateway(manner, leak=400 if manner == "leaked" else 0))  # type: ignore[arg-type]
