"""What one call, or one sender, can make a tap hold and send."""

import pytest
from tap_world import CALLEE, T0, World, answer, invite, packet, rtp, sdp, sip, talk

from schemas.codec import encode
from streams.capture import Packet
from streams.tap import TapSettings
from streams.tap.settings import MAX_BATCH_BYTES


def forged(at_ms: float, count: int, first: int = 0) -> list[Packet]:
    """One packet each from many sources, to where the callee wants to hear the caller."""
    return [
        packet(at_ms, rtp(i, 160 * i, ssrc=1000 + i), f"10.9.{i >> 8}.{i & 255}:9000", CALLEE)
        for i in range(first, first + count)
    ]


def racing(start_ms: float, count: int, step_ms: float, step: int, ssrc: int = 77) -> list[Packet]:
    """Packets of one byte whose timestamps go their own way."""
    return [packet(start_ms + i * step_ms, rtp(i, i * step, b"\0", ssrc=ssrc)) for i in range(count)]


def chunks(world: World) -> set[tuple[str, int, int, int]]:
    return {(s.call_id, s.ssrc, s.anchor, s.chunk) for s in world.segments}


def ends(world: World) -> list[str | None]:
    return [s.end_reason for s in world.segments if s.kind == "end" and s.ssrc]


def test_forged_sources_of_one_call_take_sixteen_places_and_the_voice_goes_on():
    world = World().feed([invite(0), answer(10), *talk(20, 10), *forged(215, 1000), *talk(220, 10, first=10)]).close()
    assert world.sequences() == list(range(20))
    assert world.tap.counters.dropped == {"other_flow": 15, "too_many_flows_of_leg": 985}


def test_quiet_flows_of_a_call_make_room_while_another_of_it_goes_on():
    world = World(idle_timeout_s=2).feed(
        [invite(0), answer(10), *talk(20, 1), *forged(25, 15), *talk(40, 250, first=1)]
    )
    world.feed(forged(5030, 16, first=100)).feed(talk(5040, 5, first=251))
    assert world.tap.counters.dropped == {"other_flow": 30, "too_many_flows_of_leg": 1}
    assert world.close().sequences() == list(range(256))


def test_announced_flows_of_all_calls_together_are_bounded():
    world = World(max_streams=2)
    for call in range(3):
        port = f"203.0.113.{call}:7000"
        world.feed([sip(call, "INVITE", "INVITE", sdp(port), call_id=f"call-{call}", from_tag=f"c{call}")])
        world.feed([packet(10, rtp(1, 160, ssrc=5), f"10.9.{call}.{i}:9000", port) for i in range(5)])
    assert world.tap.counters.dropped["too_many_flows"] == 15 - 8


def test_flows_nobody_announced_leave_room_for_those_of_calls():
    world = World(max_streams=10).feed([invite(0), answer(10)])
    world.feed(packet(15, rtp(1, 160), f"10.9.0.{i}:9000", "10.8.0.1:8000") for i in range(30))
    assert world.tap.counters.dropped == {"too_many_flows": 10}
    assert world.feed(talk(20, 5)).close().sequences() == list(range(5))


@pytest.mark.parametrize("signalling", [[], [invite(-20), answer(-10)]])
def test_timestamps_that_run_8000_times_too_fast_make_few_chunks(signalling: list[Packet]):
    world = World().feed(signalling + racing(0, 4000, 0.25, 8000)).close()
    assert len(chunks(world)) < 20
    assert sum(s.kind == "open" for s in world.segments) <= 5
    assert world.tap.counters.dropped["too_many_changes"] > 3900


def test_a_sender_that_races_on_makes_at_most_a_stream_a_second():
    world = World().feed(racing(0, 2000, 10, 8000)).close()
    assert 20 <= ends(world).count("timestamp_jump") <= 24
    assert len(chunks(world)) < 4 * 25


def test_a_new_ssrc_with_every_second_packet_makes_at_most_a_stream_a_second():
    packets = [packet(i, rtp(i & 1, 160 * (i & 1), ssrc=100 + i // 2)) for i in range(4000)]
    world = World().feed(packets).close()
    assert world.tap.counters.calls <= 8
    assert world.tap.counters.dropped["too_many_changes"] >= 1900


def test_three_changes_in_a_row_are_heard_without_loss():
    packets = [p for k in range(4) for p in talk(100 * k, 5, ssrc=80 + k)]
    world = World().feed([invite(-20), answer(-10), *packets]).close()
    assert [len(world.sequences(80 + k)) for k in range(4)] == [5, 5, 5, 5]
    assert not world.tap.counters.dropped


def test_packets_of_a_change_too_many_are_dropped_until_its_time_has_come():
    packets = [p for k in range(5) for p in talk(100 * k, 5, ssrc=80 + k)] + talk(500, 50, first=5, ssrc=84)
    world = World().feed(packets).close()
    # the first change, at 120 ms, is paid for at 1,120 ms
    kept = world.sequences(84)
    assert kept == list(range(55 - len(kept), 55))
    assert T0 // 1000 + 1100 <= world.of(84)[0].captured_ms <= T0 // 1000 + 1160
    assert world.tap.counters.dropped == {"too_many_changes": 55 - len(kept)}


@pytest.mark.parametrize("rate", [0.99, 0.9998, 1.0002, 1.01])
def test_hours_of_a_sender_with_another_clock_are_one_stream(rate: float):
    packets = [packet(k * 200 / rate, rtp(k, k * 1600, b"\0")) for k in range(4 * 3600 * 5)]
    world = World(batch_ms=2000).feed(packets).close()
    assert ends(world) == ["tap_exit"]
    assert not world.tap.counters.dropped
    assert world.tap.counters.frames == len(packets)


@pytest.mark.parametrize(("stall_ms", "streams"), [(900, 1), (4000, 2), (10_000, 3)])
def test_a_stall_of_the_network_and_the_burst_after_it_lose_nothing(stall_ms: int, streams: int):
    packets = talk(0, 1500)
    late = [packet(max((p.captured_us - T0) / 1000, 10_000 + stall_ms), p.payload) for p in packets[500:]]
    world = World().feed(packets[:500] + late).close()
    assert world.sequences() == list(range(1500))
    assert len(ends(world)) == streams  # a lag of more than a second was a jump before, too
    assert not world.tap.counters.dropped


def test_a_burst_at_the_very_beginning_of_a_capture_loses_nothing():
    packets = talk(0, 1200)
    late = [packet(max((p.captured_us - T0) / 1000, 19_000), p.payload) for p in packets]
    world = World().feed(late).close()
    assert world.sequences() == list(range(1200))
    assert len({s.call_id for s in world.segments}) == 1
    assert not world.tap.counters.dropped


def test_silence_suppressed_for_hours_is_no_lead():
    packets = [p for k in range(300) for p in talk(k * 40_000, 20, first=k * 2000)]
    world = World(batch_ms=2000).feed(
        packet((p.captured_us - T0) / 1000, rtp(i, (i // 20 * 2000 + i % 20) * 160)) for i, p in enumerate(packets)
    )
    world.close()
    assert ends(world) == ["tap_exit"]
    assert not world.tap.counters.dropped


def test_no_batch_is_larger_than_a_window_takes_whatever_the_calls_are_called() -> None:
    world = World()
    for number in range(1000):  # within the 200 ms of a batch, on one partition
        far = f"192.0.2.1:{10_000 + 2 * number}"
        said = sip(
            number / 10, "INVITE", "INVITE", sdp(far), call_id=f"{number}-".ljust(4000, "x"), from_tag=f"{number}"
        )
        numbers = said.payload.replace(b"+493011111", b"+" + b"4" * 32).replace(b"+493022222", b"+" + b"3" * 32)
        world.feed([Packet(said.captured_us, said.source, said.destination, numbers)])
    for number in range(1000):
        world.feed([packet(110 + number / 100, rtp(1, 0, ssrc=number), source=f"192.0.2.1:{10_000 + 2 * number}")])
    world.wait(5000).close()
    assert world.tap.counters.streams == 2000
    assert max(len(encode(batch)) for _, batch in world.batches) <= MAX_BATCH_BYTES


def test_a_batch_may_not_be_set_larger_than_a_window_takes() -> None:
    TapSettings(max_batch_bytes=MAX_BATCH_BYTES)
    with pytest.raises(ValueError, match="max_batch_bytes"):
        TapSettings(max_batch_bytes=MAX_BATCH_BYTES + 1)
