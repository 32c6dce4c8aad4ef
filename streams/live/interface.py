"""UDP packets seen on a network interface."""

import fcntl
import socket
import struct
import time
from typing import Final

from streams.capture import CaptureCounters, Packet
from streams.capture.datagram import ETHERNET, RAW, NoDatagramError, udp_datagram
from streams.live.bpf import NOTHING, UDP_OVER_ETHERNET, attach, compile_filter
from streams.live.errors import LiveError
from streams.live.ring import RETIRE_MS, Ring

_ALL_PROTOCOLS: Final = 0x0003  # ETH_P_ALL of linux/if_ether.h
_SOL_PACKET, _IGNORE_OUTGOING = 263, 23
_GET_FLAGS, _UP = 0x8913, 0x1  # SIOCGIFFLAGS, IFF_UP
_LOOPBACK: Final = 772  # ARPHRD_ of linux/if_arp.h
_LINK_TYPES: Final = {1: ETHERNET, _LOOPBACK: ETHERNET, 65_534: RAW, 512: RAW}  # Ethernet, loopback; tunnels, PPP
_LATE_US: Final = 4 * RETIRE_MS * 1000  # a frame may lie so long in a block that is not full
MAX_INTERFACE_CHARS: Final = 15


class InterfaceSource:
    """All UDP packets that cross an interface, each once.

    On loopback, where every frame leaves and arrives, those that leave are passed over. VLAN tags are taken off.

    Parameters
    ----------
    name
        Of the interface.
    expression
        Which frames are wanted, as tcpdump understands it; None: all UDP.
    ring_bytes
        Memory in which the kernel keeps frames until they are read.

    Attributes
    ----------
    counters
        What became of the frames read.

    Raises
    ------
    LiveError
        If there is no such interface, it is down or of a kind not understood, or capturing is not allowed here.
    """

    def __init__(self, name: str, expression: str | None, ring_bytes: int) -> None:
        self.name = name
        self.counters = CaptureCounters()
        self._read_us = 0
        self._raw = _packet_socket()
        try:
            link_type, is_loopback = _kind(self._raw, name)
            self._link_type = link_type
            if expression is not None:
                attach(self._raw, compile_filter(expression, link_type))
            elif link_type == ETHERNET:
                attach(self._raw, UDP_OVER_ETHERNET)
            self._ring = self._begin(ring_bytes, is_loopback)
        except BaseException:
            self._raw.close()
            raise

    def _begin(self, ring_bytes: int, is_loopback: bool) -> Ring:
        ring: Ring | None = None
        try:
            if is_loopback:
                self._raw.setsockopt(_SOL_PACKET, _IGNORE_OUTGOING, 1)
            ring = Ring(self._raw, ring_bytes)
            self._raw.bind((self.name, _ALL_PROTOCOLS))  # last: nothing comes in that no filter has seen
        except OSError as error:
            if ring is not None:
                ring.close()
            raise LiveError(
                f"{self.name} can't be captured from: {error.strerror}. A smaller --ring-mb needs less memory; "
                "Linux 4.20 or later is needed"
            ) from error
        return ring

    def fileno(self) -> int:
        """Readable when frames wait, or the interface is gone."""
        return self._raw.fileno()

    def read(self) -> list[Packet]:
        """Packets that wait, in order of arrival, at most a block of them; none if there are none now.

        Raises
        ------
        LiveError
            If the interface went down or away.
        """
        self._read_us = int(time.time() * 1e6)
        frames = self._ring.read()
        if not frames:
            self._check()
            return []
        self.counters.frames += len(frames)
        packets = []
        for captured_us, data in frames:
            try:
                packets.append(Packet(captured_us, *udp_datagram(data, self._link_type)))
            except NoDatagramError as error:
                setattr(self.counters, error.reason, getattr(self.counters, error.reason) + 1)
        self.counters.udp += len(packets)
        return packets

    @property
    def quiet_until_us(self) -> int:
        """Capture time up to which everything has been read, when the newest `read` gave nothing."""
        return self._read_us - _LATE_US

    def stop(self) -> None:
        """Let nothing new in; what came before can still be read."""
        attach(self._raw, NOTHING)

    def dropped(self) -> int:
        """Frames that came while the ring was full, since the beginning."""
        return self._ring.dropped()

    def _check(self) -> None:
        if self._raw.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise LiveError(
                f"{self.name} went down: bring it up (ip link set {self.name} up) and start the tap again; "
                "its calls have been ended"
            )

    def close(self) -> None:
        """Stop capturing."""
        self._ring.close()
        self._raw.close()


def _packet_socket() -> socket.socket:
    try:
        return socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    except PermissionError as error:
        raise LiveError(
            "capturing needs the capability CAP_NET_RAW: run as root, add NET_RAW to the container, or "
            "start it with 'setpriv --ambient-caps +net_raw --inh-caps +net_raw'"
        ) from error
    except (OSError, AttributeError) as error:
        raise LiveError(f"this system has no packet sockets, which Linux has: {error}") from error


def _kind(raw: socket.socket, name: str) -> tuple[int, bool]:
    """Link type of an interface, and whether it is loopback."""
    request = struct.pack("256s", name.encode()[:MAX_INTERFACE_CHARS])
    try:
        socket.if_nametoindex(name)
        flags = struct.unpack_from("H", fcntl.ioctl(raw, _GET_FLAGS, request), 16)[0]
        raw.bind((name, 0))  # without a protocol: nothing is received yet
        hardware = raw.getsockname()[3]
    except (OSError, ValueError) as error:
        known = ", ".join(known for _, known in socket.if_nameindex())
        raise LiveError(f"there is no interface {name!r}; there are {known}") from error
    if not flags & _UP:
        raise LiveError(f"{name} is down: bring it up first (ip link set {name} up)")
    if hardware not in _LINK_TYPES:
        raise LiveError(f"{name} is of a kind that is not understood (ARPHRD {hardware}): Ethernet and tunnels are")
    return _LINK_TYPES[hardware], hardware == _LOOPBACK
