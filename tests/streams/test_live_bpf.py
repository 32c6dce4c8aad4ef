"""Which frames reach the tap."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.capture.datagram import ETHERNET, RAW, NoDatagramError, udp_datagram
from streams.live import LiveError, bpf
from streams.live.bpf import UDP_OVER_ETHERNET, Program, compile_filter

MACS = bytes(12)


def ipv4(payload: bytes, protocol: int = 17) -> bytes:
    return (
        struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0, 64, protocol, 0, b"\x0a\0\0\1", b"\x0a\0\0\2")
        + payload
    )


def udp(data: bytes, port: int = 5060) -> bytes:
    return struct.pack("!HHHH", 4000, port, 8 + len(data), 0) + data


def passes(program: Program, frame: bytes) -> bool:
    """What the kernel's machine makes of the instructions that filters of ours use (bpf(4))."""
    accumulator = index = at = 0
    while True:
        code, jump_true, jump_false, operand = program[at]
        at += 1
        size = {0x28: 2, 0x30: 1, 0x48: 2, 0x50: 1, 0x20: 4}.get(code)
        if size is not None:
            where = operand + (index if code in {0x48, 0x50} else 0)
            if where + size > len(frame):
                return False
            accumulator = int.from_bytes(frame[where : where + size], "big")
        elif code == 0x15:
            at += jump_true if accumulator == operand else jump_false
        elif code == 0x45:
            at += jump_true if accumulator & operand else jump_false
        elif code == 0xB1:
            index = 4 * (frame[operand] & 0x0F) if operand < len(frame) else 0
        elif code == 0x06:
            return operand > 0
        else:
            raise AssertionError(f"instruction {code:#x} is not known here")


def ipv6(payload: bytes) -> bytes:
    return b"\x60" + bytes(3) + struct.pack("!HB", len(payload), 17) + bytes(33) + payload


@given(st.binary(max_size=60), st.sampled_from([b"", b"\x81\0\0\7", b"\x88\xa8\0\7"]))
def test_no_udp_is_kept_back_by_the_filter_that_is_there_without_asking(noise: bytes, tag: bytes) -> None:
    for network in (b"\x08\0" + ipv4(udp(noise)), b"\x86\xdd" + ipv6(udp(noise))):
        frame = MACS + tag + network
        assert udp_datagram(frame, ETHERNET)[2] == noise
        assert passes(UDP_OVER_ETHERNET, frame)


@given(st.binary(max_size=80), st.sampled_from([b"\x08\0\x45", b"\x86\xdd\x60"]))
def test_whatever_is_read_as_udp_has_passed_the_filter(noise: bytes, kind: bytes) -> None:
    frame = MACS + kind + noise
    try:
        udp_datagram(frame, ETHERNET)
    except NoDatagramError:
        return
    assert passes(UDP_OVER_ETHERNET, frame)


def test_tcp_and_arp_are_kept_back() -> None:
    assert not passes(UDP_OVER_ETHERNET, MACS + b"\x08\0" + ipv4(bytes(20), protocol=6))
    assert not passes(UDP_OVER_ETHERNET, MACS + b"\x08\x06" + bytes(28))


def test_an_expression_is_compiled_by_the_system_s_libpcap() -> None:
    program = compile_filter("udp and dst port 5060", ETHERNET)
    assert passes(program, MACS + b"\x08\0" + ipv4(udp(b"hello")))
    assert not passes(program, MACS + b"\x08\0" + ipv4(udp(b"hello", port=5061)))
    assert compile_filter("udp", RAW) != compile_filter("udp", ETHERNET)


@pytest.mark.parametrize("expression", ["udp and", "port seven", "udp " * 2000, "udp\0"])
def test_an_expression_that_is_none_is_an_error_that_says_so(expression: str) -> None:
    with pytest.raises(LiveError, match="--filter"):
        compile_filter(expression, ETHERNET)


def test_without_libpcap_the_error_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bpf.ctypes.util, "find_library", lambda _: None)
    with pytest.raises(LiveError, match=r"libpcap0\.8"):
        compile_filter("udp", ETHERNET)
