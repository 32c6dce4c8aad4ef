import io
import os
import struct
from pathlib import Path

import dpkt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.capture import CaptureError, Packet, read_capture

DATA = Path(os.environ.get("CALLSIEVE_DATA", Path(__file__).parents[3] / "shared" / "data"))
UDP4 = dpkt.ip.IP(
    src=bytes([192, 0, 2, 1]),
    dst=bytes([192, 0, 2, 2]),
    p=17,
    data=dpkt.udp.UDP(sport=4000, dport=5000, ulen=11, data=b"abc"),
)
IP4 = bytes(UDP4)
IP6 = bytes(
    dpkt.ip6.IP6(
        src=b"\x20\x01\x0d\xb8" + bytes(11) + b"\1",
        dst=b"\x20\x01\x0d\xb8" + bytes(11) + b"\2",
        nxt=17,
        plen=11,
        data=dpkt.udp.UDP(sport=4000, dport=5000, ulen=11, data=b"abc"),
    )
)
MAC = bytes(12)


def pcap(frames: list[bytes], link_type: int = 1, at: float = 1_000_000_000.25, nano: bool = False) -> bytes:
    file = io.BytesIO()
    writer = dpkt.pcap.Writer(file, linktype=link_type, nano=nano)
    for frame in frames:
        writer.writepkt(frame, at)
    return file.getvalue()


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def pcapng(order: str = "<") -> bytes:
    """Two interfaces: Ethernet in microseconds, raw IP in nanoseconds and an hour off."""
    options = struct.pack(order + "HHB3xHHqHH", 9, 1, 9, 14, 8, 3600, 0, 0)
    packet = struct.Struct(order + "IIIII")
    microseconds, nanoseconds = 1_000_000_000_000_000, 1_000_000_000_500_000_000
    first, second = MAC + b"\x08\x00" + IP4, IP6
    return b"".join(
        [
            block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order),
            block(1, struct.pack(order + "HHI", 1, 0, 65535), order),
            block(1, struct.pack(order + "HHI", 101, 0, 65535) + options, order),
            block(5, bytes(12), order),
            block(
                6, packet.pack(0, microseconds >> 32, microseconds & 0xFFFFFFFF, len(first), len(first)) + first, order
            ),
            block(
                6, packet.pack(1, nanoseconds >> 32, nanoseconds & 0xFFFFFFFF, len(second), len(second)) + second, order
            ),
        ]
    )


def read(path: Path, data: bytes) -> tuple[list[Packet], object]:
    path.write_bytes(data)
    capture = read_capture(path)
    return list(capture), capture.counters


@pytest.mark.parametrize(
    ("link_type", "header"),
    [
        (1, MAC + b"\x08\x00"),
        (1, MAC + b"\x81\x00\x00\x05\x08\x00"),
        (1, MAC + b"\x88\xa8\x00\x05\x81\x00\x00\x06\x08\x00"),
        (113, bytes(14) + b"\x08\x00"),
        (276, b"\x08\x00" + bytes(18)),
        (101, b""),
        (12, b""),
        (228, b""),
        (0, b"\2\0\0\0"),
        (108, b"\0\0\0\2"),
    ],
)
def test_a_datagram_is_found_under_every_link_header(tmp_path: Path, link_type: int, header: bytes):
    packets, _ = read(tmp_path / "a.pcap", pcap([header + IP4], link_type))
    assert packets == [Packet(1_000_000_000_250_000, "192.0.2.1:4000", "192.0.2.2:5000", b"abc")]


def test_ipv6_addresses_stand_in_brackets(tmp_path: Path):
    packets, _ = read(tmp_path / "a.pcap", pcap([MAC + b"\x86\xdd" + IP6]))
    assert (packets[0].source, packets[0].destination) == ("[2001:db8::1]:4000", "[2001:db8::2]:5000")


def test_nanosecond_captures_and_trailing_ethernet_padding(tmp_path: Path):
    packets, _ = read(tmp_path / "a.pcap", pcap([MAC + b"\x08\x00" + IP4 + bytes(20)], nano=True))
    assert packets == [Packet(1_000_000_000_250_000, "192.0.2.1:4000", "192.0.2.2:5000", b"abc")]


@pytest.mark.parametrize("order", ["<", ">"])
def test_pcapng_interfaces_keep_their_own_link_type_and_clock(tmp_path: Path, order: str):
    packets, counters = read(tmp_path / "a.pcapng", pcapng(order))
    assert [p.captured_us for p in packets] == [1_000_000_000_000_000, 1_000_003_600_500_000_000 // 1000]
    assert [p.source for p in packets] == ["192.0.2.1:4000", "[2001:db8::1]:4000"]
    assert not counters.truncated


def test_what_is_left_out_is_counted_by_reason(tmp_path: Path):
    ethernet = MAC + b"\x08\x00"
    fragment = IP4[:6] + b"\x20\x00" + IP4[8:]
    tcp = IP4[:9] + b"\x06" + IP4[10:]
    frames = [
        MAC + b"\x08\x06" + bytes(28),
        ethernet + tcp,
        ethernet + fragment,
        ethernet + IP4[:-1],
        ethernet + b"\x45",
    ]
    packets, counters = read(tmp_path / "a.pcap", pcap([*frames, ethernet + IP4]))
    assert len(packets) == 1
    assert (counters.non_ip, counters.non_udp, counters.fragment, counters.snapped, counters.broken) == (1, 1, 1, 1, 1)
    assert not counters.truncated


def test_an_unknown_link_type_is_counted(tmp_path: Path):
    packets, counters = read(tmp_path / "a.pcap", pcap([IP4], 105))
    assert (packets, counters.unknown_link) == ([], 1)


@pytest.mark.parametrize("cut", [1, 20, 40])
@pytest.mark.parametrize("make", [lambda: pcap([MAC + b"\x08\x00" + IP4] * 3), pcapng])
def test_a_capture_cut_short_gives_what_is_there(tmp_path: Path, make, cut: int):
    whole, _ = read(tmp_path / "whole", make())
    packets, counters = read(tmp_path / "cut", make()[:-cut])
    assert packets == whole[:-1]
    assert counters.truncated


@pytest.mark.parametrize(
    ("content", "sentence"), [(b"", "is empty"), (b"\xff\xd8\xff\xe0JFIF", "not a pcap"), (b"\x0a", "not a pcap")]
)
def test_a_file_that_is_no_capture_is_named_in_the_error(tmp_path: Path, content: bytes, sentence: str):
    path = tmp_path / "picture.jpg"
    path.write_bytes(content)
    with pytest.raises(CaptureError, match=f"picture.jpg: .*{sentence}"):
        read_capture(path)


def test_a_missing_file_and_a_directory_are_named_in_the_error(tmp_path: Path):
    for path in (tmp_path / "missing.pcap", tmp_path):
        with pytest.raises(CaptureError, match=path.name):
            read_capture(path)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([pcap([MAC + b"\x08\x00" + IP4, MAC + b"\x86\xdd" + IP6] * 2), pcapng("<"), pcapng(">")]),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=8),
    st.integers(0, 400),
    st.binary(max_size=40),
)
def test_mutated_captures_never_raise_anything_else(tmp_path_factory, data: bytes, changes, cut: int, tail: bytes):
    mutated = bytearray(data[: max(cut, 4)])
    for at, value in changes:
        if at < len(mutated):
            mutated[at] = value
    path = tmp_path_factory.mktemp("fuzz") / "f.pcap"
    path.write_bytes(bytes(mutated) + tail)
    try:
        packets = list(read_capture(path))
    except CaptureError:
        return
    assert len(packets) <= len(mutated) // 20 + 3


@pytest.mark.parametrize("link_type", [0, 1, 101, 108, 113, 276])
@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=80), version=st.sampled_from([0x45, 0x46, 0x60, 0x4F, 0x00]))
def test_arbitrary_frames_are_datagrams_or_counted(tmp_path_factory, link_type: int, data: bytes, version: int):
    path = tmp_path_factory.mktemp("fuzz") / "f.pcap"
    path.write_bytes(pcap([data, bytes([version]) + data, MAC + b"\x86\xdd" + bytes([version]) + data], link_type))
    capture = read_capture(path)
    list(capture)
    c = capture.counters
    assert c.frames == c.udp + c.non_ip + c.non_udp + c.fragment + c.snapped + c.broken == 3


def test_real_captures_read_whole():
    files = sorted((DATA / "pcap").glob("*.pcap"))
    if not files:
        pytest.skip("CALLSIEVE_DATA has no captures")
    for file in files:
        capture = read_capture(file)
        assert len(list(capture)) == capture.counters.frames > 0
