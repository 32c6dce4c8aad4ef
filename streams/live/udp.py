"""RTP that is sent to a UDP port of ours."""

import socket
import struct
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Final

import msgspec

from streams.capture import Packet
from streams.live.bpf import NOTHING, attach
from streams.live.errors import LiveError

MAX_DATAGRAM_BYTES: Final = 4096  # beyond what the tap takes as RTP
MAX_READ: Final = 512
_TIMESTAMP: Final = 35  # SO_TIMESTAMPNS of asm-generic/socket.h, and the type of what it adds
_FORCE_BUFFER: Final = 33  # SO_RCVBUFFORCE
_MEMORY_INFO, _DROPS = 55, 8  # SO_MEMINFO, and where SK_MEMINFO_DROPS lies in it
_TIMESPEC: Final = struct.Struct("qq")
_ROOM: Final = socket.CMSG_SPACE(_TIMESPEC.size)

NameSource = Callable[[str, bytes], str]


class UdpCounters(msgspec.Struct):
    """What became of the datagrams."""

    datagrams: int = 0
    udp: int = 0
    not_rtp: int = 0


class UdpSource:
    """Packets that come to one UDP port; only what begins as RTP does, so that nobody tells of calls by SIP here.

    Parameters
    ----------
    host, port
        Where to listen: an address of this machine.
    buffer_bytes
        What the kernel keeps until it is read; without CAP_NET_ADMIN at most net.core.rmem_max.
    name_source
        Gives a packet's source the name that the tap knows it by, from its ``address:port`` and the packet.

    Raises
    ------
    LiveError
        If the address can't be listened on.
    """

    def __init__(self, host: str, port: int, buffer_bytes: int, name_source: NameSource) -> None:
        self.counters = UdpCounters()
        self._name_source = name_source
        self._read_us = 0
        is_v6 = ":" in host
        self._socket = socket.socket(socket.AF_INET6 if is_v6 else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            if is_v6:
                self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            self._socket.setsockopt(socket.SOL_SOCKET, _TIMESTAMP, 1)
            _enlarge(self._socket, buffer_bytes)
            self._socket.bind((host, port))
            self._socket.setblocking(False)
        except (OSError, OverflowError) as error:
            self._socket.close()
            raise LiveError(f"can't listen on UDP {host}:{port}: {error}") from error
        self.port = int(self._socket.getsockname()[1])
        self._destination = _text(host, self.port)

    def fileno(self) -> int:
        """Readable when packets wait."""
        return self._socket.fileno()

    def read(self) -> list[Packet]:
        """Packets that wait, at most 512."""
        self._read_us = int(time.time() * 1e6)
        receive, counters, name_source = self._socket.recvmsg, self.counters, self._name_source
        packets: list[Packet] = []
        for _ in range(MAX_READ):
            try:
                data, extra, _, address = receive(MAX_DATAGRAM_BYTES, _ROOM)
            except BlockingIOError:
                break
            counters.datagrams += 1
            if not data or data[0] & 0xC0 != 0x80:
                counters.not_rtp += 1
                continue
            seconds, nanoseconds = _TIMESPEC.unpack(extra[0][2])
            source = name_source(_text(address[0], address[1]), data)
            packets.append(Packet(seconds * 1_000_000 + nanoseconds // 1000, source, self._destination, data))
        counters.udp += len(packets)
        return packets

    @property
    def quiet_until_us(self) -> int:
        """Capture time up to which everything has been read, when the newest `read` gave nothing."""
        return self._read_us

    def stop(self) -> None:
        """Let nothing new in; what came before can still be read."""
        attach(self._socket, NOTHING)

    def dropped(self) -> int:
        """Datagrams that the kernel dropped because the buffer was full, since the beginning."""
        return int(struct.unpack("=9I", self._socket.getsockopt(socket.SOL_SOCKET, _MEMORY_INFO, 36))[_DROPS])

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()


def _enlarge(receiver: socket.socket, buffer_bytes: int) -> None:
    try:
        receiver.setsockopt(socket.SOL_SOCKET, _FORCE_BUFFER, buffer_bytes)
    except PermissionError:
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)


@lru_cache(maxsize=65536)
def _text(host: str, port: int) -> str:
    host = host.partition("%")[0]  # an interface may follow a link-local address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
