"""Packets of a capture file through the tap."""

import struct
import tempfile
from pathlib import Path
from typing import Final

import dpkt
import msgspec

from bench.material import calls, new_tap
from bench.registry import Benchmark
from bench.result import BenchError, Findings
from bench.timing import Contender, Effort, compare
from streams.capture import read_capture
from streams.simulate.pcapfile import ethernet_frame

_RTP: Final = struct.Struct("!BBHII")


def _tapped(path: Path) -> int:
    tap = new_tap()
    for packet in read_capture(path):
        tap.feed(packet)
    tap.close()
    return tap.counters.packets


def _read(path: Path) -> int:
    return sum(1 for _ in read_capture(path))


def _parsed(path: Path) -> int:
    """Read with dpkt's own Ethernet, IP and UDP classes, and RTP headers into a list for each stream; no SIP."""
    streams: dict[tuple[bytes, int, int], list[tuple[float, int, int, bytes]]] = {}
    count = 0
    with path.open("rb") as file:
        for captured_s, frame in dpkt.pcap.Reader(file):
            ip = dpkt.ethernet.Ethernet(frame).data
            udp = ip.data
            data = udp.data
            count += 1
            if len(data) < _RTP.size or data[0] & 0xC0 != 0x80:
                continue
            _, _, sequence, timestamp, ssrc = _RTP.unpack_from(data)
            streams.setdefault((ip.src, udp.sport, ssrc), []).append((captured_s, sequence, timestamp, data[12:]))
    return count


def measure(effort: Effort) -> Findings:
    """Compare the whole tap with parsing the same packets and keeping them, which is where a tap begins."""
    packets = calls(effort.seed).packets
    with tempfile.TemporaryDirectory(prefix="callsieve-bench-") as scratch:
        path = Path(scratch) / "calls.pcap"
        with path.open("wb") as file:
            writer = dpkt.pcap.Writer(file, linktype=dpkt.pcap.DLT_EN10MB)
            for packet in packets:
                writer.writepkt_time(ethernet_frame(packet), packet.captured_us / 1e6)
        if not _tapped(path) == _read(path) == _parsed(path) == len(packets):
            raise BenchError("not every packet was read")
        found = compare(
            "packets",
            [
                Contender("callsieve", "capture, SIP, RTP, segments and batches", lambda: _tapped(path)),
                Contender("dpkt + struct", "parsed and kept by stream, no SIP, no segments", lambda: _parsed(path)),
                Contender("callsieve's reader", "the capture read alone", lambda: _read(path)),
            ],
            effort,
        )
    return msgspec.structs.replace(found, parameters={"packets": len(packets)})


BENCHMARK: Final = Benchmark(
    title="Packets through the tap",
    about="How many packets a CPU second takes from a capture file to batches; 20 ms frames are 50 a second and side.",
    measure=measure,
)
