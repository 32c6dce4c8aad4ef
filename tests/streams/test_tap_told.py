"""Calls that a control line tells of: as those that SIP tells of."""

from collections.abc import Callable

import pytest
from tap_world import CALLER, MS, T0, World, packet, rtp, talk

from schemas.ids import call_id_of_sip
from streams.numbers import NumberHasher
from streams.sip.sdp import AudioFormat
from streams.tap import ToldCall, ToldCalls, ToldError
from streams.tap.call import Call
from streams.tap.media import MAX_ADDRESSES

CALL = ToldCall(call="call-1", caller="+49301234567", callee="+49307654321", trunk="carrier", source=CALLER)


def tell(world: World, at_ms: float, news: Callable[[ToldCalls, int], Call]) -> str:
    call_id, batches = world.tap.tell(news, T0 + round(at_ms * MS))
    world.batches += batches
    return call_id


def opened(world: World, at_ms: float = 0, call: ToldCall = CALL) -> str:
    return tell(world, at_ms, lambda calls, at: calls.open(call, at))


def test_a_told_call_opens_is_answered_and_ends_with_hashed_numbers() -> None:
    world = World()
    call_id = opened(world)
    world.feed(talk(100, 25))
    tell(world, 600, lambda calls, at: calls.answered("call-1", "", at))
    world.feed(talk(600, 75, first=25))
    tell(world, 2200, lambda calls, at: calls.ended("call-1", "", at))
    world.close()
    assert call_id == call_id_of_sip("call-1", "")
    assert {segment.call_id for segment in world.segments} == {call_id}
    assert [mark[0] for mark in world.marks(0)] == ["open", "end"]
    assert [mark[0] for mark in world.marks(77)] == ["open", "answered", "audio", "end"]
    hasher = NumberHasher(b"key", "k1")
    facts = world.of(77)[-1].facts
    assert facts is not None
    assert (facts.caller, facts.callee, facts.trunk) == (
        hasher.hash("+49301234567"),
        hasher.hash("+49307654321"),
        hasher.digest("carrier"),
    )
    assert facts.answered_ms == 500
    assert world.of(77)[-1].end_reason == "bye"


def test_what_comes_after_the_end_makes_no_new_call() -> None:
    world = World()
    opened(world)
    world.feed(talk(100, 10))
    tell(world, 300, lambda calls, at: calls.ended("call-1", "", at))
    world.feed(talk(320, 10, first=11)).close()
    assert world.tap.counters.calls == 1
    assert world.tap.counters.dropped["after_end"] == 10


def test_rtp_that_came_before_it_was_told_of_goes_over_to_the_call() -> None:
    world = World()
    world.feed(talk(0, 20))
    call_id = opened(world, 500)
    world.feed(talk(520, 20, first=26)).close()
    ended = [segment for segment in world.segments if segment.kind == "end"]
    assert [segment.end_reason for segment in ended[:1]] == ["media_started"]
    assert sum(len(segment.encoding) for segment in world.segments if segment.call_id == call_id) == 20


def test_told_payload_types_say_what_a_dynamic_one_holds() -> None:
    world = World()
    opened(world, call=ToldCall(call="c", source=CALLER, formats={96: AudioFormat("pcma", 8000, 1)}))
    world.feed([packet(20 * n, rtp(n, 160 * n, payload_type=96)) for n in range(1, 5)]).close()
    assert b"".join(segment.encoding for segment in world.of(77)) == bytes([1] * 4)


def test_a_second_open_adds_a_source() -> None:
    world = World(directions=frozenset({"caller", "callee"}))
    opened(world)
    opened(world, 10, ToldCall(call="call-1", direction="callee", source="198.51.100.9:7000"))
    world.feed(talk(20, 3, source="198.51.100.9:7000", destination="192.0.2.200:1", ssrc=5)).close()
    assert {segment.direction for segment in world.of(5)} == {"callee"}
    assert world.tap.counters.calls == 1


@pytest.mark.parametrize("what", ["answered", "ended"])
def test_a_call_that_was_not_opened_or_has_ended_is_refused(what: str) -> None:
    world = World()
    with pytest.raises(ToldError, match="no such call"):
        tell(world, 0, lambda calls, at: getattr(calls, what)("call-1", "", at))
    opened(world)
    tell(world, 1, lambda calls, at: calls.ended("call-1", "", at))
    with pytest.raises(ToldError, match="has ended"):
        tell(world, 2, lambda calls, at: getattr(calls, what)("call-1", "", at))
    with pytest.raises(ToldError, match="has ended"):
        opened(world, 3)


def test_calls_and_their_sources_are_bounded() -> None:
    world = World(max_calls=1)
    opened(world)
    with pytest.raises(ToldError, match="room"):
        opened(world, 1, ToldCall(call="another"))
    for number in range(1, MAX_ADDRESSES):
        opened(world, 2, ToldCall(call="call-1", source=f"192.0.2.1:{5000 + number}"))
    with pytest.raises(ToldError, match="at most"):
        opened(world, 3, ToldCall(call="call-1", source="192.0.2.1:9999"))


def test_an_ended_call_is_forgotten_so_that_its_name_may_come_again() -> None:
    world = World(idle_timeout_s=1.0)
    opened(world)
    tell(world, 1, lambda calls, at: calls.ended("call-1", "", at))
    world.wait(5000)
    opened(world, 5001)
    assert world.tap.counters.calls == 2


def test_loss_jitter_and_length_of_calls_are_told() -> None:
    world = World()
    packets = [each for number, each in enumerate(talk(0, 100)) if number % 10 != 5]
    world.feed(packets)
    seen = world.tap.reception()
    assert (seen.streams, seen.expected, seen.lost) == (1, 100, 10)
    assert seen.jitter_ms == 0
    world.feed([packet(2000 + 20 * n + 8 * (n % 2), rtp(100 + n, 160 * (100 + n))) for n in range(100)])
    world.close()
    seen = world.tap.reception()
    assert (seen.expected, seen.lost) == (200, 10)
    assert 7 < seen.jitter_ms < 8.1  # every other packet is 8 ms late: each differs by 8 ms from the one before
    assert seen.call_us == pytest.approx(3_988_000, abs=20_000)
