"""Frames of pcapng files (IETF draft-ietf-opsawg-pcapng), with any number of interfaces and sections.

dpkt reads pcapng too, but takes the first interface's link type and clock for all.
"""

from collections.abc import Iterator
from struct import unpack, unpack_from
from typing import BinaryIO, Final, NamedTuple

PCAPNG_MAGIC: Final = b"\x0a\x0d\x0d\x0a"
MAX_BLOCK_BYTES: Final = 1 << 20
MAX_INTERFACES: Final = 4096

_SECTION, _INTERFACE, _OLD_PACKET, _PACKET = 0x0A0D0D0A, 1, 2, 6
_RESOLUTION_OPTION, _OFFSET_OPTION = 9, 14


class BrokenBlockError(ValueError):
    """A block that ends early or contradicts itself: the rest of the file cannot be found."""


class _Interface(NamedTuple):
    link_type: int
    units_per_second: int
    offset_s: int


def pcapng_frames(file: BinaryIO) -> Iterator[tuple[int, int, bytes]]:
    """Capture time (microseconds since 1970), link type and bytes of each frame.

    Simple Packet Blocks are skipped: they tell no time.

    Raises
    ------
    BrokenBlockError
        Where the file cannot be followed any further.
    """
    order = "<"
    interfaces: list[_Interface] = []
    while head := file.read(8):
        if len(head) < 8:
            raise BrokenBlockError("ends in a block header")
        if head[:4] == PCAPNG_MAGIC:
            magic = file.read(4)
            order = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}.get(magic, "")
            if not order:
                raise BrokenBlockError("a section of unknown byte order")
            interfaces = []
            _body(file, unpack(order + "I", head[4:])[0] - 4)
            continue
        kind, size = unpack(order + "II", head)
        body = _body(file, size)
        if kind == _INTERFACE:
            if len(interfaces) == MAX_INTERFACES:
                raise BrokenBlockError("too many interfaces")
            interfaces.append(_interface(body, order))
        elif kind in {_PACKET, _OLD_PACKET}:
            yield _frame(body, order, interfaces, kind)


def _body(file: BinaryIO, size: int) -> bytes:
    if not 12 <= size <= MAX_BLOCK_BYTES or size % 4:
        raise BrokenBlockError("a block of impossible size")
    body = file.read(size - 8)
    if len(body) < size - 8:
        raise BrokenBlockError("ends within a block")
    return body[:-4]  # the length once more


def _interface(body: bytes, order: str) -> _Interface:
    if len(body) < 8:
        raise BrokenBlockError("a short interface block")
    units, offset = 1_000_000, 0
    at = 8
    while at + 4 <= len(body):
        code, size = unpack_from(order + "HH", body, at)
        value = body[at + 4 : at + 4 + size]
        if code == 0 or len(value) < size:
            break
        if code == _RESOLUTION_OPTION and size == 1:
            exponent = value[0] & 0x7F
            units = 2**exponent if value[0] & 0x80 else 10**exponent
        elif code == _OFFSET_OPTION and size == 8:
            offset = unpack(order + "q", value)[0]
        at += 4 + size + -size % 4
    return _Interface(unpack_from(order + "H", body)[0], units, offset)


def _frame(body: bytes, order: str, interfaces: list[_Interface], kind: int) -> tuple[int, int, bytes]:
    if len(body) < 20:
        raise BrokenBlockError("a short packet block")
    number, high, low, captured = unpack_from(order + "IIII", body)
    if kind == _OLD_PACKET:
        number = unpack_from(order + "H", body)[0]
    if number >= len(interfaces) or captured > len(body) - 20:
        raise BrokenBlockError("a packet that does not fit its block or interface")
    interface = interfaces[number]
    captured_us = ((high << 32 | low) * 1_000_000) // interface.units_per_second + interface.offset_s * 1_000_000
    return captured_us, interface.link_type, body[20 : 20 + captured]
