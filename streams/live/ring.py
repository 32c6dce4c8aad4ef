"""A ring of blocks that the kernel fills with frames: TPACKET_V3 of Linux's packet(7), documented in packet_mmap."""

import mmap
import socket
import struct
from collections.abc import Callable, Iterator
from typing import Final

BLOCK_BYTES: Final = 256 << 10
RETIRE_MS: Final = 25  # a block that is not full is handed over after so long

_SOL_PACKET, _RX_RING, _STATISTICS, _VERSION = 263, 5, 6, 10
_TPACKET_V3: Final = 2
_FRAME_BYTES: Final = 2048  # only its alignment matters to TPACKET_V3
_STATUS_AT: Final = 8  # in a block: after its version and the offset of its private part
_STATUS_KERNEL, _STATUS_USER = b"\0\0\0\0", 1
_BLOCK: Final = struct.Struct("=8xIII")  # status, packets, offset of the first
# next frame, seconds, nanoseconds, bytes kept; after length and status: where the link header begins
_FRAME: Final = struct.Struct("=IIII8xH")
_STATUS: Final = struct.Struct("=I")

TakeFrame = Callable[[int, bytes], None]


def block_frames(block: bytes | mmap.mmap, begin: int, size: int) -> Iterator[tuple[int, bytes]]:
    """Frames of one block: capture time in microseconds since 1970, and the bytes kept.

    Parameters
    ----------
    block
        Memory in which the block lies at ``begin``, ``size`` bytes long. A frame that would reach out of the block
        ends the reading: the kernel does not write such, and other memory is not to be read.
    """
    _, packets, at = _BLOCK.unpack_from(block, begin)
    end = begin + size
    at += begin
    for _ in range(packets):
        if at + _FRAME.size > end:
            return
        following, seconds, nanoseconds, kept, link = _FRAME.unpack_from(block, at)
        start = at + link
        if start + kept > end:
            return
        yield seconds * 1_000_000 + nanoseconds // 1000, block[start : start + kept]
        if not following:
            return
        at += following


class Ring:
    """The receive ring of a packet socket.

    Parameters
    ----------
    raw
        A packet socket that is not bound yet.
    size_bytes
        Memory of the ring, rounded to blocks of 256 KiB, at least two; what does not fit is dropped by the kernel,
        and counted.

    Raises
    ------
    OSError
        If the kernel has no such ring, or no memory for it.
    """

    def __init__(self, raw: socket.socket, size_bytes: int) -> None:
        self._raw = raw
        self._blocks = max(size_bytes // BLOCK_BYTES, 2)
        self._next = 0
        self._dropped = 0
        raw.setsockopt(_SOL_PACKET, _VERSION, _TPACKET_V3)
        frames = self._blocks * (BLOCK_BYTES // _FRAME_BYTES)
        request = struct.pack("=7I", BLOCK_BYTES, self._blocks, _FRAME_BYTES, frames, RETIRE_MS, 0, 0)
        raw.setsockopt(_SOL_PACKET, _RX_RING, request)
        self._memory = mmap.mmap(raw.fileno(), self._blocks * BLOCK_BYTES, mmap.MAP_SHARED)

    def read(self) -> list[tuple[int, bytes]]:
        """Frames of the next block that the kernel has filled; none if there is no such block."""
        begin = self._next * BLOCK_BYTES
        memory = self._memory
        if not _STATUS.unpack_from(memory, begin + _STATUS_AT)[0] & _STATUS_USER:
            return []
        frames = list(block_frames(memory, begin, BLOCK_BYTES))
        memory[begin + _STATUS_AT : begin + _STATUS_AT + 4] = _STATUS_KERNEL
        self._next = (self._next + 1) % self._blocks
        return frames

    def dropped(self) -> int:
        """Frames that the kernel has dropped because the ring was full, since the beginning."""
        _, dropped, _ = struct.unpack("=III", self._raw.getsockopt(_SOL_PACKET, _STATISTICS, 12))
        self._dropped += dropped  # the kernel's counter begins anew when it is read
        return self._dropped

    def close(self) -> None:
        """Give the memory back."""
        self._memory.close()
