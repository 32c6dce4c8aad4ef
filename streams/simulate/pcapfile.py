"""Simulated traffic as a capture file: Ethernet, IPv4, UDP."""

import struct
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

import dpkt

from streams.capture import Packet
from streams.simulate.plan import Plan
from streams.simulate.stream import Progress, simulated_packets

SNAPLEN: Final = 65_535
_ETHERNET: Final = struct.Struct("!6s6sH")
_IPV4: Final = struct.Struct("!BBHHHBBHII")
_UDP: Final = struct.Struct("!HHHH")
_IPV4_TYPE: Final = 0x0800
_UDP_PROTOCOL: Final = 17
_DONT_FRAGMENT: Final = 0x4000
_TTL: Final = 64
_LOCAL_MAC: Final = b"\x02\x00"  # locally administered; the IPv4 address follows


def write_pcap(path: Path, plan: Plan, progress: Progress | None = None) -> int:
    """Write a plan's packets into a pcap file with microsecond times.

    Parameters
    ----------
    path : Path
        Written anew.
    plan : Plan
    progress : callable, optional
        Called with the number of calls begun, at each one.

    Returns
    -------
    int
        Number of packets.

    Raises
    ------
    OSError
        When the file can't be written.
    models.sounds.synthesiser.SynthesiserError
        When the synthesiser isn't installed.
    """
    count = 0
    with path.open("wb") as file:
        writer = dpkt.pcap.Writer(file, snaplen=SNAPLEN, linktype=dpkt.pcap.DLT_EN10MB)
        for packet in simulated_packets(plan, progress):
            writer.writepkt_time(ethernet_frame(packet, identification=count & 0xFFFF), packet.captured_us / 1e6)
            count += 1
    return count


def ethernet_frame(packet: Packet, *, identification: int = 0) -> bytes:
    """Pack a UDP payload with its headers and checksums (RFC 768, 791).

    Raises
    ------
    ValueError
        When an address isn't ``IPv4:port``, or the payload is more than UDP carries.
    """
    source, source_port = _address(packet.source)
    destination, destination_port = _address(packet.destination)
    length = _UDP.size + len(packet.payload)
    if length + _IPV4.size > 0xFFFF:
        raise ValueError(f"{len(packet.payload)} bytes are more than a UDP datagram carries")
    pseudo = struct.pack("!IIHH", source, destination, _UDP_PROTOCOL, length)
    unchecked = _UDP.pack(source_port, destination_port, length, 0)
    checksum = _checksum(pseudo + unchecked + packet.payload) or 0xFFFF  # zero would say that there is none
    udp = _UDP.pack(source_port, destination_port, length, checksum)
    fields = (0x45, 0, _IPV4.size + length, identification, _DONT_FRAGMENT, _TTL, _UDP_PROTOCOL)
    ipv4 = _IPV4.pack(*fields, _checksum(_IPV4.pack(*fields, 0, source, destination)), source, destination)
    macs = (_LOCAL_MAC + address.to_bytes(4, "big") for address in (destination, source))
    return _ETHERNET.pack(*macs, _IPV4_TYPE) + ipv4 + udp + packet.payload


def _address(text: str) -> tuple[int, int]:
    host, _, port = text.rpartition(":")
    return int(IPv4Address(host)), int(port)


def _checksum(data: bytes) -> int:
    """Internet checksum (RFC 1071): a sum of 16-bit words with end-around carry is the number modulo 65,535."""
    padded = data if len(data) % 2 == 0 else data + b"\0"
    remainder = int.from_bytes(padded, "big") % 0xFFFF
    return ~(remainder or 0xFFFF) & 0xFFFF
