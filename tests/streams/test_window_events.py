"""Which events of RFC 4733 a chunk holds: each once, however its packets come."""

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tap_world import packet, rtp
from window_world import Window, end, event, frame, segment, talk

from schemas.frames import TELEPHONE_EVENT, Frame
from schemas.records import Chunk, FrameBatch, TelephoneEvent
from streams.audio import CHUNK_SAMPLES
from streams.numbers import NumberHasher
from streams.runtime.acker import PartitionAcker
from streams.tap import Tap
from streams.tones import tones_part
from streams.window import WindowCore
from streams.window.events import MAX_EVENTS

LONGEST = 0xFFFF


def windowed(*chunks: list[Frame]) -> Window:
    """A stream with these frames in its chunks, to its end."""
    window = Window()
    for number, frames in enumerate(chunks):
        kind = "audio" if number else "open"
        window.feed(segment(number, frames, kind=kind, begun=number - 1), at_ms=2_000 * number)
    window.feed(end(len(chunks) - 1), at_ms=2_000 * len(chunks))
    return window


def told(*chunks: list[Frame]) -> list[Chunk]:
    return windowed(*chunks).chunks


def new(chunks: list[Chunk]) -> list[TelephoneEvent]:
    return [event for chunk in chunks for event in chunk.events if not event.continued]


def held(start: int, stop: int, chunks: int, *, every: int = 400, lost: range = range(0)) -> list[list[Frame]]:
    """Reports of one key, told in segments where it is held for too long, by chunk; ``lost`` is a span of time."""
    by_chunk: list[list[Frame]] = [[] for _ in range(chunks)]
    begun, sequence = start, 0
    for at in [*range(start + every, stop, every), stop, stop, stop]:
        while at - begun > LONGEST:
            by_chunk[(begun + LONGEST - 1) // CHUNK_SAMPLES].append(event(begun, LONGEST, sequence=sequence))
            begun, sequence = begun + LONGEST, sequence + 1
        if at not in lost:
            report = event(begun, at - begun, end=at == stop, sequence=sequence)
            by_chunk[(at - 1) // CHUNK_SAMPLES].append(report)
        sequence += 1
    return by_chunk


def test_an_event_is_told_once_with_its_longest_duration() -> None:
    frames = [
        *talk(0, 8_000),
        event(8_000, 160, sequence=50),
        event(8_000, 480, sequence=52),
        event(8_000, 320, sequence=51),
        *(event(8_000, 480, end=True, sequence=53 + number) for number in range(3)),
    ]
    window = windowed(frames)
    (event_,) = window.chunks[0].events
    assert (event_.event, event_.start, event_.duration, event_.volume, event_.ended) == (5, 8_000, 480, 10, True)
    assert not event_.continued
    assert window.core.counters.broken_events == 0, "packets out of order are no fault"


def test_an_event_over_a_boundary_is_continued_in_the_later_chunk() -> None:
    window = Window()
    window.feed(segment(0, [event(15_200, 400), event(15_200, 800)], kind="open", begun=-1))
    window.feed(segment(1, [event(15_200, 1_200), event(15_200, 1_600, end=True), *talk(16_800, 32_000)], begun=0))
    first, second, _ = window.feed(end(1), at_ms=4_000)
    assert [(e.start, e.duration, e.ended, e.continued) for e in first.events] == [(15_200, 800, False, False)]
    assert [(e.start, e.duration, e.ended, e.continued) for e in second.events] == [(-800, 1_600, True, True)]


def test_the_same_key_again_is_a_new_event_and_the_former_is_told_for_comparison() -> None:
    _, second, _ = told([event(15_000, 800, end=True)], [event(16_800, 800, end=True)])
    assert [(e.start, e.continued) for e in second.events] == [(-1_000, True), (800, False)]


def test_an_event_that_ended_long_before_is_not_told_again() -> None:
    _, second, _ = told([event(13_000, 900, end=True)], [event(16_800, 800, end=True)])
    assert [e.start for e in second.events] == [800]


def test_a_key_whose_ends_are_lost_does_not_swallow_the_next() -> None:
    chunks = told([event(1_000, 400), event(1_000, 800), event(2_400, 400), event(2_400, 800, end=True)])
    assert [(e.start, e.ended) for e in new(chunks)] == [(1_000, False), (2_400, True)]


@pytest.mark.parametrize("start", [1_000, 31_900, 36_000])
@pytest.mark.parametrize("seconds", [8.0, 9.0, 19.5])
def test_a_key_held_for_longer_than_a_duration_can_say_is_one_event(start: int, seconds: float) -> None:
    chunks = told(*held(start, start + round(seconds * 8_000), 13))
    assert len(new(chunks)) == 1
    assert chunks[0].events or start > CHUNK_SAMPLES


@given(start=st.integers(0, 40_000), lost=st.integers(0, 80_000), span=st.integers(0, 3_900))
@settings(max_examples=25, deadline=None)
def test_a_long_key_stays_one_event_whatever_reports_are_lost(start: int, lost: int, span: int) -> None:
    lost = max(lost, start + 401)  # its first report came
    assert len(new(told(*held(start, start + 100_000, 9, lost=range(lost, lost + span))))) == 1


def test_a_sender_that_reports_only_beginning_and_end_tells_one_event() -> None:
    chunks = told([event(1_000, 160)], [], [event(1_000, 40_000, end=True)])
    assert len(new(chunks)) == 1
    assert chunks[2].events[0].ended


def test_a_duration_that_goes_backwards_is_counted_and_takes_nothing_back() -> None:
    window = windowed([event(1_000, 800, sequence=1), event(1_000, 400, sequence=2), event(1_000, 960, sequence=3)])
    assert [e.duration for e in window.chunks[0].events] == [960]
    assert window.core.counters.broken_events == 1


@pytest.mark.parametrize("code", [16, 17, 37, 75, 144, 255])
def test_codes_that_mean_no_tone_are_counted_and_left_out(code: int) -> None:
    window = windowed([event(1_000, 400, code=code), event(1_000, 800, code=code, end=True), event(4_000, 400)])
    assert [e.event for e in window.chunks[0].events] == [5]
    assert window.core.counters.nameless_events == 2


def test_a_broken_event_is_counted_and_the_rest_used() -> None:
    window = windowed([frame(0, b"\5", TELEPHONE_EVENT), event(0, 160)])
    assert len(window.chunks[0].events) == 1
    assert window.core.counters.broken_events == 1


def test_a_flood_of_events_is_bounded_and_counted() -> None:
    flood = [event(start, 1, code=start % 16, end=True) for start in range(4_000)]
    window = windowed(flood)
    assert len(window.chunks[0].events) == MAX_EVENTS
    assert window.core.counters.broken_events == len(flood) - MAX_EVENTS


@given(
    st.lists(
        st.tuples(st.integers(0, 15_999), st.integers(0, LONGEST), st.integers(0, 255), st.booleans()), max_size=40
    )
)
@settings(max_examples=50, deadline=None)
def test_whatever_events_come_a_chunk_tells_each_once_and_in_order(reports: list[tuple[int, int, int, bool]]) -> None:
    frames = [event(at - length, length, code=code, end=ended) for at, length, code, ended in reports if length <= at]
    window = windowed(frames, [event(16_000, 160)])
    assert window.broken == []
    for chunk in window.chunks:
        keys = [(e.start, e.event) for e in chunk.events]
        assert keys == sorted(set(keys))


@pytest.mark.slow
def test_a_second_of_nothing_but_events_is_bounded_and_counted() -> None:
    sent, tap, window = 100_000, Tap("tap-1", 0, 1, NumberHasher(bytes(32), "k")), WindowCore(0, 1)
    acker, chunks = PartitionAcker(), list[Chunk]()

    def take(batches: Iterable[tuple[int, FrameBatch]]) -> None:
        for _, batch in batches:
            slot = acker.add(lambda: None)
            outcome = window.feed(batch, slot, batch.clock_ms)
            slot.release()
            assert outcome.broken == []
            chunks.extend(emission.record for emission in outcome.emissions)  # type: ignore[misc]

    for number in range(sent):
        report = bytes([number % 16, 10, 0, 1 + number % 200])
        take(tap.feed(packet(1_000 * number / sent, rtp(number, 8_000 * number // sent, report, payload_type=101))))
    take(tap.close())
    told = sum(len(chunk.events) for chunk in chunks)
    assert told == MAX_EVENTS
    assert told + window.counters.broken_events + sum(chunk.head.late for chunk in chunks) == sent
    assert sum(len(tones_part(chunk).tones) for chunk in chunks) == told
