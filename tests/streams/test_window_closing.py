"""When chunks close, how streams end, and what is dropped; by the tap's time alone."""

import pytest
from window_world import CALL, FACTS, T0, Window, end, frame, segment, talk

from schemas.codec import decode
from schemas.frames import MAX_FRAMES, PCMU, Frame
from schemas.ids import partition_of
from schemas.records import Facts, FrameBatch
from streams.runtime.acker import PartitionAcker
from streams.window import WindowCore
from streams.window.stream import GRACE_MS, MAX_SKIP
from streams.window.taps import TAP_SILENCE_MS


def half(window: Window) -> None:
    """A stream with half of chunk 0."""
    window.feed(segment(0, talk(0, 8_000), kind="open", begun=-1), at_ms=1_000)


def test_an_incomplete_chunk_waits_its_grace_after_a_later_one_began() -> None:
    window = Window()
    half(window)
    window.feed(segment(1, talk(16_000, 16_160), begun=0), at_ms=2_000)
    assert window.feed(at_ms=2_000 + GRACE_MS - 1) == []
    (chunk,) = window.feed(at_ms=2_000 + GRACE_MS)
    assert (chunk.head.close_reason, chunk.head.coverage) == ("later_chunk", 0.5)


def test_a_frame_that_comes_within_the_grace_is_used() -> None:
    window = Window()
    half(window)
    window.feed(segment(1, talk(16_000, 16_160), begun=0), at_ms=2_000)
    (chunk,) = window.feed(segment(0, talk(8_000, 16_000), begun=1), at_ms=2_050)
    assert (chunk.head.close_reason, chunk.head.coverage) == ("complete", 1.0)


def test_a_frame_that_comes_later_is_dropped_and_counted() -> None:
    window = Window()
    half(window)
    window.feed(segment(1, talk(16_000, 16_160), begun=0), at_ms=2_000)
    window.feed(at_ms=2_200)
    window.feed(segment(0, talk(8_000, 8_320), begun=1), at_ms=2_300)
    window.feed(end(1), at_ms=3_000)
    assert [(chunk.head.coverage, chunk.head.late) for chunk in window.chunks][:2] == [(0.5, 0), (0.01, 2)]


def test_what_a_late_frame_holds_of_the_next_chunk_is_used() -> None:
    window = Window()
    half(window)
    window.feed(segment(1, talk(16_160, 16_320), begun=0), at_ms=2_000)
    window.feed(at_ms=2_200)
    window.feed(segment(0, [frame(15_920, 240)], begun=1), at_ms=2_300)
    second = window.feed(end(1), at_ms=3_000)[0]
    assert [(run.start, run.length) for run in second.runs] == [(0, 320)]


def test_time_alone_closes_nothing() -> None:
    window = Window()
    half(window)
    assert window.feed(at_ms=3_600_000) == []


def test_numbers_that_were_skipped_are_made_without_audio() -> None:
    window = Window()
    half(window)
    window.feed(segment(4, talk(64_000, 64_160), begun=0), at_ms=8_000)
    window.feed(at_ms=8_100)
    assert window.numbers == [(0, False), (1, False), (2, False), (3, False)]
    assert [chunk.head.coverage for chunk in window.chunks] == [0.5, 0.0, 0.0, 0.0]


def test_an_end_makes_one_more_chunk_the_last_and_lets_all_records_go() -> None:
    window = Window()
    half(window)
    first, last = window.feed(end(0), at_ms=1_500)
    assert (first.head.close_reason, first.head.last, first.head.end_reason) == ("end", False, None)
    assert (last.head.chunk, last.head.last, last.head.end_reason, last.runs) == (1, True, "bye", [])
    assert window.acknowledged == 2
    assert len(window.core) == 0


def test_a_call_without_media_has_an_empty_chunk_for_every_two_seconds() -> None:
    window = Window()
    window.feed(segment(0, kind="open", begun=-1))
    window.feed(segment(1, begun=0), at_ms=2_500)
    window.feed(segment(2, begun=1), at_ms=4_500)
    window.feed(end(2), at_ms=5_000)
    assert window.numbers == [(0, False), (1, False), (2, False), (3, True)]
    assert {chunk.head.coverage for chunk in window.chunks} == {0.0}


def test_what_comes_after_the_end_is_dropped_and_counted() -> None:
    window = Window()
    half(window)
    window.feed(end(0))
    assert window.feed(segment(0, talk(8_000, 16_000)), end(0)) == []
    assert window.core.counters.after_end == 2
    assert window.acknowledged == 3


def test_a_restart_of_the_tap_ends_its_streams() -> None:
    window = Window()
    half(window)
    made = window.feed(segment(0, talk(0, 160), kind="open", begun=-1), epoch=2, at_ms=1_500)
    assert [(c.head.close_reason, c.head.last, c.head.end_reason) for c in made] == [
        ("tap_restart", False, None),
        ("tap_restart", True, "tap_restart"),
    ]
    assert window.acknowledged == 1
    assert len(window.core) == 1


def test_what_an_older_run_of_the_tap_still_sends_is_dropped_and_counted() -> None:
    window = Window()
    window.feed(epoch=2)
    assert window.feed(segment(0, talk(0, 16_000), kind="open", begun=-1), epoch=1) == []
    assert window.core.counters.old_epoch == 1
    assert window.acknowledged == 2


def test_a_tap_that_is_silent_while_another_goes_on_is_lost_and_its_streams_end() -> None:
    window = Window()
    half(window)
    window.feed(tap="tap-2", at_ms=1_000)
    assert window.feed(tap="tap-2", at_ms=1_000 + TAP_SILENCE_MS - 1) == []
    made = window.feed(tap="tap-2", at_ms=1_000 + TAP_SILENCE_MS)
    assert [(c.head.close_reason, c.head.last) for c in made] == [("tap_lost", False), ("tap_lost", True)]
    assert window.core.counters.tap_lost == 1
    assert window.acknowledged == 4


def test_a_tap_that_is_heard_now_and_then_is_not_lost() -> None:
    window = Window()
    half(window)
    for at_ms in range(2_000, 40_000, TAP_SILENCE_MS // 2):
        window.feed(tap="tap-2", at_ms=at_ms)
        window.feed(at_ms=at_ms)
    assert window.chunks == []


def test_a_capture_fed_faster_than_it_was_made_does_not_make_other_taps_lost() -> None:
    window = Window()
    half(window)
    for second in range(2, 8):  # of time, in each of which an hour is fed; the other tap sends once
        window.feed(tap="tap-2", at_ms=second * 3_600_000, written_ms=second * 1_000)
    window.feed(segment(0, talk(8_000, 15_840)), at_ms=2_000, written_ms=8_000)
    for second in range(8, 16):
        window.feed(tap="tap-2", at_ms=second * 3_600_000, written_ms=second * 1_000)
    assert window.chunks == []
    assert window.core.counters.tap_lost == 0


def test_a_capture_fed_slowly_still_tells_that_another_tap_is_silent() -> None:
    window = Window()
    half(window)
    window.feed(tap="tap-2", at_ms=0, written_ms=2_000)
    made = window.feed(tap="tap-2", at_ms=1, written_ms=2_000 + TAP_SILENCE_MS)
    assert [c.head.last for c in made] == [False, True]


def test_two_taps_clocks_may_be_apart() -> None:
    window = Window()
    half(window)
    window.feed(tap="tap-2", at_ms=1_000_000)
    window.feed(at_ms=1_200)
    window.feed(tap="tap-2", at_ms=1_000_200)
    assert window.chunks == []


def test_one_broken_segment_goes_to_the_dead_letters_alone() -> None:
    window = Window()
    broken = segment(0, talk(0, 160), kind="open", begun=-1, call="other")
    broken.payload = b"short"
    (chunk,) = window.feed(broken, segment(0, talk(0, 16_000), kind="open", begun=-1))
    assert chunk.head.call_id == CALL
    (letter,) = window.outcomes[-1].broken
    assert letter.key == b"other"
    assert decode(letter.value, FrameBatch).segments == [broken]
    assert "payload" in letter.reason


def test_a_segment_on_the_wrong_partition_goes_to_the_dead_letters() -> None:
    wrong = 1 - partition_of(CALL, 2)
    slot = PartitionAcker().add(lambda: None)
    batch = FrameBatch(tap_id="tap-1", tap_epoch=1, clock_ms=T0, segments=[segment(0, kind="open", begun=-1)])
    outcome = WindowCore(wrong, 2).feed(batch, slot, T0)
    assert [letter.reason for letter in outcome.broken] == ["wrong_partition"]


@pytest.mark.parametrize("chunk", [-1, MAX_SKIP + 1, 1 << 40])
def test_a_number_that_cannot_be_meant_goes_to_the_dead_letters(chunk: int) -> None:
    window = Window()
    half(window)
    window.feed(segment(chunk, begun=0), at_ms=2_000)
    window.feed(at_ms=10_000)
    assert window.chunks == []
    assert "too far" in window.broken[0]


@pytest.mark.parametrize("begun", [MAX_SKIP + 1, 1 << 40])
def test_so_many_chunks_begun_at_once_cannot_be_meant_either(begun: int) -> None:
    window = Window()
    half(window)
    window.feed(segment(0, begun=begun), at_ms=2_000)
    window.feed(end(begun))
    assert window.chunks == []
    assert len(window.broken) == 2


def test_a_stream_met_in_its_middle_at_a_number_that_cannot_be_meant_is_broken() -> None:
    window = Window()
    window.feed(segment(1 << 40))
    assert len(window.broken) == 1
    assert len(window.core) == 0


def test_a_flood_is_cut_off_and_its_stream_goes_on() -> None:
    window = Window()
    flood = [Frame(i & 0xFFFF, 0, T0 * 1000, False, 0, PCMU, b"x") for i in range(MAX_FRAMES)]
    window.feed(segment(0, flood, kind="open", begun=-1))
    window.feed(segment(0, talk(0, 16_080, 240)))
    first, second, _ = window.feed(end(1), at_ms=4_000)
    assert (first.head.received, first.head.late) == (MAX_FRAMES, 67)
    assert [(run.start, run.length) for run in second.runs] == [(0, 80)]  # its end began the next chunk


def test_facts_that_change_hold_from_the_chunk_that_is_open() -> None:
    window = Window()
    half(window)
    answered = Facts(direction="caller", opened_ms=T0, tap_id="tap-1", answered_ms=1_200)
    window.feed(segment(0, kind="answered", facts=answered), at_ms=1_200)
    assert window.feed(end(0))[0].head.facts == answered
    assert FACTS.answered_ms is None


def test_an_owner_that_meets_a_stream_in_its_middle_leaves_out_what_was_delivered() -> None:
    window = Window()
    for chunk in (5, 6, 7):
        window.feed(segment(chunk, talk(chunk * 16_000, (chunk + 1) * 16_000), begun=max(5, chunk - 1)))
    window.feed(end(7))
    assert window.numbers == [(7, False), (8, True)]
    assert window.chunks[0].lead_in != []
    assert window.core.counters.taken_over == 1
    assert window.acknowledged == 4


@pytest.mark.parametrize(("chunk", "begun"), [(5, 5), (0, 0), (0, -1)])
def test_an_owner_that_sees_only_the_end_makes_nothing(chunk: int, begun: int) -> None:
    window = Window()
    assert window.feed(end(chunk, begun=begun)) == []
    assert window.acknowledged == 1
    assert len(window.core) == 0


def test_a_chunks_records_are_held_until_the_chunk_after_it_is_delivered() -> None:
    window = Window()
    for chunk in range(3):
        frames = talk(chunk * 16_000, (chunk + 1) * 16_000)
        window.feed(segment(chunk, frames, begun=chunk - 1, kind="audio" if chunk else "open"))
        assert window.acknowledged == chunk
