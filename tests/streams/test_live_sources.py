"""Where a live tap's packets come from: real sockets on loopback."""

import shutil
import socket
import subprocess
import sys
import time

import pytest
from live_world import need_root
from tap_world import rtp

from streams.capture import Packet
from streams.live.errors import LiveError
from streams.live.figures import Source
from streams.live.interface import InterfaceSource
from streams.live.udp import UdpSource

ENOUGH_S = 5.0


def read(source: Source, count: int) -> list[Packet]:
    packets: list[Packet] = []
    end = time.monotonic() + ENOUGH_S
    while len(packets) < count and time.monotonic() < end:
        packets += source.read()
        time.sleep(0.002)
    return packets


def address(packets: list[Packet]) -> set[str]:
    return {packet.source for packet in packets}


def udp_socket(family: socket.AddressFamily = socket.AF_INET) -> socket.socket:
    sender = socket.socket(family, socket.SOCK_DGRAM)
    sender.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
    return sender


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_each_packet_on_loopback_is_seen_once_with_its_time(family: socket.AddressFamily) -> None:
    need_root()
    with udp_socket(family) as here, udp_socket(family) as there:
        port = there.getsockname()[1]
        source = InterfaceSource("lo", f"udp and dst port {port}", 1 << 20)
        begin_us = time.time() * 1e6
        for number in range(100):
            here.sendto(b"%d" % number, there.getsockname())
        packets = read(source, 100)
        assert [packet.payload for packet in packets] == [b"%d" % number for number in range(100)]
        assert all(begin_us - 1 <= packet.captured_us <= time.time() * 1e6 for packet in packets)
        assert {packet.destination.rpartition(":")[2] for packet in packets} == {str(port)}
        assert source.counters.udp == source.counters.frames == 100
        assert source.dropped() == 0
        source.close()


def test_frames_that_find_the_ring_full_are_counted() -> None:
    need_root()
    with udp_socket() as here, udp_socket() as there:
        source = InterfaceSource("lo", f"udp and dst port {there.getsockname()[1]}", 1)
        for _ in range(2000):
            here.sendto(bytes(1000), there.getsockname())
        kept = len(read(source, 2000 - source.dropped()))
        assert 0 < kept < 2000
        assert kept + source.dropped() == 2000
        source.close()


def test_a_source_that_was_stopped_lets_nothing_new_in_and_gives_what_it_has() -> None:
    need_root()
    with udp_socket() as here, udp_socket() as there:
        on_wire = InterfaceSource("lo", f"udp and dst port {there.getsockname()[1]}", 1 << 20)
        at_port = UdpSource("127.0.0.1", 0, 1 << 20, lambda address, _: address)
        for source, target in ((on_wire, there.getsockname()), (at_port, ("127.0.0.1", at_port.port))):
            here.sendto(rtp(1, 0), target)
            source.stop()
            here.sendto(rtp(2, 160), target)
            assert [packet.payload for packet in read(source, 1)] == [rtp(1, 0)]
            assert source.read() == []
            source.close()


def test_without_a_filter_all_udp_is_read() -> None:
    need_root()
    with udp_socket() as here, udp_socket() as there:
        source = InterfaceSource("lo", None, 1 << 20)
        here.sendto(b"mark", there.getsockname())
        packets: list[Packet] = []
        end = time.monotonic() + ENOUGH_S
        while not any(packet.payload == b"mark" for packet in packets) and time.monotonic() < end:
            packets += source.read()
        assert sum(packet.payload == b"mark" for packet in packets) == 1
        assert source.counters.non_udp == source.counters.non_ip == 0
        source.close()


def test_an_interface_that_is_not_there_is_an_error_that_names_those_that_are() -> None:
    need_root()
    with pytest.raises(LiveError, match=r"no interface 'nosuch0'; there are lo"):
        InterfaceSource("nosuch0", None, 1 << 20)
    with pytest.raises(LiveError, match="no interface"):
        InterfaceSource("a name that is far too long for an interface", None, 1 << 20)


@pytest.mark.slow
def test_without_the_capability_the_error_names_it() -> None:
    need_root()
    if shutil.which("setpriv") is None:
        pytest.skip("there is no setpriv here (util-linux)")
    code = "from streams.live.interface import InterfaceSource; InterfaceSource('lo', None, 1 << 20)"
    tried = subprocess.run(
        ["setpriv", "--bounding-set", "-net_raw", "--", sys.executable, "-c", code], capture_output=True, text=True
    )
    assert tried.returncode == 1
    assert "LiveError: capturing needs the capability CAP_NET_RAW" in tried.stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_rtp_sent_to_us_comes_with_its_source_and_time_and_nothing_else_does(host: str) -> None:
    source = UdpSource(host, 0, 1 << 20, lambda address, _: address)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with udp_socket(family) as here:
        begin_us = int(time.time() * 1e6)
        for data in (rtp(1, 0), b"INVITE sip:x SIP/2.0\r\n\r\n", b"", rtp(2, 160)):
            here.sendto(data, (host, source.port))
        packets = read(source, 2)
        text = f"[{host}]" if ":" in host else host
        assert address(packets) == {f"{text}:{here.getsockname()[1]}"}
        assert [packet.payload for packet in packets] == [rtp(1, 0), rtp(2, 160)]
        assert all(begin_us <= packet.captured_us <= time.time() * 1e6 for packet in packets)
        assert source.counters.not_rtp == 2
    source.close()


def test_datagrams_that_find_no_room_are_counted() -> None:
    source = UdpSource("127.0.0.1", 0, 4096, lambda address, _: address)
    with udp_socket() as here:
        for number in range(200):
            here.sendto(rtp(number, 160 * number), ("127.0.0.1", source.port))
        kept = len(read(source, 200 - source.dropped()))
        assert kept + source.dropped() == 200
        assert source.dropped() > 0
    source.close()


@pytest.mark.parametrize(("host", "port"), [("192.0.2.1", 4000), ("nohost.invalid", 4000), ("127.0.0.1", 70_000)])
def test_an_address_that_is_not_ours_is_an_error_that_names_it(host: str, port: int) -> None:
    with pytest.raises(LiveError, match=f"{host}:{port}"):
        UdpSource(host, port, 1 << 20, lambda address, _: address)
