"""UDP datagrams out of link-layer frames, by hand: three times faster than building packet objects."""

from functools import lru_cache
from socket import AF_INET, AF_INET6, inet_ntop
from struct import Struct, unpack_from
from typing import Final

# LINKTYPE_ values of tcpdump.org/linktypes.html
NULL, ETHERNET, RAW, LOOP, LINUX_SLL, LINUX_SLL2 = 0, 1, 101, 108, 113, 276
RAW_TYPES: Final = frozenset({12, 14, RAW, 228, 229})
LINK_TYPES: Final = RAW_TYPES | {NULL, ETHERNET, LOOP, LINUX_SLL, LINUX_SLL2}

_IPV4, _IPV6 = 0x0800, 0x86DD
_VLAN: Final = frozenset({0x8100, 0x88A8, 0x9100})
_UDP, _FRAGMENT = 17, 44
_SKIPPABLE: Final = frozenset({0, 43, 60})  # IPv6 hop-by-hop, routing and destination options
_MAX_LAYERS: Final = 8

# almost all frames: Ethernet without tags, IPv4 without options. EtherType, version and header length, total length,
# fragment, protocol, addresses with ports, UDP length
_PLAIN: Final = Struct("!12xHBxH2xHxB2x12sH2x")
_PLAIN_START, _PLAIN_VERSION = 34, 0x45


class NoDatagramError(ValueError):
    """A frame without a whole UDP datagram; ``reason`` is one word for a counter."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@lru_cache(maxsize=65536)
def endpoint(address: bytes, port: int) -> str:
    """Text of an address (4 or 16 bytes) and a port: ``192.0.2.1:5060``, ``[2001:db8::1]:5060``."""
    if len(address) == 4:
        return f"{inet_ntop(AF_INET, address)}:{port}"
    return f"[{inet_ntop(AF_INET6, address)}]:{port}"


@lru_cache(maxsize=65536)
def _ends(ends: bytes) -> tuple[str, str]:
    """Both endpoints of IPv4 addresses and ports as they lie in a frame."""
    source_port, destination_port = unpack_from("!HH", ends, 8)
    return endpoint(ends[:4], source_port), endpoint(ends[4:8], destination_port)


def udp_datagram(frame: bytes, link_type: int) -> tuple[str, str, bytes]:
    """Source, destination and payload of the UDP datagram in a frame.

    Parameters
    ----------
    frame
        The bytes captured, link header first.
    link_type
        One of ``LINK_TYPES``.

    Raises
    ------
    NoDatagramError
        With reason ``non_ip``, ``non_udp``, ``fragment`` (of IP; they are not put together), ``snapped`` (the
        capture kept less than the datagram) or ``broken`` (lengths that contradict each other).
    """
    if link_type == ETHERNET and len(frame) >= _PLAIN.size:
        kind, version, total, fragment, protocol, ends, size = _PLAIN.unpack_from(frame)
        if (
            kind == _IPV4
            and version == _PLAIN_VERSION
            and protocol == _UDP
            and not fragment & 0x3FFF
            and 8 <= size <= total - 20
            and _PLAIN_START + size <= len(frame)
        ):
            return *_ends(ends), frame[_PLAIN.size : _PLAIN_START + size]
    start = _network_start(frame, link_type)
    if start >= len(frame):
        raise NoDatagramError("broken")
    version = frame[start] >> 4
    if version == 4:
        return _ipv4(frame, start)
    if version == 6:
        return _ipv6(frame, start)
    raise NoDatagramError("broken")


def _network_start(frame: bytes, link_type: int) -> int:
    if link_type == ETHERNET:
        kind_at, start = 12, 14
    elif link_type == LINUX_SLL:
        kind_at, start = 14, 16
    elif link_type == LINUX_SLL2:
        kind_at, start = 0, 20
    else:
        return 0 if link_type in RAW_TYPES else 4
    for _ in range(_MAX_LAYERS):
        if start > len(frame):
            raise NoDatagramError("broken")
        kind = frame[kind_at] << 8 | frame[kind_at + 1]
        if kind in {_IPV4, _IPV6}:
            return start
        if kind not in _VLAN:
            raise NoDatagramError("non_ip")
        kind_at, start = start + 2, start + 4
    raise NoDatagramError("non_ip")


def _ipv4(frame: bytes, start: int) -> tuple[str, str, bytes]:
    if start + 20 > len(frame):
        raise NoDatagramError("broken")
    header = 4 * (frame[start] & 0x0F)
    total, _, fragment, _, protocol = unpack_from("!HHHBB", frame, start + 2)
    if protocol != _UDP:
        raise NoDatagramError("non_udp")
    if fragment & 0x3FFF:  # more fragments, or an offset
        raise NoDatagramError("fragment")
    if header < 20 or total < header + 8:
        raise NoDatagramError("broken")
    return _udp(frame, start + header, total - header, frame[start + 12 : start + 16], frame[start + 16 : start + 20])


def _ipv6(frame: bytes, start: int) -> tuple[str, str, bytes]:
    if start + 40 > len(frame):
        raise NoDatagramError("broken")
    left, following = unpack_from("!HB", frame, start + 4)
    at = start + 40
    for _ in range(_MAX_LAYERS):
        if following == _UDP:
            return _udp(frame, at, left, frame[start + 8 : start + 24], frame[start + 24 : start + 40])
        if following not in _SKIPPABLE and following != _FRAGMENT:
            break
        if at + 8 > len(frame):
            raise NoDatagramError("broken")
        if following == _FRAGMENT and unpack_from("!H", frame, at + 2)[0] & 0xFFF9:
            raise NoDatagramError("fragment")
        size = 8 if following == _FRAGMENT else 8 + 8 * frame[at + 1]
        following, at, left = frame[at], at + size, left - size
    raise NoDatagramError("non_udp")


def _udp(frame: bytes, at: int, room: int, source: bytes, destination: bytes) -> tuple[str, str, bytes]:
    if at + 8 > len(frame):
        raise NoDatagramError("snapped")
    source_port, destination_port, size = unpack_from("!HHH", frame, at)
    if not 8 <= size <= room:
        raise NoDatagramError("broken")
    if at + size > len(frame):
        raise NoDatagramError("snapped")
    return endpoint(source, source_port), endpoint(destination, destination_port), frame[at + 8 : at + size]
