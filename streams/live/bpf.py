"""Which frames the kernel hands over: classic BPF programs, compiled by the system's libpcap."""

import ctypes
import ctypes.util
import socket
import struct
from collections.abc import Sequence
from typing import Final

from streams.capture.datagram import ETHERNET, RAW
from streams.live.errors import LiveError

MAX_FILTER_CHARS: Final = 4096
SNAPLEN: Final = 65_535
_ATTACH_FILTER: Final = 26  # SO_ATTACH_FILTER of asm-generic/socket.h
_DLT: Final = {ETHERNET: 1, RAW: 12}  # tcpdump.org/linktypes.html: DLT_ values of a live interface
_NETMASK_UNKNOWN: Final = 0xFFFFFFFF

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, operand: struct sock_filter
Program = Sequence[Instruction]

_LOAD_HALF, _LOAD_BYTE, _EQUAL, _RETURN = 0x28, 0x30, 0x15, 0x06

# UDP over Ethernet. Fragments and what has options or further tags pass too: they are told apart, and counted, later
UDP_OVER_ETHERNET: Final[Program] = (
    (_LOAD_HALF, 0, 0, 12),  # EtherType
    (_EQUAL, 3, 0, 0x0800),  # IPv4
    (_EQUAL, 4, 0, 0x86DD),  # IPv6
    (_EQUAL, 9, 0, 0x8100),  # VLAN tags that the kernel left in place
    (_EQUAL, 8, 9, 0x88A8),
    (_LOAD_BYTE, 0, 0, 23),  # IPv4: protocol
    (_EQUAL, 6, 7, 17),
    (_LOAD_BYTE, 0, 0, 20),  # IPv6: next header
    (_EQUAL, 4, 0, 17),
    (_EQUAL, 3, 0, 44),  # fragment
    (_EQUAL, 2, 0, 0),  # hop-by-hop options
    (_EQUAL, 1, 0, 43),  # routing
    (_EQUAL, 0, 1, 60),  # destination options
    (_RETURN, 0, 0, SNAPLEN),
    (_RETURN, 0, 0, 0),
)
NOTHING: Final[Program] = ((_RETURN, 0, 0, 0),)


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint), ("instructions", ctypes.POINTER(_Instruction)))


def compile_filter(expression: str, link_type: int) -> Program:
    """Compile a filter as tcpdump understands it.

    Parameters
    ----------
    expression
        As in pcap-filter(7): ``udp and net 192.0.2.0/24``.
    link_type
        ``ETHERNET`` or ``RAW`` of `streams.capture.datagram`.

    Raises
    ------
    LiveError
        If libpcap is not installed, or does not understand the expression.
    """
    if len(expression) > MAX_FILTER_CHARS or "\0" in expression:
        raise LiveError(f"--filter is at most {MAX_FILTER_CHARS} characters, without NUL")
    library = _libpcap()
    handle = library.pcap_open_dead(_DLT[link_type], SNAPLEN)
    if not handle:
        raise LiveError("libpcap has no memory to compile --filter")
    program = _Program()
    try:
        text = expression.encode()
        if library.pcap_compile(handle, ctypes.byref(program), text, 1, _NETMASK_UNKNOWN) != 0:
            reason = library.pcap_geterr(handle).decode("utf-8", "replace")
            raise LiveError(f"--filter {expression!r} is not understood: {reason}. See pcap-filter(7)")
        found = tuple((one.code, one.jt, one.jf, one.k) for one in program.instructions[: program.length])
        library.pcap_freecode(ctypes.byref(program))
        return found
    finally:
        library.pcap_close(handle)


def attach(raw: socket.socket, program: Program) -> None:
    """Have the kernel drop what a program does not want, before it is copied.

    Raises
    ------
    LiveError
        If the kernel does not take the program.
    """
    instructions = b"".join(struct.pack("=HBBI", *each) for each in program)
    buffer = ctypes.create_string_buffer(instructions, len(instructions))
    try:
        raw.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, struct.pack("HL", len(program), ctypes.addressof(buffer)))
    except OSError as error:
        raise LiveError(f"the kernel does not take the filter: {error.strerror}. Is it very long?") from error


def _libpcap() -> ctypes.CDLL:
    name = ctypes.util.find_library("pcap")
    try:
        library = ctypes.CDLL(name) if name else None
    except OSError:
        library = None
    if library is None:
        raise LiveError(
            "--filter needs libpcap: install the package libpcap0.8 (Debian, Ubuntu) or libpcap (others). "
            "Without --filter all UDP is read"
        )
    library.pcap_open_dead.restype = ctypes.c_void_p
    library.pcap_open_dead.argtypes = (ctypes.c_int, ctypes.c_int)
    library.pcap_compile.argtypes = (
        *(ctypes.c_void_p, ctypes.POINTER(_Program), ctypes.c_char_p),
        *(ctypes.c_int, ctypes.c_uint),
    )
    library.pcap_geterr.restype = ctypes.c_char_p
    library.pcap_geterr.argtypes = (ctypes.c_void_p,)
    library.pcap_freecode.argtypes = (ctypes.POINTER(_Program),)
    library.pcap_freecode.restype = None
    library.pcap_close.argtypes = (ctypes.c_void_p,)
    library.pcap_close.restype = None
    return library
