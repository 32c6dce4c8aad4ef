"""Session descriptions (RFC 4566): where a party hears audio, and in which formats."""

import re
from socket import AF_INET, AF_INET6, inet_pton
from typing import Final

import msgspec

from streams.capture.datagram import endpoint

MAX_LINES: Final = 1000
MAX_AUDIO: Final = 4

_MEDIA = re.compile(r"m=(\w+) (\d{1,5})(?:/\d+)? \S+")
_RTPMAP = re.compile(r"a=rtpmap:(\d{1,3}) ([\w.\-]+)/(\d{1,6})(?:/(\d{1,2}))?")


class AudioFormat(msgspec.Struct, frozen=True):
    """What a payload type stands for: encoding name in lower case, clock rate in Hz, channels."""

    name: str
    rate: int
    channels: int


class AudioMedia(msgspec.Struct, frozen=True):
    """One audio stream a party is ready to receive.

    Attributes
    ----------
    address
        ``address:port`` where it wants the RTP; empty if it wants none (port 0, address 0.0.0.0) or a host name.
    formats
        By payload type, as far as ``a=rtpmap`` tells.
    """

    address: str
    formats: dict[int, AudioFormat]


def parse_sdp(body: bytes) -> list[AudioMedia]:
    """Audio media of a description, at most four; empty for anything that is none. Never raises.

    A description inside a multipart body is found too.
    """
    start = 0 if body.startswith(b"v=0") else body.find(b"\nv=0") + 1
    if start == 0 and not body.startswith(b"v=0"):
        return []
    session_address = ""
    sections: list[tuple[int, list[str], dict[int, AudioFormat]]] = []
    current: tuple[int, list[str], dict[int, AudioFormat]] | None = None
    in_media = False
    for line in body[start:].decode("latin-1").splitlines()[:MAX_LINES]:
        if line.startswith("m="):
            in_media, current = True, None
            media = _MEDIA.match(line)
            if media and media[1] == "audio" and len(sections) < MAX_AUDIO:
                current = (int(media[2]), [], {})
                sections.append(current)
        elif line.startswith("c="):
            address = line[2:].split()
            if len(address) == 3 and current:
                current[1].append(address[2])
            elif len(address) == 3 and not in_media:
                session_address = address[2]
        elif current and (mapped := _RTPMAP.match(line)) and int(mapped[1]) < 128:
            current[2][int(mapped[1])] = AudioFormat(mapped[2].lower(), int(mapped[3]), int(mapped[4] or 1))
    return [AudioMedia(_endpoint(own[0] if own else session_address, port), formats) for port, own, formats in sections]


def _endpoint(address: str, port: int) -> str:
    """Text as captured packets have it; empty for addresses that receive nothing."""
    if not 0 < port < 65_536:
        return ""
    host = address.partition("/")[0]  # a multicast time to live may follow
    try:
        packed = inet_pton(AF_INET6 if ":" in host else AF_INET, host)
    except (OSError, ValueError):
        return ""
    return endpoint(packed, port) if any(packed) else ""
