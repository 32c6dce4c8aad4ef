"""Simulated traffic as one ordered stream and as a capture file: reproducible, readable by other programs."""

import hashlib
import shutil
import subprocess
import sys
from collections import Counter

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.capture import Packet, read_capture
from streams.simulate.pcapfile import ethernet_frame, write_pcap
from streams.simulate.planning import plan_calls
from streams.simulate.stream import call_packets, simulated_packets

SOUNDLESS = {"dead_air": 1, "noise": 1, "busy": 1, "fax": 2, "dtmf": 2, "comfort_noise": 1, "no_media": 2}


def small(seed=1, mix=SOUNDLESS):
    return plan_calls(seed, 10, seconds_per_call=(2.0, 4.0), spread_s=6.0, mix=mix)


def digest(packets):
    total = hashlib.sha256()
    for packet in packets:
        total.update(repr(packet).encode())
    return total.hexdigest()


def internet_sum(data):
    total = sum(int.from_bytes(data[i : i + 2].ljust(2, b"\0"), "big") for i in range(0, len(data), 2))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_in_this_process_and_another(tmp_path):
    pytest.importorskip("espeakng_loader")
    plan = plan_calls(3, 14, seconds_per_call=(2.0, 4.0), spread_s=5.0)
    for name in ("first", "second"):
        write_pcap(tmp_path / name, plan)
    program = (
        "import sys; from pathlib import Path\n"
        "from streams.simulate.pcapfile import write_pcap\n"
        "from streams.simulate.planning import plan_calls\n"
        "write_pcap(Path(sys.argv[1]), plan_calls(3, 14, seconds_per_call=(2.0, 4.0), spread_s=5.0))\n"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "third")], check=True, timeout=60)
    hashes = {hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in ("first", "second", "third")}
    assert len(hashes) == 1


def test_another_seed_gives_other_bytes():
    assert digest(simulated_packets(small(1))) != digest(simulated_packets(small(2)))


def test_a_stream_is_every_call_s_packets_in_order_of_time():
    plan = small()
    packets = list(simulated_packets(plan))
    times = [packet.captured_us for packet in packets]
    assert times == sorted(times)
    alone = Counter(repr(packet) for call in plan.calls for packet in call_packets(plan.seed, call))
    assert Counter(map(repr, packets)) == alone


def test_calls_are_made_when_they_are_due_and_once():
    plan = plan_calls(1, 6, seconds_per_call=(2.0, 2.0), spread_s=60.0, mix={"digital_silence": 1})
    begun = []
    packets = simulated_packets(plan, begun.append)
    next(packets)
    assert begun == [1]
    assert sum(1 for _ in packets) > 600
    assert begun == [1, 2, 3, 4, 5, 6]


def test_a_capture_file_reads_back_as_the_packets_written(tmp_path):
    plan = small()
    count = write_pcap(tmp_path / "calls.pcap", plan)
    assert list(read_capture(tmp_path / "calls.pcap")) == list(simulated_packets(plan))
    assert count == sum(1 for _ in simulated_packets(plan))


def test_other_programs_read_the_capture_file(tmp_path):
    write_pcap(tmp_path / "calls.pcap", small())
    with (tmp_path / "calls.pcap").open("rb") as file:
        reader = dpkt.pcap.Reader(file)
        assert (reader.datalink(), reader.snaplen) == (dpkt.pcap.DLT_EN10MB, 65_535)
        protocols = {type(dpkt.ethernet.Ethernet(data).data.data) for _, data in reader}
    assert protocols == {dpkt.udp.UDP}


@given(
    payload=st.binary(max_size=400),
    source=st.tuples(st.ip_addresses(v=4), st.integers(0, 65_535)),
    destination=st.tuples(st.ip_addresses(v=4), st.integers(0, 65_535)),
)
def test_headers_carry_addresses_and_valid_checksums(payload, source, destination):
    packet = Packet(0, "{}:{}".format(*source), "{}:{}".format(*destination), payload)
    frame = ethernet_frame(packet)
    assert internet_sum(frame[14:34]) == 0xFFFF
    udp = frame[34:]
    pseudo = frame[26:34] + b"\0\x11" + len(udp).to_bytes(2, "big")
    assert internet_sum(pseudo + udp) == 0xFFFF
    assert udp[6:8] != b"\0\0"
    ip = dpkt.ethernet.Ethernet(frame).data
    assert (ip.src, ip.dst) == (source[0].packed, destination[0].packed)
    assert (ip.data.sport, ip.data.dport, ip.data.data) == (source[1], destination[1], payload)


def test_a_payload_larger_than_udp_is_refused():
    with pytest.raises(ValueError, match="more than a UDP datagram"):
        ethernet_frame(Packet(0, "192.0.2.1:1", "192.0.2.2:2", bytes(65_508)))


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_tshark_finds_the_calls_and_nothing_wrong(tmp_path):
    path, plan = tmp_path / "calls.pcap", small()
    write_pcap(path, plan)
    checks = ["-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"]

    def tshark(*arguments):
        done = subprocess.run(["tshark", "-r", str(path), *arguments], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    wrong = "_ws.malformed || ip.checksum.status == 0 || udp.checksum.status == 0"
    assert tshark(*checks, "-Y", wrong) == []
    invites = tshark("-Y", 'sip.Method == "INVITE"', "-T", "fields", "-e", "sip.Call-ID")
    assert invites == [call.sip_call_id for call in plan.calls]
    ssrcs = Counter(tshark("-Y", "rtp", "-T", "fields", "-e", "rtp.ssrc"))
    assert len(ssrcs) == sum(len(call.stream_samples) + (call.callee_media != "none") for call in plan.calls)
    assert tshark("-Y", "rtpevent")
