import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.sip.sdp import AudioFormat, AudioMedia, parse_sdp

SDP = (
    b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
    b"m=audio 4000 RTP/AVP 0 97 101\r\na=rtpmap:97 L16/8000/1\r\n"
    b"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
    b"m=video 4002 RTP/AVP 31\r\nc=IN IP4 192.0.2.7\r\na=rtpmap:31 H261/90000\r\n"
)


def test_the_audio_of_a_description():
    formats = {97: AudioFormat("l16", 8000, 1), 101: AudioFormat("telephone-event", 8000, 1)}
    assert parse_sdp(SDP) == [AudioMedia("192.0.2.1:4000", formats)]


def test_an_address_of_the_media_outranks_the_session_s():
    assert (
        parse_sdp(SDP.replace(b"a=rtpmap:97", b"c=IN IP4 198.51.100.5/127\r\na=rtpmap:97"))[0].address
        == "198.51.100.5:4000"
    )


def test_ipv6_is_written_as_captured_packets_have_it():
    assert parse_sdp(SDP.replace(b"IP4 192.0.2.1\r\nt", b"IP6 2001:DB8:0::1\r\nt"))[0].address == "[2001:db8::1]:4000"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"audio 4000", b"audio 0"),
        (b"c=IN IP4 192.0.2.1", b"c=IN IP4 0.0.0.0"),
        (b"c=IN IP4 192.0.2.1", b"c=IN IP4 host"),
    ],
)
def test_a_party_that_wants_no_audio_has_no_address(old: bytes, new: bytes):
    assert [media.address for media in parse_sdp(SDP.replace(old, new))] == [""]


def test_a_description_inside_a_multipart_body_is_found():
    body = b"--x\r\nContent-Type: application/sdp\r\n\r\n" + SDP + b"--x--\r\n"
    assert parse_sdp(body)[0].address == "192.0.2.1:4000"


@pytest.mark.parametrize("body", [b"", b"<xml/>", b"m=audio 4000 RTP/AVP 0"])
def test_what_is_no_description_has_no_audio(body: bytes):
    assert parse_sdp(body) == []


@given(st.lists(st.tuples(st.integers(0, 300), st.binary(max_size=5)), max_size=10))
def test_mutated_descriptions_never_raise(changes: list[tuple[int, bytes]]):
    data = SDP
    for at, new in changes:
        data = data[:at] + new + data[at + len(new) :]
    assert len(parse_sdp(data)) <= 4
