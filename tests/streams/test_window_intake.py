"""What a well-formed record may not say: it costs a segment, or the record, and never a stream or the process."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from role_world import Role
from window_world import CALL, FACTS, T0, Window, end, event, frame, segment, talk

from schemas.codec import Codec, decode
from schemas.frames import ENCODINGS
from schemas.records import Chunk, FrameBatch, Segment
from streams.roles.window import WindowStage
from streams.window import BrokenBatchError
from streams.window import core as window_core
from streams.window import stream as window_stream

LONGS = st.one_of(st.integers(-(2**63), 2**63 - 1), st.sampled_from([-(2**63), -1, 0, 1, T0, 2**43, 2**63 - 1]))


def batch(*segments: Segment, clock_ms: int = T0, tap_epoch: int = 1) -> FrameBatch:
    return FrameBatch(tap_id="tap-1", tap_epoch=tap_epoch, clock_ms=clock_ms, segments=list(segments))


def opening(call: str = CALL, **fields: Any) -> Segment:
    whole = segment(0, talk(0, 8_000), kind="open", begun=-1, call=call)
    return msgspec.structs.replace(whole, **fields)


def test_many_frames_and_one_far_away_close_nothing() -> None:
    window = Window()
    window.feed(opening())
    frames = [frame(8_000 + at, 1) for at in range(4_000)]
    window.feed(segment(0, [*frames, frame(1_800 * 16_000, 1)]))
    assert window.chunks == []
    assert "does not lie in chunk 0" in window.broken[0]


@pytest.mark.parametrize("position", [-1, 15_999 + 1, 1 << 31, -(1 << 31)])
def test_a_frame_that_begins_outside_of_its_chunk_breaks_its_segment(position: int) -> None:
    window = Window()
    window.feed(segment(0, [frame(0), frame(position, at_ms=0)], kind="open", begun=-1))
    assert len(window.broken) == 1
    assert len(window.core) == 0


@pytest.mark.parametrize("position", [0, 15_999])
def test_a_frame_at_either_end_of_its_chunk_is_used(position: int) -> None:
    window = Window()
    window.feed(segment(0, [frame(position, 1)], kind="open", begun=-1))
    assert [run.start for run in window.feed(end(0))[0].runs] == [position]


@pytest.mark.parametrize(("position", "samples"), [(0, 32_001), (15_999, 16_002)])
def test_a_frame_that_reaches_past_the_next_chunk_breaks_its_segment(position: int, samples: int) -> None:
    window = Window()
    window.feed(segment(0, [frame(position, samples)], kind="open", begun=-1))
    assert "reaches past the next chunk" in window.broken[0]


@pytest.mark.parametrize(
    ("start", "duration", "broken"),
    [(15_000, 1_000, 0), (15_000, 1_001, 1), (-1_000, 1_001, 0), (-1_000, 1_000, 1), (0, 0, 0), (-1, 0, 1)],
)
def test_an_event_belongs_to_the_chunk_in_which_it_ends(start: int, duration: int, broken: int) -> None:
    window = Window()
    window.feed(segment(0, [event(start, duration)], kind="open", begun=-1))
    assert len(window.broken) == broken


@pytest.mark.parametrize(
    "odd",
    [
        {"captured_ms": 2**63 - 1},
        {"captured_ms": -1},
        {"facts": msgspec.structs.replace(FACTS, opened_ms=2**62)},
        {"facts": msgspec.structs.replace(FACTS, answered_ms=-(2**63))},
        {"ssrc": 1 << 32},
        {"anchor": -(2**63)},
        {"comfort_noise": 300},
        {"begun": -(2**63)},
        {"chunk": 2**63 - 1},
    ],
)
def test_a_field_out_of_range_costs_its_segment_and_neighbours_go_on(odd: dict[str, Any]) -> None:
    role = Role(WindowStage(1, Codec()))
    bad = opening("other", **odd)
    outcome = role.process([batch(bad, opening()), batch(segment(0, talk(8_000, 16_000)), end(0))])
    assert [e.key for e in outcome.emissions] == [CALL, CALL]
    ((_, letter),) = outcome.broken
    assert decode(letter.value, FrameBatch).segments == [bad]
    assert role.held == 0


@pytest.mark.parametrize("odd", [{"clock_ms": 2**63 - 1}, {"clock_ms": -1}, {"tap_epoch": 2**63 - 1}])
def test_a_batch_whose_clocks_cannot_be_meant_is_a_dead_letter_as_a_whole(odd: dict[str, int]) -> None:
    role = Role(WindowStage(1, Codec()))
    outcome = role.process([batch(opening()), batch(end(0), **odd), batch(segment(0, talk(8_000, 16_000)))])
    assert len(outcome.emissions) == 1
    ((received, letter),) = outcome.broken
    assert (received.offset, letter.value) == (1, received.value)
    assert next(iter(odd)) in letter.reason


def test_such_a_batch_leaves_the_core_as_it_was() -> None:
    window = Window()
    window.feed(opening())
    with pytest.raises(BrokenBatchError):
        window.feed(end(0), epoch=2**63 - 1)
    (chunk,) = window.feed(segment(0, talk(8_000, 16_000)))
    assert chunk.head.close_reason == "complete"


@settings(deadline=None, max_examples=80)
@given(st.data())
def test_whatever_a_well_formed_record_says_the_process_and_other_streams_go_on(data: st.DataObject) -> None:
    frames = st.builds(
        frame,
        st.one_of(st.integers(0, 17_000), st.integers(-(2**31), 2**31)),
        st.one_of(st.integers(0, 40_000), st.binary(max_size=6)),
        st.integers(0, len(ENCODINGS) - 1),
        at_ms=st.floats(0, 2e8),
    )
    names = ("captured_ms", "ssrc", "anchor", "chunk", "begun", "comfort_noise")
    role = Role(WindowStage(1, Codec()))
    role.process([batch(opening())])
    for _ in range(data.draw(st.integers(1, 4))):
        longs = data.draw(st.dictionaries(st.sampled_from(names), LONGS, max_size=2))
        if "comfort_noise" in longs:
            longs["comfort_noise"] %= 1 << 31
        odd = segment(0, data.draw(st.lists(frames, max_size=5)), kind="open", begun=-1, call="other")
        clock_ms = data.draw(LONGS.filter(lambda ms: ms <= T0))
        role.process([batch(msgspec.structs.replace(odd, **longs), clock_ms=clock_ms)])
    outcome = role.process([batch(segment(0, talk(8_000, 16_000)))])
    assert [e.key for e in outcome.emissions] == [CALL]
    role.process([batch(tap_epoch=2)])  # ends every stream
    assert role.held == 0


def fails_for(function: Any, what: bytes) -> Any:
    """A function that fails wherever one call's audio is among its arguments."""

    def failing(*args: Any) -> Any:
        if what in repr(args).encode():
            raise ZeroDivisionError("what nobody thought of")
        return function(*args)

    return failing


ODD = b"\x07odd\x07" * 30


def odd_call(*more: Segment) -> FrameBatch:
    return batch(segment(0, [frame(0, ODD)], kind="open", begun=-1, call="other"), *more)


REASON = "ZeroDivisionError: what nobody thought of"


def test_frames_that_fail_on_intake_cost_their_segment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window_stream, "gather", fails_for(window_stream.gather, b"odd"))
    role = Role(WindowStage(1, Codec()))
    outcome = role.process([odd_call(opening()), batch(segment(0, talk(8_000, 16_000)), end(0))])
    assert [e.key for e in outcome.emissions] == [CALL, CALL]
    assert [letter.reason for _, letter in outcome.broken] == [REASON]
    outcome = role.process([batch(segment(0, talk(0, 16_000), call="other"), segment(1, kind="end", call="other"))])
    (chunk, *_) = [e.record for e in outcome.emissions]
    assert isinstance(chunk, Chunk)
    assert chunk.head.coverage == 1.0  # the stream itself goes on
    assert role.held == 0


@pytest.mark.parametrize("how", ["end", "clock", "restart"])
def test_frames_that_fail_when_their_chunk_closes_are_left_out(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window_stream, "runs_of", fails_for(window_stream.runs_of, b"odd"))
    role = Role(WindowStage(1, Codec()))
    role.process([odd_call(opening(), segment(1, call="other"))])
    then = {
        "end": batch(segment(1, kind="end", call="other", reason="bye"), end(0)),
        "clock": batch(clock_ms=T0 + 100),
        "restart": batch(tap_epoch=2),
    }[how]
    outcome = role.process([then, batch(tap_epoch=2)])
    assert [letter.reason for _, letter in outcome.broken] == [REASON]
    made = [e.record for e in outcome.emissions if isinstance(e.record, Chunk)]
    assert [(c.head.chunk, c.head.last) for c in made if c.head.call_id == "other"] == [
        (0, False),
        (1, False),
        (2, True),
    ]
    assert [c.head.coverage for c in made if c.head.call_id == CALL] == [0.5, 0.0]
    assert role.held == 0


def test_a_failure_outside_of_every_segment_costs_the_record(monkeypatch: pytest.MonkeyPatch) -> None:
    role = Role(WindowStage(1, Codec()))
    role.process([batch(opening())])
    with monkeypatch.context() as patched:
        patched.setattr(window_core, "check_batch", fails_for(window_core.check_batch, b"FrameBatch"))
        outcome = role.process([batch(end(0))])
    assert [letter.reason for _, letter in outcome.broken] == [REASON]
    outcome = role.process([batch(segment(0, talk(8_000, 16_000)), end(0))])
    assert [e.key for e in outcome.emissions] == [CALL, CALL]
    assert role.held == 0
