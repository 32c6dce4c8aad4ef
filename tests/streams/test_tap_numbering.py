"""Any stream, however it is lost, doubled, swapped and wrapped, is numbered as the design says."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tap_world import T0, World, packet, rtp

from schemas.frames import unpack
from schemas.records import Segment
from streams.capture import Packet

CHUNK = 16_000


@st.composite
def streams(draw: st.DrawFn) -> tuple[int, list[tuple[int, Packet]]]:
    """Frame length in samples, and (first sample, packet) of each frame in the order of arrival."""
    ptime = draw(st.sampled_from([10, 20, 30, 60]))
    samples = ptime * 8
    anchor = draw(st.sampled_from([0, 1, 0xFFFFFFFF, 0xFFFFE000, 12_345]))
    first_sequence = draw(st.sampled_from([0, 65_530, 1000]))
    frame, sequence, sent = 0, first_sequence, []
    for _ in range(draw(st.integers(1, 8))):
        for _ in range(draw(st.integers(2, 150))):
            delay = draw(st.integers(0, 15)) if draw(st.booleans()) else 0
            fate = draw(st.integers(0, 19))
            data = rtp(sequence, anchor + frame * samples, bytes([sequence & 0xFF]) * samples)
            sequence += 1
            if fate != 0 or len(sent) < 2:  # lost
                sent.append((frame * ptime + delay + (70 if fate == 1 and len(sent) > 1 else 0), frame * samples, data))
            if fate == 2 and len(sent) > 2:
                sent.append((frame * ptime + delay + 3, frame * samples, data))
            frame += 1
        frame += draw(st.sampled_from([0, 0, 50, 300, 900]))  # silence suppressed
    # the first two packets, which make the stream, come in order
    sent.sort(key=lambda one: (one[1] > samples, one[0]))
    return samples, [(start, packet(at, data)) for at, start, data in sent]


def owners(packets: list[tuple[int, Packet]]) -> dict[bytes, int]:
    return {p.payload: start for start, p in packets}


def rebuilt(segment: Segment) -> list[tuple[int, int, float, bytes]]:
    columns = unpack(segment)
    return [
        (int(columns.sequence[k]), int(columns.timestamp[k]), float(columns.captured_ms[k]), columns.payload[a : a + n])
        for k, (a, n) in enumerate(zip(columns.start.tolist(), columns.length.tolist(), strict=True))
    ]


@settings(max_examples=60, deadline=None)
@given(streams())
@pytest.mark.slow
def test_every_frame_is_once_in_the_right_segment_and_begun_is_what_was_begun_before(stream):
    samples, packets = stream
    world = World().feed(p for _, p in packets).close()
    start_of = owners(packets)
    found: Counter[bytes] = Counter()
    begun, newest, newest_ms = -1, 0, packets[0][1].captured_us / 1000
    for s in world.segments:
        assert s.begun == begun
        frames = rebuilt(s)
        if not frames and s.kind == "audio":
            due_ms = newest_ms + ((begun + 1) * CHUNK - newest) / 8 + 500
            assert s.chunk == begun + 1
            assert due_ms - 1 <= s.captured_ms <= due_ms + 101
            begun += 1
        for sequence, timestamp, captured_ms, payload in frames:
            data = rtp(sequence, timestamp, payload)
            start = start_of[data]
            found[data] += 1
            assert s.chunk == start // CHUNK
            if start // CHUNK > begun + 1:  # numbers are left out only where no tick was due
                assert newest_ms + ((begun + 1) * CHUNK - newest) / 8 + 500 >= captured_ms - 101
            begun = max(begun, (start + samples - 1) // CHUNK)
            if start >= newest:
                newest, newest_ms = start, captured_ms
    assert found == Counter(p.payload for _, p in packets)
    assert not world.tap.counters.dropped
    assert [s.kind for s in world.segments if s.kind != "audio"] == ["open", "end"]
    assert world.segments[-1].chunk == begun


@settings(max_examples=30, deadline=None)
@given(streams(), st.integers(1, 3))
def test_batches_come_in_time_order_and_hold_no_chunk_of_a_stream_twice_in_a_row(stream, partitions: int):
    _, packets = stream
    world = World(partitions=partitions).feed(p for _, p in packets).close()
    for number in range(partitions):
        clocks = [batch.clock_ms for partition, batch in world.batches if partition == number]
        assert clocks == sorted(clocks)
    facts_of: set[int] = set()
    for _, batch in world.batches:
        assert all(s.captured_ms <= batch.clock_ms for s in batch.segments)
        assert all(s.captured_ms >= batch.clock_ms - 201 for s in batch.segments)
        with_frames = [s.chunk for s in batch.segments if s.encoding]
        assert all(a != b for a, b in pairwise(with_frames))
        for s in batch.segments:
            if s.chunk not in facts_of and s.chunk > max(facts_of, default=-1):
                assert s.facts is not None
                facts_of.add(s.chunk)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(-50, 3000), st.binary(max_size=40), st.sampled_from([0, 0x80, 0x90, 0xA1])), max_size=40
    )
)
def test_arbitrary_packets_are_taken_or_counted_and_every_stream_ends(junk: list[tuple[int, bytes, int]]):
    world = World(idle_timeout_s=3)
    at = 0
    for step, data, first in junk:
        at += step
        header = bytes([first]) + b"\0\0\1\0\0\0\0\0\0\0\7"
        world.feed([packet(at, data), packet(at, header + data), packet(at, bytes([first]) + data)])
    world.close()
    opened = sum(s.kind == "open" for s in world.segments)
    assert opened == sum(s.kind == "end" for s in world.segments)
    assert all(batch.clock_ms >= T0 // 1000 - 60_000 for _, batch in world.batches)
    c = world.tap.counters
    assert c.packets == 3 * len(junk) == c.rtp + c.not_rtp + c.sip + c.bad_sip + c.bad_rtp
    assert c.frames == sum(len(s.encoding) for s in world.segments)
