"""Packets out of capture files: pcap and pcapng."""

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import dpkt
import msgspec

from streams.capture.datagram import LINK_TYPES, NoDatagramError, udp_datagram
from streams.capture.pcapng import PCAPNG_MAGIC, BrokenBlockError, pcapng_frames

MAX_FRAME_BYTES: Final = 262_144  # libpcap's own limit
MAX_CAPTURED_US: Final = 10**16  # the year 2286; later means a broken header
_PCAP_MAGICS: Final = frozenset(
    magic.to_bytes(4, order) for magic in (0xA1B2C3D4, 0xA1B23C4D, 0xA1B2CD34) for order in ("little", "big")
)


class CaptureError(Exception):
    """A file that is no capture or cannot be read; the message is a sentence that names it."""


class Packet(msgspec.Struct, frozen=True, gc=False):
    """One UDP datagram as captured.

    Attributes
    ----------
    captured_us
        Capture time, microseconds since 1970.
    source, destination
        ``address:port``; IPv6 addresses in brackets.
    payload
        What UDP carried.
    """

    captured_us: int
    source: str
    destination: str
    payload: bytes


class CaptureCounters(msgspec.Struct):
    """What became of a file's frames."""

    frames: int = 0
    udp: int = 0
    non_ip: int = 0
    non_udp: int = 0
    fragment: int = 0
    snapped: int = 0
    broken: int = 0
    unknown_link: int = 0
    truncated: bool = False  # the file ends, or breaks, within a frame


class Capture(Iterator[Packet]):
    """The UDP packets of one capture file, in the file's order; ``counters`` says what was left out."""

    def __init__(self, path: Path, file: BinaryIO, frames: Iterator[tuple[int, int, bytes]]) -> None:
        self.path = path
        self.counters = CaptureCounters()
        self._file = file
        self._frames = frames

    def __next__(self) -> Packet:
        counters = self.counters
        while (frame := self._next_frame()) is not None:
            captured_us, link_type, data = frame
            counters.frames += 1
            if link_type not in LINK_TYPES:
                counters.unknown_link += 1
                continue
            if not 0 <= captured_us < MAX_CAPTURED_US:
                counters.broken += 1
                continue
            try:
                source, destination, payload = udp_datagram(data, link_type)
            except NoDatagramError as error:
                setattr(counters, error.reason, getattr(counters, error.reason) + 1)
                continue
            counters.udp += 1
            return Packet(captured_us, source, destination, payload)
        self.close()
        raise StopIteration

    def _next_frame(self) -> tuple[int, int, bytes] | None:
        try:
            return next(self._frames, None)
        except (_CutError, BrokenBlockError, dpkt.Error, struct.error):
            self.counters.truncated = True
        except OSError as error:
            raise CaptureError(f"{self.path}: cannot be read: {error.strerror or error}.") from error
        return None

    def close(self) -> None:
        """Close the file; reading to the end does it too."""
        self._file.close()


class _CutError(Exception):
    """The file ends within a frame, or claims a frame beyond all size."""


class _WholeReads:
    """Reads that give all that was asked for, or nothing at the end: dpkt takes a short read for a short packet."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int) -> bytes:
        if not 0 <= size <= MAX_FRAME_BYTES:
            raise _CutError
        data = self._file.read(size)
        if data and len(data) < size:
            raise _CutError
        return data


def _pcap_frames(file: BinaryIO) -> Iterator[tuple[int, int, bytes]]:
    reader = dpkt.pcap.Reader(_WholeReads(file))
    link_type = reader.datalink() & 0xFFFF  # the upper half may tell the length of a frame check sequence
    for seconds, data in reader:
        yield round(seconds * 1_000_000), link_type, data


def read_capture(path: str | os.PathLike[str]) -> Capture:
    """Open a capture file.

    Parameters
    ----------
    path
        A pcap (micro- or nanoseconds, either byte order) or pcapng file, uncompressed; Ethernet with or without
        VLAN tags, Linux cooked, raw IP or loopback frames.

    Returns
    -------
    Capture
        Iterator of packets. A file cut short gives what is there and sets ``counters.truncated``.

    Raises
    ------
    CaptureError
        If the file cannot be read, is empty or is no capture; also while iterating, if reading fails.
    """
    where = Path(path)
    try:
        file = where.open("rb")
    except OSError as error:
        raise CaptureError(f"{where}: cannot be read: {error.strerror or error}.") from error
    try:
        magic = file.read(4)
        file.seek(0)
    except OSError as error:
        file.close()
        raise CaptureError(f"{where}: cannot be read: {error.strerror or error}.") from error
    if magic in _PCAP_MAGICS:
        return Capture(where, file, _pcap_frames(file))
    if magic == PCAPNG_MAGIC:
        return Capture(where, file, pcapng_frames(file))
    file.close()
    raise CaptureError(f"{where}: the file is empty." if not magic else f"{where}: not a pcap or pcapng capture.")
