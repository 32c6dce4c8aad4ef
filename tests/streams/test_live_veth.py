"""An interface that is no loopback, in a network namespace of its own: tags, fragments, and the cable pulled."""

import json
import shutil
import subprocess
import sys
from typing import Any

import pytest
from live_world import need_root

pytestmark = pytest.mark.slow

# runs in a namespace that ends with it; frames go in at one end of a cable and are seen at the other
IN_NAMESPACE = """
import json, socket, subprocess, time
from streams.capture import Packet
from streams.live import LiveError
from streams.live.interface import InterfaceSource
from streams.simulate.pcapfile import ethernet_frame

def ip(*arguments):
    subprocess.run(["ip", "link", *arguments], check=True)

ip("add", "here", "type", "veth", "peer", "there")
try:
    InterfaceSource("here", None, 1 << 20)
except LiveError as error:
    down = str(error)
ip("set", "here", "up")
ip("set", "there", "up")
source = InterfaceSource("here", None, 1 << 20)
cable = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
cable.bind(("there", 0))
plain = ethernet_frame(Packet(0, "192.0.2.1:4000", "192.0.2.2:4002", b"plain"))
tagged = ethernet_frame(Packet(0, "192.0.2.1:4000", "192.0.2.2:4002", b"tagged"))
fragment = bytearray(plain)
fragment[20] |= 0x20
arp = bytes(12) + bytes([8, 6]) + bytes(46)
for frame in (plain, tagged[:12] + bytes([0x81, 0, 0, 7]) + tagged[12:], bytes(fragment), arp):
    cable.send(frame)
out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
out.bind(("here", 0))
out.send(ethernet_frame(Packet(0, "192.0.2.2:4002", "192.0.2.1:4000", b"outgoing")))
packets, end = [], time.monotonic() + 5
while len(packets) < 3 and time.monotonic() < end:
    packets += source.read()
ip("set", "here", "down")
try:
    while time.monotonic() < end + 5:
        source.read()
    gone = ""
except LiveError as error:
    gone = str(error)
payloads = [packet.payload.decode() for packet in packets]
print(json.dumps({"down": down, "payloads": payloads, "fragments": source.counters.fragment,
                  "non_ip": source.counters.non_ip, "gone": gone}))
"""


@pytest.fixture(scope="module")
def seen() -> dict[str, Any]:
    need_root()
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        pytest.skip("there is no unshare or ip here (util-linux, iproute2)")
    if subprocess.run(["unshare", "--net", "true"], capture_output=True).returncode:
        pytest.skip("network namespaces can't be made here")
    command = ["unshare", "--net", sys.executable, "-c", IN_NAMESPACE]
    tried = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert tried.returncode == 0, tried.stderr
    found: dict[str, Any] = json.loads(tried.stdout)
    return found


def test_both_directions_are_seen_once_and_tags_are_taken_off(seen: dict[str, Any]) -> None:
    assert seen["payloads"] == ["plain", "tagged", "outgoing"]


def test_fragments_are_counted_and_what_is_no_udp_never_comes(seen: dict[str, Any]) -> None:
    assert (seen["fragments"], seen["non_ip"]) == (1, 0)


def test_an_interface_that_is_down_or_goes_down_is_an_error_that_says_how_to_mend_it(seen: dict[str, Any]) -> None:
    assert "here is down: bring it up first (ip link set here up)" in seen["down"]
    assert "here went down: bring it up (ip link set here up)" in seen["gone"]
