import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.rtp.packet import MAX_PAYLOAD_BYTES, NotRtpError, parse_rtp


def packet(payload: bytes = b"abc", first: int = 0x80, second: int = 0, between: bytes = b"") -> bytes:
    return struct.pack("!BBHII", first, second, 7, 1600, 0xDEADBEEF) + between + payload


def reason_of(data: bytes) -> str:
    with pytest.raises(NotRtpError) as caught:
        parse_rtp(data)
    return caught.value.reason


def test_the_fields_of_a_plain_packet():
    rtp = parse_rtp(packet(second=0x80 | 8))
    assert (rtp.payload_type, rtp.marker, rtp.sequence, rtp.timestamp, rtp.ssrc) == (8, True, 7, 1600, 0xDEADBEEF)
    assert rtp.payload == b"abc"


def test_contributing_sources_extension_and_padding_are_taken_off():
    between = bytes(8) + struct.pack("!HH", 0xBEDE, 1) + bytes(4)
    assert parse_rtp(packet(b"abc\0\2", 0x80 | 0x20 | 0x10 | 2, between=between)).payload == b"abc"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "short"),
        (packet()[:11], "short"),
        (packet(first=0x40), "version"),
        (packet(first=0x00), "version"),
        (packet(second=200 - 128), "rtcp"),
        (packet(second=200), "rtcp"),
        (packet(first=0x8F), "csrc"),
        (packet(b"ab", first=0x90), "extension"),
        (packet(b"", first=0x90, between=b"\0\0\0\2abcd"), "extension"),
        (packet(b"abc\0", first=0xA0), "padding"),
        (packet(b"abc\5", first=0xA0), "padding"),
        (packet(b"abc\4", first=0xA0), "empty"),
        (packet(b""), "empty"),
        (packet(bytes(MAX_PAYLOAD_BYTES + 1)), "giant"),
    ],
)
def test_what_is_no_packet_says_why(data: bytes, reason: str):
    assert reason_of(data) == reason


def test_the_largest_payload_passes():
    assert len(parse_rtp(packet(bytes(MAX_PAYLOAD_BYTES))).payload) == MAX_PAYLOAD_BYTES


@given(st.binary(max_size=80), st.integers(0, 255))
def test_arbitrary_bytes_parse_or_are_refused(data: bytes, first: int):
    data = bytes([first]) + data
    try:
        rtp = parse_rtp(data)
    except NotRtpError:
        return
    assert data[0] >> 6 == 2
    assert rtp.payload
    assert rtp.payload in data[12:]
