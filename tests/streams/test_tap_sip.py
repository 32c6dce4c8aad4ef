import hashlib
import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tap_world import CALLEE, CALLER, CALLER_SIP, T0, World, answer, bye, invite, packet, rtp, sdp, sip, talk

from schemas.frames import TELEPHONE_EVENT, UNSUPPORTED, unpack
from schemas.ids import call_id_of_sip


def digest(text: str) -> str:
    return hmac.new(b"key", text.encode(), hashlib.sha256).hexdigest()[:32]


def reply(at_ms: float, status: int, **change: str):
    return sip(at_ms, str(status), "INVITE", to_tag="et", **change)


def ends(world: World) -> list[tuple[int, str | None]]:
    return [(s.ssrc, s.end_reason) for s in world.segments if s.kind == "end"]


def callee_talk(start_ms: int, count: int, ssrc: int = 99, **more: int):
    return talk(start_ms, count, ssrc=ssrc, source=CALLEE, destination=CALLER, **more)


def test_an_invite_opens_the_stream_before_the_first_frame_with_all_facts():
    world = World().feed([invite()]).close()
    opened = world.segments[0]
    assert (opened.kind, opened.ssrc, opened.anchor, opened.chunk, opened.begun) == ("open", 0, 0, 0, -1)
    assert (opened.direction, opened.sip_call_id) == ("caller", "call-1")
    assert opened.call_id == call_id_of_sip("call-1", "ct")
    facts = opened.facts
    assert (facts.opened_ms, facts.answered_ms, facts.key_id, facts.tap_id) == (T0 // 1000, None, "k1", "tap-1")
    assert facts.caller.number == digest("493011111")
    assert facts.caller.prefixes == [digest("493011111"[:n]) for n in range(5, 9)]
    assert facts.callee.number == digest("493022222")
    assert facts.trunk == digest(CALLER_SIP.partition(":")[0])


def test_the_numbers_are_to_be_had_in_clear_beside_the_records():
    world = World().feed([invite()])
    info = world.tap.calls[call_id_of_sip("call-1", "ct")]
    assert (info.sip_call_id, info.caller, info.callee, info.source) == (
        "call-1",
        "+493011111",
        "+493022222",
        CALLER_SIP,
    )


@pytest.mark.parametrize("withheld", ["sip:anonymous@anonymous.invalid", "sip:192.0.2.1", "tel:"])
def test_a_withheld_caller_has_no_hash(withheld: str):
    one = invite()
    data = one.payload.replace(b"sip:+493011111@a", withheld.encode())
    world = World().feed([packet(0, data, one.source, one.destination)])
    assert world.close().segments[0].facts.caller is None


def test_a_whole_call_from_invite_to_bye():
    packets = [invite(0), reply(20, 180), answer(1000), *talk(1100, 100), bye(3200)]
    world = World().feed(packets).close()
    assert world.marks(0) == [
        ("open", 0, -1, 0, None),
        ("answered", 0, 0, 0, None),
        ("end", 0, 0, 0, "media_started"),
    ]
    assert [s.facts.answered_ms for s in world.of(0)] == [None, 1000, 1000]
    assert world.marks(77) == [("open", 0, -1, 100, None), ("end", 0, 0, 0, "bye")]
    assert {s.call_id for s in world.segments} == {call_id_of_sip("call-1", "ct")}
    assert {s.facts.answered_ms for s in world.of(77) if s.facts} == {-100}


def test_an_answer_within_early_media_is_a_mark_between_the_frames():
    packets = [invite(0), sip(10, "183", "INVITE", sdp(CALLEE), to_tag="et"), *talk(100, 50), answer(1100)]
    packets += talk(1101, 50, first=50)
    world = World().feed(packets).close()
    assert [(mark[0], mark[3]) for mark in world.marks(77)] == [
        ("open", 50),
        ("answered", 0),
        ("audio", 50),
        ("end", 0),
    ]
    answered = next(s for s in world.of(77) if s.kind == "answered")
    assert (answered.facts.answered_ms, answered.chunk, answered.begun) == (1000, 0, 0)


def test_the_callee_s_stream_is_dropped_unless_asked_for():
    packets = [invite(0), answer(100), *talk(200, 20), *callee_talk(601, 20)]
    world = World().feed(packets).close()
    assert world.of(99) == []
    assert world.tap.counters.dropped == {"not_judged": 20}
    world = World(directions=frozenset({"caller", "callee", "unknown"})).feed(packets).close()
    assert {s.direction for s in world.of(99)} == {"callee"}
    assert world.sequences(99) == list(range(20))
    assert {s.direction for s in world.of(77)} == {"caller"}


def test_the_callee_s_frames_do_not_end_the_wait_for_the_caller_s():
    world = (
        World(directions=frozenset({"caller", "callee"})).feed([invite(0), answer(100), *callee_talk(200, 20)]).close()
    )
    assert ends(world) == [(0, "tap_exit"), (99, "tap_exit")]


def test_a_call_without_media_goes_on_by_ticks_until_bye():
    world = World().feed([invite(0), answer(100)]).wait(7000).feed([bye(7000)])
    assert [mark[:3] for mark in world.marks(0)] == [
        ("open", 0, -1),
        ("answered", 0, 0),
        ("audio", 1, 0),
        ("audio", 2, 1),
        ("audio", 3, 2),
        ("end", 3, 3),
    ]
    assert [s.captured_ms - T0 // 1000 for s in world.of(0) if s.kind == "audio"] == [2500, 4500, 6500]


def test_a_call_that_never_ends_times_out():
    world = World(idle_timeout_s=5).feed([invite(0), answer(1000)]).wait(60_000)
    assert ends(world) == [(0, "timeout")]
    assert world.of(0)[-1].captured_ms == T0 // 1000 + 6000


def test_media_after_a_long_hold_are_a_new_stream_of_the_same_call():
    packets = [invite(0), answer(10), *talk(20, 50), *talk(60_000, 50, first=2999)]
    world = World(idle_timeout_s=10).feed(packets).close()
    assert ends(world) == [(0, "media_started"), (77, "timeout"), (77, "tap_exit")]
    assert len({(s.call_id, s.ssrc, s.anchor) for s in world.of(77)}) == 2
    assert len({s.call_id for s in world.segments}) == 1


def test_retransmissions_and_re_invites_open_nothing():
    again = sip(3000, "INVITE", "INVITE", sdp(CALLER), to_tag="et", cseq="2", branch="z9hG4bK2")
    theirs = sip(3500, "INVITE", "INVITE", sdp(CALLEE), to_tag="et", by_callee=True)
    world = World().feed([invite(0), invite(500), answer(1000), answer(1100), again, theirs, reply(3600, 491)]).close()
    assert [s.kind for s in world.segments if s.kind != "audio"] == ["open", "answered", "end"]


@pytest.mark.parametrize("by_callee", [False, True])
def test_either_side_s_bye_ends_the_call_and_what_comes_after_is_dropped(by_callee: bool):
    packets = [
        invite(0),
        answer(10),
        *talk(20, 10),
        bye(300, by_callee=by_callee),
        *talk(301, 5, first=10),
        invite(500),
    ]
    world = World().feed(packets).close()
    assert ends(world) == [(0, "media_started"), (77, "bye")]
    assert world.segments[-1].kind == "end"
    assert world.tap.counters.dropped == {"after_end": 5}


@pytest.mark.parametrize("last", [reply(900, 486), reply(900, 603), sip(900, "CANCEL", "CANCEL")])
def test_a_refused_or_cancelled_call_ends(last):
    assert ends(World().feed([invite(0), reply(10, 180), last])) == [(0, "bye")]


def test_a_challenge_does_not_end_the_call_that_is_tried_again():
    again = invite(200, cseq="2", branch="z9hG4bK2")
    packets = [invite(0), reply(100, 407), again, answer(300, cseq="2", branch="z9hG4bK2"), *talk(400, 10)]
    world = World().feed(packets)
    assert ends(world) == [(0, "media_started")]
    assert len({s.call_id for s in world.segments}) == 1


def test_a_call_tried_again_under_another_tag_replaces_the_challenged_one():
    world = World().feed([invite(0), reply(100, 401), invite(200, from_tag="other")])
    assert [(s.kind, s.call_id == call_id_of_sip("call-1", "ct")) for s in world.close().segments] == [
        ("open", True),
        ("end", True),
        ("open", False),
        ("end", False),
    ]


def test_one_fork_s_refusal_does_not_end_a_call_another_fork_answers():
    packets = [invite(0), invite(1, branch="fork2"), reply(100, 486, branch="fork2"), answer(200), *talk(300, 10)]
    packets.append(sip(600, "CANCEL", "CANCEL", branch="fork2"))
    assert ends(World().feed(packets)) == [(0, "media_started")]


def test_messages_of_unknown_calls_are_no_calls():
    packets = [
        answer(0),
        bye(10),
        reply(20, 486),
        sip(30, "INVITE", "INVITE", to_tag="et"),
        sip(40, "OPTIONS", "OPTIONS"),
    ]
    world = World().feed(packets).close()
    assert world.segments == []
    assert world.tap.counters.dropped == {"sip_of_unknown_call": 1}


def test_broken_sip_is_counted():
    world = World().feed([packet(0, b"INVITE sip:a SIP/2.0\r\n\r\n")]).close()
    assert (world.tap.counters.bad_sip, world.segments) == (1, [])


def test_one_announced_packet_is_enough_for_a_stream():
    world = World().feed([invite(0), answer(10), *talk(20, 1)]).close()
    assert world.sequences() == [0]


def test_the_caller_s_voice_is_known_by_where_it_goes_or_where_it_comes_from():
    for where in ({"source": "192.0.2.1:9999"}, {"destination": "203.0.113.1:9999"}):
        world = World().feed([invite(0), answer(10), *talk(20, 10, **where)]).close()
        assert {s.direction for s in world.of(77)} == {"caller"}


def test_a_flow_heard_before_its_sdp_becomes_the_call_s():
    where = {"source": "192.0.2.1:9999"}
    packets = [invite(0), *talk(10, 10, **where), answer(300), *talk(310, 20, first=15, **where)]
    world = World().feed(packets).close()
    directions = [(s.direction, s.kind, s.end_reason) for s in world.of(77) if s.kind != "audio"]
    assert directions == [
        ("unknown", "open", None),
        ("unknown", "end", "media_started"),
        ("caller", "open", None),
        ("caller", "end", "tap_exit"),
    ]


def test_sdp_names_the_payload_types():
    body = sdp(CALLER, "96 97").replace(
        b"101 telephone-event/8000", b"96 opus/48000/2\r\na=rtpmap:97 telephone-event/8000"
    )
    packets = [sip(0, "INVITE", "INVITE", body), answer(10)]
    packets += [packet(20 + 20 * i, rtp(i, 960 * i, bytes(30), 96)) for i in range(110)]
    packets += [packet(2220, rtp(110, 105_600, b"\5\12\0\240", 97))]
    world = World().feed(packets).close()
    frames = [(int(code), s.chunk) for s in world.of(77) for code in unpack(s).encoding]
    assert frames.count((UNSUPPORTED, 0)) == 100
    assert frames.count((UNSUPPORTED, 1)) == 10
    assert world.tap.counters.dropped == {"unconfirmed": 1}  # an event whose clock is not the audio's


def test_events_on_another_clock_are_rescaled_to_8_khz():
    body = sdp(CALLER, "96 97").replace(
        b"101 telephone-event/8000", b"96 opus/48000/2\r\na=rtpmap:97 telephone-event/48000"
    )
    packets = [sip(0, "INVITE", "INVITE", body), answer(10)]
    packets += [packet(20 + 20 * i, rtp(i, 960 * i, bytes(30), 96)) for i in range(10)]
    packets += [
        packet(220 + 20 * i, rtp(10 + i, 9600, bytes([5, 10]) + (960 * (i + 1)).to_bytes(2, "big"), 97))
        for i in range(4)
    ]
    world = World().feed(packets).close()
    columns = unpack(world.of(77)[-2]) if len(world.of(77)) > 2 else unpack(world.of(77)[0])
    events = [
        (int(columns.timestamp[k]), columns.payload[columns.start[k] :][:4])
        for k in range(len(columns.start))
        if columns.encoding[k] == TELEPHONE_EVENT
    ]
    assert len({timestamp for timestamp, _ in events}) == 1
    durations = [int.from_bytes(payload[2:], "big") for _, payload in events]
    assert durations == [160 * n for n in range(5 - len(durations), 5)]
    assert durations


def test_an_ssrc_change_within_a_call_is_a_new_stream_of_it():
    world = World().feed([invite(0), answer(10), *talk(20, 20), *talk(420, 20, ssrc=88)]).close()
    assert ends(world) == [(0, "media_started"), (77, "ssrc_change"), (88, "tap_exit")]
    assert len({s.call_id for s in world.segments}) == 1


def test_a_second_copy_of_the_media_on_another_hop_is_dropped():
    first, second = talk(20, 20), talk(21, 20, ssrc=88, destination="203.0.113.1:7000")
    packets = sorted(first + second, key=lambda p: p.captured_us)
    world = World().feed([invite(0), answer(10), *packets]).close()
    assert world.tap.counters.dropped == {"other_flow": 20}


def test_media_that_move_to_another_address_go_on_in_the_same_stream():
    moved = sip(420, "INVITE", "INVITE", sdp("192.0.2.8:4444"), to_tag="et", cseq="2")
    packets = [invite(0), answer(10), *talk(20, 20), moved, *talk(820, 20, first=40, source="192.0.2.8:4444")]
    world = World().feed(packets).close()
    assert len(world.sequences()) == 40
    assert ends(world) == [(0, "media_started"), (77, "tap_exit")]


def test_calls_beyond_the_limit_are_refused_and_room_is_made_when_calls_are_over():
    world = World(max_calls=1, idle_timeout_s=2)
    world.feed([invite(0), invite(10, call_id="call-2", from_tag="c2"), bye(20)])
    assert world.tap.counters.dropped == {"too_many_calls": 1}
    world.feed([invite(6000, call_id="call-3", from_tag="c3")])
    assert world.tap.counters.dropped == {"too_many_calls": 1}
    assert len(world.tap.calls) == 1


@settings(max_examples=100, deadline=None)
@given(
    st.permutations(range(8)),
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 300), st.binary(max_size=4)), max_size=6),
)
def test_signalling_in_any_order_and_state_leaves_no_stream_without_its_end(order: list[int], changes):
    messages = [
        invite(0),
        reply(0, 180),
        answer(0),
        bye(0),
        invite(0, call_id="call-2", from_tag="x"),
        sip(0, "CANCEL", "CANCEL", call_id="call-2", from_tag="x"),
        reply(0, 401),
        bye(0, by_callee=True),
    ]
    payloads = [m.payload for m in messages]
    for which, at, new in changes:
        payloads[which] = payloads[which][:at] + new + payloads[which][at + len(new) :]
    world = World()
    for step, which in enumerate(order):
        world.feed([packet(100 * step, payloads[which], messages[which].source, messages[which].destination)])
        world.feed(talk(100 * step + 1, 4, first=5 * step) + callee_talk(100 * step + 80, 1, first=5 * step))
    world.close()
    opened = [(s.call_id, s.direction, s.ssrc, s.anchor) for s in world.segments if s.kind == "open"]
    ended = [(s.call_id, s.direction, s.ssrc, s.anchor) for s in world.segments if s.kind == "end"]
    assert sorted(opened) == sorted(ended)
    assert len(set(opened)) == len(opened)
