"""What a chunk holds: a function of the frames' timestamps."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from window_world import Window, end, event, frame, noise, segment, talk, the_stream

from schemas.frames import COMFORT_NOISE, L16, PCMA, PCMU, UNSUPPORTED
from schemas.records import Chunk, Run
from streams.audio import CHUNK_SAMPLES, LEAD_IN_SAMPLES


def spans(runs: list[Run]) -> list[tuple[int, int, str]]:
    return [(run.start, run.length, run.encoding) for run in runs]


def only(chunks: list[Chunk]) -> Chunk:
    (chunk,) = chunks
    return chunk


def test_a_chunk_is_made_when_its_last_sample_is_there() -> None:
    window = Window()
    assert window.feed(segment(0, talk(0, 15_840), kind="open", begun=-1)) == []
    chunk = only(window.feed(segment(0, talk(15_840, 16_000))))
    assert chunk.head.close_reason == "complete"
    assert chunk.head.coverage == 1.0
    assert (chunk.head.stream_id, chunk.head.chunk) == (the_stream(), 0)
    assert spans(chunk.runs) == [(0, CHUNK_SAMPLES, "pcmu")]
    assert chunk.runs[0].data == b"".join(f.payload for f in talk(0, 16_000))
    assert (chunk.head.received, chunk.head.lost, chunk.head.duplicates) == (100, 0, 0)


@pytest.mark.parametrize("step", [80, 160, 240, 320, 480])
def test_frames_of_any_length_fill_chunks_and_spill_over_their_ends(step: int) -> None:
    window = Window()
    frames = talk(0, 3 * CHUNK_SAMPLES, step)
    data = b"".join(f.payload for f in frames)
    for chunk in range(3):
        mine = [f for i, f in enumerate(frames) if i * step // CHUNK_SAMPLES == chunk]
        window.feed(segment(chunk, mine, begun=-1 if chunk == 0 else chunk, kind="audio" if chunk else "open"))
    assert [each.head.coverage for each in window.chunks] == [1.0, 1.0, 1.0]
    assert b"".join(each.runs[0].data for each in window.chunks) == data[: 3 * CHUNK_SAMPLES]


@settings(deadline=None, max_examples=40)
@given(st.randoms(use_true_random=False), st.integers(0, 40))
def test_order_and_repeats_do_not_change_what_a_chunk_holds(order: object, repeats: int) -> None:
    frames = talk(0, 16_000)
    mixed = [*frames, *order.choices(frames, k=repeats)]  # type: ignore[attr-defined]
    order.shuffle(mixed)  # type: ignore[attr-defined]
    window = Window()
    chunk = only(window.feed(segment(0, mixed, kind="open", begun=-1)))
    assert chunk.runs[0].data == b"".join(f.payload for f in frames)
    assert (chunk.head.received, chunk.head.lost, chunk.head.duplicates) == (100, 0, repeats)


def test_a_lost_frame_is_a_gap_between_runs_and_counts_as_lost() -> None:
    window = Window()
    frames = talk(0, 16_000)
    window.feed(segment(0, frames[:50] + frames[51:], kind="open", begun=-1))
    chunk = window.feed(end(0))[0]
    assert spans(chunk.runs) == [(0, 8_000, "pcmu"), (8_160, 7_840, "pcmu")]
    assert (chunk.head.received, chunk.head.lost) == (99, 1)
    assert chunk.head.coverage == pytest.approx(0.99)


def test_loss_over_a_boundary_and_a_wrap_counts_in_the_later_chunk() -> None:
    window = Window()
    frames = [frame(p, sequence=65_450 + p // 160) for p in range(0, 32_000, 160)]
    window.feed(segment(0, frames[:98], kind="open", begun=-1))
    window.feed(segment(1, frames[103:], begun=0))
    first, second, _ = [*window.feed(end(1))]
    assert (first.head.lost, second.head.lost) == (0, 5)


def test_loss_is_not_counted_over_a_chunk_without_packets() -> None:
    window = Window()
    window.feed(segment(0, talk(0, 16_000), kind="open", begun=-1))
    window.feed(segment(1, begun=0), at_ms=2_500)
    window.feed(segment(2, talk(32_000, 48_000), begun=1), at_ms=4_000)
    window.feed(end(2), at_ms=6_000)
    assert [chunk.head.lost for chunk in window.chunks] == [0, 0, 0, 0]


def test_a_change_of_codec_is_two_runs() -> None:
    window = Window()
    frames = talk(0, 8_000) + [frame(p, bytes([0xD5]) * 160, PCMA) for p in range(8_000, 16_000, 160)]
    chunk = only(window.feed(segment(0, frames, kind="open", begun=-1)))
    assert spans(chunk.runs) == [(0, 8_000, "pcmu"), (8_000, 8_000, "pcma")]
    assert chunk.head.encodings == ["pcma", "pcmu"]


def test_linear_samples_are_two_bytes_each() -> None:
    window = Window()
    frames = [frame(p, bytes(320), L16) for p in range(0, 16_000, 160)]
    chunk = only(window.feed(segment(0, frames, kind="open", begun=-1)))
    assert spans(chunk.runs) == [(0, CHUNK_SAMPLES, "l16")]
    assert len(chunk.runs[0].data) == 2 * CHUNK_SAMPLES


def test_an_unsupported_codec_covers_time_without_data() -> None:
    window = Window()
    frames = [frame(p, b"", UNSUPPORTED) for p in range(0, 16_000, 160)]
    chunk = only(window.feed(segment(0, frames, kind="open", begun=-1)))
    assert spans(chunk.runs) == [(0, CHUNK_SAMPLES, "unsupported")]
    assert chunk.runs[0].data == b""


def test_comfort_noise_fills_the_gap_after_it_and_not_the_gap_after_audio() -> None:
    window = Window()
    frames = [*talk(0, 4_000), noise(4_000, 55), *talk(8_000, 9_600), *talk(12_000, 16_000)]
    window.feed(segment(0, frames, kind="open", begun=-1))
    chunk = window.feed(end(0))[0]
    assert spans(chunk.runs) == [
        (0, 4_000, "pcmu"),
        (4_000, 4_000, "comfort_noise"),
        (8_000, 1_600, "pcmu"),
        (12_000, 4_000, "pcmu"),
    ]
    assert chunk.runs[1].data == bytes([55])


def test_comfort_noise_goes_on_over_a_boundary() -> None:
    window = Window()
    window.feed(segment(0, [*talk(0, 8_000), noise(8_000, 61)], kind="open", begun=-1))
    window.feed(segment(1, talk(20_000, 32_000), begun=0, comfort_noise=61), at_ms=2_000)
    second = window.feed(end(1), at_ms=4_000)[1]
    assert spans(second.runs) == [(0, 4_000, "comfort_noise"), (4_000, 12_000, "pcmu")]
    assert second.runs[0].data == bytes([61])
    assert second.head.coverage == 1.0


def test_the_lead_in_is_the_end_of_the_chunk_before() -> None:
    window = Window()
    window.feed(segment(0, talk(0, 16_000), kind="open", begun=-1))
    second = only(window.feed(segment(1, talk(16_000, 32_000), begun=0)))
    assert spans(second.lead_in) == [(-LEAD_IN_SAMPLES, LEAD_IN_SAMPLES, "pcmu")]
    assert second.lead_in[0].data == window.chunks[0].runs[0].data[-LEAD_IN_SAMPLES:]
    assert window.chunks[0].lead_in == []


def test_a_chunk_after_silence_has_no_lead_in() -> None:
    window = Window()
    window.feed(segment(0, talk(0, 14_400), kind="open", begun=-1))
    window.feed(segment(1, talk(16_000, 32_000), begun=0), at_ms=2_000)
    assert window.feed(end(1), at_ms=4_000)[1].lead_in == []


def test_a_frame_may_reach_to_the_end_of_the_next_chunk() -> None:
    window = Window()
    window.feed(segment(0, [frame(0, 32_000)], kind="open", begun=-1))
    window.feed(end(1, begun=1))
    assert [chunk.head.coverage for chunk in window.chunks] == [1.0, 1.0, 0.0]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.builds(
            frame,
            st.integers(0, 15_999),
            st.one_of(st.integers(0, 2_000), st.binary(max_size=6)),
            st.sampled_from([PCMU, PCMA, L16, COMFORT_NOISE, UNSUPPORTED]),
            sequence=st.integers(0, 0xFFFF),
        )
        | st.builds(event, st.integers(-7_999, 8_000), st.just(8_000), code=st.integers(0, 255)),
        max_size=30,
    )
)
def test_whatever_comes_a_chunk_holds_runs_in_order_without_overlap(frames: list[object]) -> None:
    window = Window()
    window.feed(segment(0, frames, kind="open", begun=-1))  # type: ignore[arg-type]
    window.feed(end(0))
    assert window.broken == []
    for chunk in window.chunks:
        at = 0
        for run in chunk.runs:
            assert run.start >= at
            assert run.length > 0
            at = run.start + run.length
            width = {"pcmu": 1, "pcma": 1, "l16": 2}.get(run.encoding)
            assert width is None or len(run.data) == width * run.length
        assert at <= CHUNK_SAMPLES
        assert 0.0 <= chunk.head.coverage <= 1.0
        assert chunk.head.lost >= 0
    assert window.chunks[-1].head.last
