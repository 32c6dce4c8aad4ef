"""What a tap makes of simulated calls is what the truth file promises."""

from collections import defaultdict

import pytest

from streams.numbers import NumberHasher
from streams.simulate.planning import plan_calls
from streams.simulate.stream import simulated_packets
from streams.simulate.truth import chunks_of, truth_of
from streams.tap.tap import Tap

SOUNDLESS = {"dead_air": 1, "noise": 3, "dtmf": 1, "comfort_noise": 1, "no_media": 1, "idle_codes": 1}


@pytest.fixture(scope="module", params=[(1, (3.0, 9.0)), (2, (2.0, 2.0))])
def tapped(request):
    """Truth, hasher, and the segments of each call and stream."""
    seed, seconds = request.param
    plan = plan_calls(seed, 32, seconds_per_call=seconds, mix=SOUNDLESS)
    hasher = NumberHasher(b"a key", "first")
    tap = Tap("tap", 1, 4, hasher)
    batches = [batch for packet in simulated_packets(plan) for batch in tap.feed(packet)] + tap.close()
    streams = defaultdict(lambda: defaultdict(list))
    for _, batch in batches:
        for segment in batch.segments:
            streams[segment.call_id][segment.ssrc, segment.anchor].append(segment)
    return truth_of(plan), hasher, streams


def test_a_tap_finds_every_call_and_no_other(tapped):
    truth, _, streams = tapped
    assert set(streams) == set(truth.by_call_id())


def test_streams_reach_as_many_chunks_as_promised(tapped):
    truth, _, streams = tapped
    assert any(len(call.streams) == 2 for call in truth.calls)
    for call in truth.calls:
        heard = [segments for segments in streams[call.call_id].values() if any(s.length for s in segments)]
        reached = [max(max(segment.chunk, segment.begun) for segment in segments) + 1 for segments in heard]
        assert sorted(reached) == sorted(chunks_of(samples) for samples in call.streams)
        assert sum(reached) == call.chunks


def test_callers_are_known_by_their_number_however_it_is_written(tapped):
    truth, hasher, streams = tapped
    for call in truth.calls:
        facts = [s.facts for segments in streams[call.call_id].values() for s in segments if s.facts]
        assert {fact.caller.number for fact in facts} == {hasher.hash(call.caller).number}
        assert {fact.callee.number for fact in facts} == {hasher.hash(call.callee).number}


def test_every_stream_ends(tapped):
    _, _, streams = tapped
    for call in streams.values():
        assert all(segments[-1].kind == "end" for segments in call.values())
