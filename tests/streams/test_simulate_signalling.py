"""The SIP of simulated calls: parsable, whole dialogues that carry the call's numbers, ports and times."""

import re

import dpkt
import pytest
from msgspec.structs import replace

from streams.numbers import normalise
from streams.simulate.planning import plan_calls
from streams.simulate.signalling import SWITCH, media_address, signalling
from streams.simulate.stream import call_packets


def answered(**changes):
    call = plan_calls(1, 1, mix={"digital_silence": 1}).calls[0]
    return replace(call, **{"early_media": False, "ended_by": "caller", **changes})


def cancelled():
    return next(call for call in plan_calls(1, 2, mix={"no_media": 1}).calls if call.variant == "cancelled")


def parsed(packet):
    kind = dpkt.sip.Response if packet.payload.startswith(b"SIP/2.0") else dpkt.sip.Request
    return kind(packet.payload)


def names(call):
    """Method or status of each message, with the method it is about."""
    found = []
    for packet in signalling(call):
        message = parsed(packet)
        about = message.headers["cseq"].split()[1]
        found.append(message.method if isinstance(message, dpkt.sip.Request) else f"{message.status} {about}")
    return found


def test_an_answered_call_is_set_up_and_ended():
    assert names(answered()) == ["INVITE", "100 INVITE", "180 INVITE", "200 INVITE", "ACK", "BYE", "200 BYE"]


def test_early_media_comes_with_a_session_progress():
    assert names(answered(early_media=True))[2] == "183 INVITE"


def test_a_call_nobody_answers_is_cancelled():
    expected = ["INVITE", "100 INVITE", "180 INVITE", "CANCEL", "200 CANCEL", "487 INVITE", "ACK"]
    assert names(cancelled()) == expected


def test_all_messages_of_a_call_share_id_and_tags():
    for call in (answered(), answered(ended_by="callee"), cancelled()):
        for number, packet in enumerate(signalling(call)):
            message = parsed(packet)
            headers = message.headers
            assert headers["call-id"] == call.sip_call_id
            assert int(headers["content-length"]) == len(message.body)
            tags = {tag for name in ("from", "to") for tag in re.findall(r"tag=(\w+)", headers[name])}
            assert tags <= {call.from_tag, call.to_tag}
            assert call.from_tag in tags
            untagged = number == 0 or headers["cseq"].endswith("CANCEL") or packet.payload[8:11] == b"100"
            if untagged and not packet.payload.startswith(b"SIP/2.0 200"):
                assert call.to_tag not in tags
            else:
                assert call.to_tag in tags


def test_the_callee_who_ends_a_call_stands_in_from():
    call = answered(ended_by="callee")
    bye = next(packet for packet in signalling(call) if packet.payload.startswith(b"BYE"))
    assert bye.source == f"{SWITCH}:5060"
    assert call.to_tag in parsed(bye).headers["from"]
    assert call.from_tag in parsed(bye).headers["to"]


@pytest.mark.parametrize("style", ["plus", "zeros", "tel"])
def test_however_a_number_is_written_it_is_the_same_number(style):
    call = answered(number_style=style)
    headers = parsed(next(signalling(call))).headers
    written = re.search(r"<([^>]+)>", headers["from"])[1]
    assert normalise(written) == call.caller[1:]
    assert normalise(re.search(r"<([^>]+)>", headers["to"])[1]) == call.callee[1:]


@pytest.mark.parametrize(("law", "first"), [("pcmu", "0"), ("pcma", "8")])
def test_both_sides_describe_where_they_expect_media(law, first):
    call = answered(law=law)
    bodies = [(packet.source, parsed(packet).body.decode()) for packet in signalling(call) if b"v=0" in packet.payload]
    assert len(bodies) == 2
    for side, (source, body) in zip(("caller", "callee"), bodies, strict=True):
        host, port = media_address(call, side)
        assert f"c=IN IP4 {host}\r\n" in body
        media = re.search(r"m=audio (\d+) RTP/AVP (.*)\r\n", body)
        assert int(media[1]) == port
        assert media[2].split()[0] == first
        assert set(media[2].split()) == set(re.findall(r"a=rtpmap:(\d+) ", body)) == {"0", "8", "101", "13"}
        assert "a=rtpmap:101 telephone-event/8000" in body
        assert source.startswith(call.trunk if side == "caller" else SWITCH)


@pytest.mark.parametrize("early", [False, True])
def test_media_flows_only_after_it_is_allowed_and_before_the_end(early):
    for call in plan_calls(7, 12, mix={"digital_silence": 1}).calls:
        packets = call_packets(7, replace(call, early_media=early, answer_us=1_500_000, callee_media="room"))
        signals = {packet.payload[:11]: packet.captured_us for packet in packets if packet.source.endswith(":5060")}
        media = [packet.captured_us for packet in packets if not packet.source.endswith(":5060")]
        allowed = signals[b"SIP/2.0 183"] if early else call.start_us + 1_500_000
        bye = next(when for line, when in signals.items() if line.startswith(b"BYE"))
        assert allowed < min(media)
        assert max(media) < bye
        assert bye - max(media) < 400_000  # a chunk that has no frame yet is not begun by waiting


def test_calls_that_overlap_use_other_ports():
    calls = plan_calls(1, 500).calls
    assert len({media_address(call, "callee") for call in calls}) == 500
    assert all(port % 2 == 0 and 1024 < port < 65_536 for call in calls for _, port in [media_address(call, "caller")])
