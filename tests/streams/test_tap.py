import struct
from itertools import pairwise

import pytest
from tap_world import CALLEE, CALLER, T0, World, packet, rtp, talk

from schemas.codec import encode
from schemas.frames import COMFORT_NOISE, L16, PCMU, TELEPHONE_EVENT, UNSUPPORTED, unpack
from schemas.ids import call_id_of_flow, partition_of
from streams.tap import TapSettings


def event(sequence: int, timestamp: int, duration: int, code: int = 5, end: bool = False, ssrc: int = 77) -> bytes:
    return rtp(sequence, timestamp, struct.pack("!BBH", code, 10 | end << 7, duration), 101, ssrc)


def test_a_flow_without_sip_is_a_call_of_unknown_direction_that_opens_with_its_first_frame():
    world = World().feed(talk(0, 10)).close()
    first, last = world.segments
    assert (first.kind, first.chunk, first.begun, first.anchor, first.ssrc) == ("open", 0, -1, 0, 77)
    assert first.call_id == call_id_of_flow(CALLER, CALLEE, 77, T0 // 1_000_000)
    assert (first.direction, first.facts.direction, first.facts.opened_ms) == ("unknown", "unknown", T0 // 1000)
    assert world.sequences() == list(range(10))
    assert (last.kind, last.end_reason, last.chunk, last.begun, last.encoding) == ("end", "tap_exit", 0, 0, b"")


def test_the_columns_hold_the_frames_as_captured():
    world = World().feed(talk(0, 10, timestamp=0xFFFFFF00)).close()
    columns = unpack(world.segments[0])
    assert columns.timestamp.tolist() == [(0xFFFFFF00 + 160 * i) & 0xFFFFFFFF for i in range(10)]
    assert columns.captured_ms.tolist() == [T0 / 1000 + 20 * i for i in range(10)]
    assert set(columns.encoding.tolist()) == {PCMU}
    assert columns.payload == bytes(1600)


def test_a_segment_never_spans_chunks_and_a_frame_that_spills_over_has_begun_the_next_one():
    world = World().feed(talk(0, 150, ptime=30)).close()
    # frame 66 covers samples 15,840 to 16,080; the first frame of chunk 1 is number 67
    assert world.marks(77) == [
        ("open", 0, -1, 67, None),
        ("audio", 1, 1, 67, None),
        ("audio", 2, 2, 16, None),
        ("end", 2, 2, 0, "tap_exit"),
    ]


def test_a_late_frame_of_the_chunk_before_is_a_segment_of_its_own():
    packets = talk(0, 104)
    late = packets.pop(98)
    packets.insert(102, packet(2041, late.payload))
    world = World().feed(packets).close()
    assert world.marks(77)[:4] == [("open", 0, -1, 99, None), ("audio", 1, 0, 3, None), ("audio", 0, 1, 1, None), (
        "audio", 1, 1, 1, None,
    )]  # fmt: skip


def test_facts_stand_in_the_first_segment_of_each_chunk_only():
    world = World().feed(talk(0, 300)).close()
    with_facts = [(s.kind, s.chunk) for s in world.segments if s.facts is not None]
    assert with_facts == [("open", 0), ("audio", 1), ("audio", 2), ("end", 2)]


def test_an_event_packet_belongs_to_the_chunk_its_timestamp_and_duration_reach():
    packets = talk(0, 95)
    packets += [packet(1900 + 20 * i, event(95 + i, 15_200, 160 * (i + 1))) for i in range(8)]
    world = World().feed(packets).close()
    # five reports end at sample 16,000 at the latest, the next three in chunk 1
    assert world.marks(77)[:2] == [("open", 0, -1, 100, None), ("audio", 1, 0, 3, None)]
    assert {code for s in world.of(77) if s.chunk == 1 for code in s.encoding} == {TELEPHONE_EVENT}


def test_events_that_share_one_timestamp_make_a_call_even_with_repeated_ends():
    ends = [packet(140, event(7, 0, 1280, end=True))] * 3
    world = World().feed([packet(20 * i, event(i, 0, 160 * i)) for i in range(7)] + ends).close()
    assert world.sequences() == [0, 1, 2, 3, 4, 5, 6, 7, 7, 7]
    assert not world.tap.counters.dropped


def test_wraps_of_sequence_and_timestamp_do_not_show_in_the_numbers():
    timestamp = (1 << 32) - 8000
    packets = [packet(20 * i, rtp(65_500 + i, timestamp + 160 * i)) for i in range(200)]
    world = World().feed(packets).close()
    assert [mark[:4] for mark in world.marks(77)] == [("open", 0, -1, 100), ("audio", 1, 0, 100), ("end", 1, 1, 0)]
    assert world.of(77)[-1].anchor == timestamp


def test_quiet_and_busy_partitions_hear_from_the_tap_every_200_ms():
    world = World(partitions=3).feed(talk(0, 100))
    for partition in range(3):
        clocks = [batch.clock_ms for number, batch in world.batches if number == partition]
        assert len(clocks) == 9
        assert all(b - a == 200 for a, b in pairwise(clocks))
    busy = partition_of(call_id_of_flow(CALLER, CALLEE, 77, T0 // 1_000_000), 3)
    assert {number for number, batch in world.batches if batch.segments} == {busy}


def test_a_chunk_boundary_sends_the_batch_at_once_but_not_twice_within_20_ms():
    world = World().feed(talk(1, 101))
    assert world.batches[-1][1].clock_ms * 1000 == T0 + 2001 * 1000
    others = [p for ssrc in (1, 2, 3) for p in talk(ssrc, 101, ssrc=ssrc, source=f"192.0.2.9:{4000 + ssrc}")]
    world = World().feed(sorted(others, key=lambda p: p.captured_us)).wait(2030)
    clocks = [batch.clock_ms - T0 // 1000 for _, batch in world.batches if batch.clock_ms > T0 // 1000 + 1990]
    assert clocks == [2001, 2021]


def test_a_batch_over_the_size_limit_goes_early():
    world = World(max_batch_bytes=1500).feed(talk(0, 10))
    assert len(world.batches) >= 1
    assert all(len(encode(batch)) < 1500 for _, batch in world.batches)


def test_silence_on_the_line_begins_chunks_by_ticks_until_the_idle_timeout():
    world = World(idle_timeout_s=7).feed(talk(0, 50)).wait(20_000)
    ticks = [s for s in world.of(77) if s.kind == "audio" and not s.encoding]
    assert [(s.chunk, s.begun) for s in ticks] == [(1, 0), (2, 1), (3, 2)]
    assert [s.captured_ms - T0 // 1000 for s in ticks] == [2500, 4500, 6500]
    assert world.marks(77)[-1] == ("end", 3, 3, 0, "timeout")
    assert world.of(77)[-1].captured_ms == T0 // 1000 + 7980


def test_a_talkspurt_after_silence_keeps_its_real_time_number():
    world = World().feed(talk(0, 50) + talk(9000, 50, first=450)).close()
    numbers = [s.chunk for s in world.of(77)]
    assert numbers == sorted(numbers)
    assert [mark for mark in world.marks(77) if mark[0] == "audio" and mark[3]] == [("audio", 4, 3, 50, None)]


def test_comfort_noise_is_in_force_until_audio_comes():
    packets = [*talk(0, 5), packet(100, rtp(5, 800, b"\x2a", 13)), *talk(700, 20, first=35)]
    packets[6:] = [
        packet(p.captured_us / 1000 - T0 / 1000, rtp(6 + i, 5600 + 160 * i)) for i, p in enumerate(packets[6:])
    ]
    world = World().feed(packets).close()
    columns = [unpack(s).encoding.tolist() for s in world.of(77)]
    assert columns[0][-1] == COMFORT_NOISE
    assert [s.comfort_noise for s in world.of(77)][:3] == [-1, 42, -1]


def test_an_ssrc_change_ends_the_stream_and_without_sip_the_call():
    world = World().feed(talk(0, 50) + talk(1000, 50, ssrc=88, timestamp=5000)).close()
    assert world.marks(77)[-1] == ("end", 0, 0, 0, "ssrc_change")
    assert world.of(88)[0].kind == "open"
    assert world.of(88)[0].call_id != world.of(77)[0].call_id
    assert len(world.sequences(88)) == 50


def test_one_foreign_packet_does_not_end_a_stream():
    packets = talk(0, 20)
    packets.insert(10, packet(190, rtp(3, 3, ssrc=88)))
    packets.insert(15, packet(275, rtp(14, 900_000)))
    world = World().feed(packets).close()
    assert world.marks(77) == [("open", 0, -1, 20, None), ("end", 0, 0, 0, "tap_exit")]
    assert world.tap.counters.dropped == {"unconfirmed": 2}


def test_stragglers_of_the_ssrc_before_are_dropped_and_counted():
    packets = [*talk(0, 20), *talk(400, 5, ssrc=88), *talk(501, 3, first=20), *talk(520, 5, first=6, ssrc=88)]
    world = World().feed(packets).close()
    assert world.tap.counters.dropped == {"old_ssrc": 3}
    assert len(world.sequences(88)) == 10


def test_a_timestamp_jump_makes_a_new_stream_of_the_same_call_with_a_new_anchor():
    world = World().feed(talk(0, 50) + talk(1000, 50, first=50, timestamp=80_000)).close()
    streams = {(s.call_id, s.anchor) for s in world.of(77)}
    assert len(streams) == 2
    assert len({call for call, _ in streams}) == 1
    assert [m for m in world.marks(77) if m[0] == "end"] == [
        ("end", 0, 0, 0, "timestamp_jump"),
        ("end", 0, 0, 0, "tap_exit"),
    ]
    assert world.of(77)[-1].anchor == 88_000


def test_a_loss_of_many_packets_is_no_jump():
    world = World().feed(talk(0, 50) + talk(30_000, 50, first=1500)).close()
    assert [m[4] for m in world.marks(77) if m[0] == "end"] == ["tap_exit"]


def test_a_stream_that_comes_back_after_its_timeout_without_sip_is_another_call():
    world = World(idle_timeout_s=5).feed(talk(0, 50) + talk(30_000, 50, first=1500)).close()
    assert len({s.call_id for s in world.of(77)}) == 2
    assert len(world.sequences()) == 100


def test_what_is_not_rtp_becomes_no_call():
    junk = [
        b"",
        b"\0\1\0\0!\x12\xa4B" + bytes(12),
        rtp(1, 1, payload_type=72),
        rtp(1, 1, payload_type=40),
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x80",
        b"\x80" * 40,
    ]
    world = World().feed([packet(i, data) for i, data in enumerate(junk)]).close()
    assert world.segments == []
    assert world.tap.counters.not_rtp == 6
    assert world.tap.counters.dropped == {"unconfirmed": 1}


def test_a_single_packet_is_no_call_and_unrelated_ones_are_none():
    unrelated = [packet(i, rtp(i * 977, i * 12_345, ssrc=i)) for i in range(5)]
    world = World().feed(unrelated).close()
    assert world.segments == []
    assert world.tap.counters.dropped == {"unconfirmed": 5}


def test_broken_rtp_of_a_known_stream_is_dropped_and_counted():
    packets = talk(0, 10)
    packets[3:3] = [
        packet(45, b"\x40" + bytes(20)),
        packet(46, b"\x8f" + bytes(20)),
        packet(47, rtp(3, 480, bytes(3000))),
    ]
    packets[3:3] = [packet(44, rtp(3, 480, b""))]
    world = World().feed(packets).close()
    assert world.sequences() == list(range(10))
    assert world.tap.counters.dropped == {"csrc": 1, "giant": 1, "empty": 1}
    assert world.tap.counters.not_rtp == 1


def test_duplicates_and_reordered_packets_are_passed_on_as_they_came():
    packets = talk(0, 10)
    order = [0, 1, 3, 2, 2, 4, 5, 5, 6, 9, 8, 7]
    world = World().feed(packet(i * 20, packets[k].payload) for i, k in enumerate(order)).close()
    assert world.sequences() == order


def test_a_repeat_of_the_very_first_packet_does_not_confirm_it_and_does_not_move_the_call():
    packets = talk(990, 10)
    packets.insert(1, packet(1005, packets[0].payload))
    world = World().feed(packets).close()
    assert world.segments[0].call_id == call_id_of_flow(CALLER, CALLEE, 77, T0 // 1_000_000)
    assert world.sequences() == list(range(10))
    assert world.tap.counters.dropped == {"unconfirmed": 1}


def test_of_the_first_two_packets_the_earlier_is_the_anchor_and_what_is_before_it_is_dropped():
    packets = talk(0, 10)
    order = [2, 1, 0, 3]
    world = World().feed(packet(i * 20, packets[k].payload) for i, k in enumerate(order)).close()
    assert world.of(77)[0].anchor == 160
    assert world.sequences() == [1, 2, 3]
    assert world.tap.counters.dropped == {"before_anchor": 1}


@pytest.mark.parametrize(("payload_type", "rate"), [(18, 8), (111, 48), (11, 44), (120, 16)])
def test_unsupported_codecs_carry_no_payload_and_keep_an_8_khz_clock(payload_type: int, rate: int):
    packets = [packet(20 * i, rtp(i, 1000 + 20 * rate * i, bytes(40), payload_type)) for i in range(250)]
    world = World().feed(packets).close()
    assert [mark[:4] for mark in world.marks(77)] == [
        ("open", 0, -1, 100),
        ("audio", 1, 0, 100),
        ("audio", 2, 1, 50),
        ("end", 2, 2, 0),
    ]
    columns = unpack(world.of(77)[0])
    assert set(columns.encoding.tolist()) == {UNSUPPORTED}
    assert columns.payload == b""


def test_a_setting_names_the_encoding_of_a_payload_type():
    packets = [packet(60 * i, rtp(i, 480 * i, bytes(960), 98)) for i in range(100)]
    world = World(payload_types={98: "l16"}).feed(packets).close()
    assert [mark[3] for mark in world.marks(77)] == [34, 33, 33, 0]
    assert set(unpack(world.of(77)[0]).encoding.tolist()) == {L16}


def test_a_quiet_hour_in_a_capture_is_not_filled_with_empty_batches():
    world = World(partitions=4, idle_timeout_s=10).feed(talk(0, 50))
    before = len(world.batches)
    world.feed(talk(3_600_000, 50))
    assert len(world.batches) - before < 100
    clocks = [batch.clock_ms for _, batch in world.batches]
    assert clocks == sorted(clocks)
    assert [m[4] for m in world.marks(77) if m[0] == "end"] == ["timeout"]


def test_a_clock_that_goes_backwards_is_counted_and_taken_as_standing_still():
    packets = talk(0, 50)
    packets[20] = packet(-5000, packets[20].payload)
    world = World().feed(packets).close()
    assert world.tap.counters.clock_backwards == 1
    clocks = [batch.clock_ms for _, batch in world.batches]
    assert clocks == sorted(clocks)
    assert world.sequences() == list(range(50))


def test_streams_beyond_the_limit_are_refused_and_counted():
    packets = talk(0, 5) + talk(100, 5, ssrc=88, source="192.0.2.3:4000")
    world = World(max_streams=1).feed(packets).close()
    assert world.sequences(88) == []
    assert world.tap.counters.dropped["too_many_calls"] >= 1


def test_a_sender_s_ssrc_zero_is_not_taken_for_the_stream_before_the_first_frame():
    world = World().feed(talk(0, 5, ssrc=0)).close()
    assert {s.ssrc for s in world.segments} == {0xFFFFFFFF}


@pytest.mark.parametrize(
    "settings",
    [
        {"batch_ms": 5},
        {"boundary_ms": 500},
        {"idle_timeout_s": 0},
        {"payload_types": {98: "opus"}},
        {"payload_types": {200: "pcmu"}},
        {"telephone_event_payload_type": 128},
        {"max_calls": 0},
    ],
)
def test_settings_out_of_range_are_refused(settings: dict[str, object]):
    with pytest.raises(ValueError, match=r".+"):
        TapSettings(**settings)


def test_a_tap_needs_a_partition():
    with pytest.raises(ValueError, match="at least one partition"):
        World(partitions=0)
