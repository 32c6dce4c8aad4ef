"""Floods: a window keeps a bounded number of streams, for a bounded time, and calls in progress are left alone."""

import tracemalloc
from random import Random
from typing import Any

import msgspec
import pytest
from delivery_world import Partition, WindowOwner, chunk_key, content, frames_log
from hypothesis import given
from hypothesis import strategies as st
from role_world import Role
from window_world import CALL, FACTS, T0, Window, end, frame, segment, talk

from schemas.codec import Codec
from schemas.frames import MAX_FRAMES
from schemas.records import FrameBatch, Segment, SegmentKind
from streams.audio import CHUNK_SAMPLES
from streams.roles.window import WindowStage
from streams.window import BrokenBatchError, WindowCore
from streams.window import stream as window_stream
from streams.window.core import MAX_CHUNKS
from streams.window.spans import Spans
from streams.window.stream import MAX_LEAD, MAX_OPEN
from streams.window.taps import MAX_TAPS, STREAM_SILENCE_MS, TAP_SILENCE_MS


def stray(number: int) -> Segment:
    """The opening of a call that nobody hears of again."""
    return segment(0, [frame(0)], kind="open", begun=-1, call=f"stray-{number}")


def begin(window: Window, *, tap: str = "tap-1", call: str = CALL, at_ms: int = 0) -> None:
    """A call of a second's audio, in two records."""
    first = segment(0, talk(0, 4_000), kind="open", begun=-1, call=call)
    window.feed(first, at_ms=at_ms, tap=tap)
    window.feed(segment(0, talk(4_000, 8_000), call=call), at_ms=at_ms + 100, tap=tap)


def small(most: int) -> Window:
    window = Window()
    window.core = WindowCore(0, 1, most=most)
    return window


def test_strays_go_for_newer_streams_and_a_call_in_progress_stays() -> None:
    window = small(100)
    begin(window)
    for number in range(1_000):
        window.feed(stray(number), at_ms=200)
    assert len(window.core) == 100
    assert window.core.counters.crowded_out == 901
    assert window.chunks == []  # nobody had heard of them
    (chunk,) = window.feed(segment(0, talk(8_000, CHUNK_SAMPLES)), at_ms=300)
    assert (chunk.head.call_id, chunk.head.coverage) == (CALL, 1.0)


def test_a_flood_of_one_tap_leaves_the_newcomers_of_another_alone() -> None:
    window = small(100)
    window.feed(*(stray(number) for number in range(200)))
    window.feed(segment(0, talk(0, 4_000), kind="open", begun=-1), tap="tap-2")
    window.feed(*(stray(number) for number in range(200, 1_000)))
    (chunk,) = window.feed(segment(0, talk(4_000, CHUNK_SAMPLES)), tap="tap-2")
    assert chunk.head.coverage == 1.0


def test_where_all_streams_are_calls_in_progress_a_newcomer_is_refused_and_counted() -> None:
    window = small(2)
    begin(window)
    begin(window, call="another")
    window.feed(stray(1), at_ms=300)
    window.feed(end(0), at_ms=400)
    window.feed(segment(0, talk(160, 320), call="stray-1"), at_ms=500)
    assert window.core.counters.refused_streams == 1
    assert len(window.core) == 2  # heard of again once there is room
    assert window.broken == []


def test_a_stray_that_was_heard_of_has_an_end() -> None:
    window = small(1)
    window.feed(segment(0, kind="open", begun=-1))  # no media yet
    window.feed(segment(1, begun=0), at_ms=2_500)
    window.feed(at_ms=2_700)
    made = window.feed(stray(1), at_ms=2_800)
    assert [(c.head.chunk, c.head.last, c.head.end_reason) for c in made] == [
        (1, False, None),
        (2, True, "crowded_out"),
    ]
    assert window.acknowledged == 3


def test_a_stream_without_which_its_tap_goes_on_is_ended() -> None:
    window = Window()
    begin(window)
    for at_ms in range(200, STREAM_SILENCE_MS, 200):
        assert window.feed(at_ms=at_ms) == []
    made = window.feed(at_ms=STREAM_SILENCE_MS + 200)
    assert [(c.head.close_reason, c.head.last, c.head.end_reason) for c in made] == [
        ("end", False, None),
        ("end", True, "stream_lost"),
    ]
    assert window.core.counters.stream_lost == 1
    assert len(window.acker) == 0


def test_a_gap_in_the_log_loses_no_stream() -> None:
    window = Window()
    begin(window)
    window.feed(at_ms=3_600_000)
    assert len(window.core) == 1


def test_a_tap_whose_clock_stands_still_keeps_no_stream_for_ever() -> None:
    window = Window()
    begin(window)
    for _ in range(STREAM_SILENCE_MS):
        window.feed(at_ms=100)
    assert len(window.core) == 0
    assert len(window.acker) == 0


@given(st.integers(0, 40), st.lists(st.integers(0, 3_000), min_size=30, max_size=60))
def test_every_owner_loses_a_stream_at_the_same_record(first: int, steps: list[int]) -> None:
    """Two owners, one of whom has read the tap for longer."""

    def ended(from_record: int) -> int | None:
        window, at_ms = Window(), 0
        for number, step in enumerate(steps):
            at_ms += step
            if number < from_record:
                continue
            opening = [segment(0, kind="open", begun=-1)] if number == first else []
            if any(chunk.head.last for chunk in window.feed(*opening, at_ms=at_ms)):
                return number
        return None

    assert ended(0) == ended(min(first, len(steps)))


def test_taps_are_bounded_and_those_with_calls_stay() -> None:
    window = Window()
    begin(window)
    for number in range(3 * MAX_TAPS):
        window.feed(tap=f"stray-{number}", at_ms=200)
    assert len(window.core._taps) == MAX_TAPS
    (chunk,) = window.feed(segment(0, talk(8_000, CHUNK_SAMPLES)), at_ms=300)
    assert chunk.head.coverage == 1.0


def test_where_all_taps_have_calls_a_new_one_is_refused_until_one_is_silent() -> None:
    window = Window()
    for number in range(MAX_TAPS):
        window.feed(stray(number), tap=f"tap-{number}", at_ms=number)
    with pytest.raises(BrokenBatchError, match="taps are heard"):
        window.feed(tap="one more", at_ms=200)
    window.feed(tap="one more", at_ms=TAP_SILENCE_MS)
    assert window.core.counters.tap_lost == 1


def test_a_tap_from_the_future_is_a_broken_record() -> None:
    window = Window()
    begin(window)
    with pytest.raises(BrokenBatchError, match="tap_epoch"):
        window.feed(epoch=T0 + 2 * 86_400_000)
    assert len(window.core) == 1


def test_chunks_cannot_be_begun_faster_than_time_goes_by() -> None:
    window = Window()
    begin(window)
    for chunk in range(1, 100):
        window.feed(segment(chunk, talk(chunk * CHUNK_SAMPLES, chunk * CHUNK_SAMPLES + 160)), at_ms=200 + 20 * chunk)
    assert len(window.broken) >= 99 - MAX_LEAD - 2
    window.feed(end(1), at_ms=2_300)
    assert window.numbers == [(number, number == len(window.chunks) - 1) for number in range(len(window.chunks))]
    assert len(window.chunks) <= MAX_LEAD + 4


def test_a_clock_that_stands_still_leaves_few_chunks_open() -> None:
    window = Window()
    window.feed(segment(0, talk(0, 160), kind="open", begun=-1))
    for chunk in range(1, MAX_LEAD + 1):
        window.feed(segment(chunk, talk(chunk * CHUNK_SAMPLES, chunk * CHUNK_SAMPLES + 160)))
    assert len(window.chunks) == MAX_LEAD + 1 - MAX_OPEN


@pytest.mark.parametrize("kind", ["audio", "end"])
@pytest.mark.slow
def test_one_record_makes_a_bounded_number_of_chunks(kind: SegmentKind) -> None:
    window = Window()
    calls = [f"call-{number}" for number in range(30)]
    window.feed(*(segment(0, [frame(0)], kind="open", begun=-1, call=call) for call in calls))
    made = [len(window.feed(*(segment(1_700, kind=kind, call=call) for call in calls), at_ms=3_600_000))]
    for later in range(1, 10):
        made.append(len(window.feed(at_ms=3_600_000 + 100 * later)))
        window.chunks.clear()
    assert max(made) < MAX_CHUNKS + 1_800
    if kind == "end":
        assert len(window.broken) == 30 - 12
        assert "chunks from one record" in window.broken[0]
    else:
        assert sum(made) == 30 * 1_700


def test_thousands_of_segments_in_one_chunk_cost_no_more_each(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    runs_of = window_stream.runs_of
    monkeypatch.setattr(window_stream, "runs_of", lambda gathered: calls.append(1) or runs_of(gathered))
    window = Window()
    window.feed(segment(0, talk(0, 15_000, 1_000), kind="open", begun=-1))
    repeated = segment(0, [frame(0, 10)])
    for _ in range(500):
        window.feed(repeated)
    assert calls == []
    assert len(window.feed(segment(0, talk(15_000, 16_000, 1_000)))) == 1
    assert len(calls) == 1


def test_a_chunk_keeps_a_bounded_number_of_bytes() -> None:
    window = Window()
    window.feed(segment(0, [frame(0, 15_000)], kind="open", begun=-1))
    tracemalloc.start()
    for _ in range(200):
        window.feed(segment(0, [frame(0, 15_000)]))
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size < 1 << 20
    first = window.feed(end(0), at_ms=1_000)[0]
    assert (first.head.received, first.head.late) == (1, 197)


@pytest.mark.slow
def test_memory_of_many_strays_is_that_of_the_streams_that_may_be_open() -> None:
    window = small(300)
    window.feed(*(stray(number) for number in range(300)))
    tracemalloc.start()
    for first in range(300, 3_000, 300):
        window.feed(*(stray(number) for number in range(first, first + 300)))
        window.outcomes.clear()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size < 300 * 8_000
    assert window.core.counters.crowded_out == 2_700
    assert len(window.core) == 300
    assert len(window.acker) <= 2  # nor does any of them hold its record for long


@pytest.mark.parametrize("seed", range(6))
def test_owners_killed_at_any_record_end_a_lost_stream_alike(seed: int) -> None:
    """Of one call nothing comes any more from some record on, its end neither."""
    rng = Random(seed)
    log = [batch for batch in frames_log(rng) if isinstance(batch, FrameBatch)]
    silent_from = rng.randint(len(log) // 8, len(log) // 2)
    call = rng.choice([part.call_id for batch in log[:silent_from] for part in batch.segments])
    for batch in log[silent_from:]:
        batch.segments = [part for part in batch.segments if part.call_id != call]
    whole = Partition(log, rng)
    assert len(whole.own_to_the_end(WindowOwner())) == 0
    expected = {chunk_key(chunk): content(chunk) for chunk in whole.records()}
    for _ in range(8):
        partition = Partition(log, rng)
        for kill in sorted(rng.randint(1, len(log)) for _ in range(rng.randint(1, 4))):
            partition.own(WindowOwner(), kill, lag=rng.choice((0, 2, 20)))
        assert len(partition.own_to_the_end(WindowOwner())) == 0
        made = {chunk_key(chunk): content(chunk) for chunk in partition.records()}
        assert made == expected


@pytest.mark.parametrize(
    "odd",
    [
        {"call_id": "x" * 129},
        {"sip_call_id": "x" * 4_097},
        {"end_reason": "x" * 129},
        {"facts": msgspec.structs.replace(FACTS, trunk="x" * 129)},
        {"facts": msgspec.structs.replace(FACTS, tap_id="x" * 4_097)},
    ],
)
def test_a_text_without_end_costs_its_segment(odd: dict[str, Any]) -> None:
    role = Role(WindowStage(1, Codec()))
    good = segment(0, talk(0, 16_000), kind="open", begun=-1)
    bad = msgspec.structs.replace(stray(1), **odd)
    batch = FrameBatch(tap_id="tap-1", tap_epoch=1, clock_ms=T0, segments=[bad, good])
    outcome = role.process([batch])
    assert [e.key for e in outcome.emissions] == [CALL]
    assert "characters" in outcome.broken[0][1].reason


@given(st.lists(st.tuples(st.integers(-5, 60), st.integers(-5, 60)), max_size=40))
def test_spans_know_whether_anything_is_missing(added: list[tuple[int, int]]) -> None:
    spans, there = Spans(50), set[int]()
    for start, stop in added:
        spans.add(start, stop)
        there |= set(range(max(start, 0), min(stop, 50)))
        assert spans.whole == (len(there) == 50)


def test_a_segment_of_events_keeps_four_bytes_of_each() -> None:
    window = Window()
    payload = bytes([5, 10, 0, 160]) * 400
    flood = [frame(0, payload, 3) for _ in range(MAX_FRAMES // 8)]
    tracemalloc.start()
    window.feed(segment(0, flood, kind="open", begun=-1))
    del flood
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size < 400_000
    assert len(window.feed(end(0))[0].events) == 1
