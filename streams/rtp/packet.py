"""RTP packets (RFC 3550 section 5.1)."""

from struct import unpack_from
from typing import Final

import msgspec

HEADER_BYTES: Final = 12
MAX_PAYLOAD_BYTES: Final = 2048  # 60 ms of L16 at 8 kHz are 960; the rest is room for odd senders
RTCP_TYPES: Final = range(72, 77)  # RTCP packet types 200-204 without the marker bit (RFC 5761 section 4)


class NotRtpError(ValueError):
    """Bytes that are no RTP packet; ``reason`` is one word for a counter."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RtpPacket(msgspec.Struct, frozen=True, gc=False):
    """Header fields and payload, padding and extension taken off."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes


def parse_rtp(data: bytes) -> RtpPacket:
    """Parse one RTP packet.

    Parameters
    ----------
    data
        A UDP payload.

    Raises
    ------
    NotRtpError
        With reason ``short`` (no whole header), ``version`` (not 2), ``rtcp`` (payload types 72-76), ``csrc``,
        ``extension`` or ``padding`` (lengths that do not fit), ``empty`` (no payload) or ``giant`` (over
        2,048 bytes of it).
    """
    size = len(data)
    if size < HEADER_BYTES:
        raise NotRtpError("short")
    first, second, sequence, timestamp, ssrc = unpack_from("!BBHII", data)
    if first & 0xC0 != 0x80:
        raise NotRtpError("version")
    payload_type = second & 0x7F
    if payload_type in RTCP_TYPES:
        raise NotRtpError("rtcp")
    start = HEADER_BYTES
    if first & 0x3F:  # padding, extension or contributing sources
        start, size = _payload_bounds(data, first)
    if start == size:
        raise NotRtpError("empty")
    if size - start > MAX_PAYLOAD_BYTES:
        raise NotRtpError("giant")
    return RtpPacket(payload_type, second > 0x7F, sequence, timestamp, ssrc, data[start:size])


def _payload_bounds(data: bytes, first: int) -> tuple[int, int]:
    size = len(data)
    start = HEADER_BYTES + 4 * (first & 0x0F)
    if start > size:
        raise NotRtpError("csrc")
    if first & 0x10:
        if start + 4 > size:
            raise NotRtpError("extension")
        start += 4 + 4 * unpack_from("!H", data, start + 2)[0]
        if start > size:
            raise NotRtpError("extension")
    if first & 0x20:
        padding = data[-1]
        if padding == 0 or start + padding > size:
            raise NotRtpError("padding")
        size -= padding
    return start, size
