"""Many streams on one partition: what is urgent goes at once, the others gather their 200 ms."""

from pipeline_world import KEY
from tap_world import CALLEE, T0, packet, rtp, talk

from schemas.records import Chunk
from streams.capture import Packet
from streams.numbers import NumberHasher
from streams.runtime.acker import PartitionAcker
from streams.simulate.planning import plan_calls
from streams.simulate.stream import simulated_packets
from streams.tap import Tap, TapSettings
from streams.tap.clockwork import Batches
from streams.window import WindowCore

CROWD = 40


def fed(packets: list[Packet], **settings: int) -> tuple[Tap, Batches]:
    tap = Tap("tap", 1, 1, NumberHasher(KEY.encode(), "test"), TapSettings(**settings))
    batches = [batch for one in packets for batch in tap.feed(one)]
    return tap, batches + tap.close()


def crowd(seconds: int) -> list[Packet]:
    """Flows that cross their chunk boundaries one after the other, all on one partition."""
    flows = [
        talk(40 * n, seconds * 50, ssrc=n + 1, source=f"192.0.2.1:{4000 + 2 * n}", destination=CALLEE)
        for n in range(CROWD)
    ]
    return sorted((one for flow in flows for one in flow), key=lambda one: one.captured_us)


def test_a_stream_that_crosses_a_boundary_leaves_the_others_to_gather_frames():
    tap, batches = fed(crowd(6))
    audio = [segment for _, batch in batches for segment in batch.segments if segment.encoding]
    assert sum(len(segment.encoding) for segment in audio) == tap.counters.frames == CROWD * 300
    assert tap.counters.frames / len(audio) > 7
    crossings = [batch for _, batch in batches if len(batch.segments) == 1 and batch.segments[0].facts is not None]
    assert len(crossings) >= CROWD


def test_a_crossing_is_told_within_twenty_milliseconds_in_a_crowd_too():
    _, batches = fed(crowd(6))
    begun: dict[tuple[str, int], int] = {}
    for _, batch in batches:
        for segment in batch.segments:
            if segment.chunk > segment.begun >= 0:
                begun[segment.call_id, segment.chunk] = batch.clock_ms - segment.captured_ms
    assert len(begun) >= 2 * CROWD
    assert max(begun.values()) <= 40  # 20 for the pace of batches, and as much until a packet moves the clock


def test_a_straggler_of_a_chunk_that_closes_does_not_wait_for_the_round():
    packets = [*talk(0, 103), packet(2055, rtp(99, 99 * 160)), *talk(2060, 10, first=103)]
    _, batches = fed(packets)
    late = [batch for _, batch in batches for s in batch.segments if s.chunk == 0 and s.begun == 1 and s.encoding]
    assert late
    assert late[0].clock_ms - T0 // 1000 - 2055 <= 40


def chunks_of(batches: Batches) -> dict[tuple[str, int], Chunk]:
    core, acker = WindowCore(0, 1), PartitionAcker()
    made: dict[tuple[str, int], Chunk] = {}
    for _, batch in batches:
        for emission in core.feed(batch, acker.add(lambda: None), batch.clock_ms).emissions:
            assert isinstance(emission.record, Chunk)
            made[emission.record.head.stream_id, emission.record.head.chunk] = emission.record
    return made


def test_how_long_a_tap_gathers_changes_no_chunk():
    packets = list(simulated_packets(plan_calls(3, 12, spread_s=4.0)))
    swift, slow = (chunks_of(fed(packets, batch_ms=ms)[1]) for ms in (20, 200))
    assert swift.keys() == slow.keys()
    for key, chunk in swift.items():
        assert (slow[key].runs, slow[key].lead_in, slow[key].events) == (chunk.runs, chunk.lead_in, chunk.events), key
