"""A call that SIPp makes over loopback while tcpdump captures it."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

CALLER = "+493012345671"
CALLEE = "+493012345672"
TIMEOUT_S = 30.0

SCENARIO = f"""<?xml version="1.0" encoding="UTF-8"?>
<scenario name="a caller who plays a file">
  <send retrans="500"><![CDATA[
    INVITE sip:{CALLEE}@[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: <sip:{CALLER}@[local_ip]:[local_port]>;tag=[call_number]
    To: <sip:{CALLEE}@[remote_ip]:[remote_port]>
    Call-ID: [call_id]
    CSeq: 1 INVITE
    Contact: <sip:{CALLER}@[local_ip]:[local_port]>
    Max-Forwards: 70
    Content-Type: application/sdp
    Content-Length: [len]

    v=0
    o=- 1 1 IN IP[local_ip_type] [local_ip]
    s=-
    c=IN IP[media_ip_type] [media_ip]
    t=0 0
    m=audio [rtpstream_audio_port] RTP/AVP 0
    a=rtpmap:0 PCMU/8000
  ]]></send>
  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="200"/>
  <send><![CDATA[
    ACK sip:{CALLEE}@[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: <sip:{CALLER}@[local_ip]:[local_port]>;tag=[call_number]
    To: <sip:{CALLEE}@[remote_ip]:[remote_port]>[peer_tag_param]
    Call-ID: [call_id]
    CSeq: 1 ACK
    Max-Forwards: 70
    Content-Length: 0
  ]]></send>
  <nop><action><exec rtp_stream="AUDIO,1,0,PCMU/8000"/></action></nop>
  <pause milliseconds="PAUSE"/>
  <send retrans="500"><![CDATA[
    BYE sip:{CALLEE}@[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: <sip:{CALLER}@[local_ip]:[local_port]>;tag=[call_number]
    To: <sip:{CALLEE}@[remote_ip]:[remote_port]>[peer_tag_param]
    Call-ID: [call_id]
    CSeq: 2 BYE
    Max-Forwards: 70
    Content-Length: 0
  ]]></send>
  <recv response="200"/>
</scenario>
"""


def need_tools() -> None:
    for tool, package in (("sipp", "sip-tester"), ("tcpdump", "tcpdump")):
        if shutil.which(tool) is None:
            pytest.skip(f"there is no {tool} here (apt-get install {package})")
    if os.geteuid() != 0:
        pytest.skip("capturing on loopback needs root")


def free_udp_port(*, step: int = 1) -> int:
    """UDP port that is free now; with a step of 2 an even one, as RTP likes them."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port % step == 0:
            return port


def capture_call(folder: Path, codes: bytes, call_id: str) -> Path:
    """Capture of one call in which the caller plays mu-law codes, 8,000 a second."""
    audio, scenario, capture = folder / "audio.pcmu", folder / "caller.xml", folder / "call.pcap"
    audio.write_bytes(codes)
    scenario.write_text(
        SCENARIO.replace("AUDIO", str(audio)).replace("PAUSE", str(len(codes) // 8 + 200)), encoding="utf-8"
    )
    here, there = free_udp_port(), free_udp_port()
    common = ["-i", "127.0.0.1", "-m", "1", "-nostdin", "-timeout", "25"]
    media = [str(free_udp_port(step=2)) for _ in range(2)]
    called = ["sipp", "-sn", "uas", "-p", str(there), "-mp", media[0], *common]
    caller = [
        *("sipp", f"127.0.0.1:{there}", "-sf", str(scenario), "-p", str(here), "-cid_str", call_id),
        *("-mp", media[1], *common),
    ]
    listen = ["tcpdump", "-i", "lo", "-n", "-U", "-s", "0", "-Z", "root", "-w", str(capture), "udp"]
    running: list[subprocess.Popen[bytes]] = []
    try:
        with (folder / "tcpdump.log").open("wb") as log:
            tap = subprocess.Popen(listen, stdout=log, stderr=log, start_new_session=True)
        running.append(tap)
        _until(lambda: (capture.exists() and capture.stat().st_size >= 24) or tap.poll() is not None)
        if tap.poll() is not None:
            pytest.skip(f"tcpdump can't capture here: {(folder / 'tcpdump.log').read_text()}")
        running.append(_quiet(called, folder))
        calling = _quiet(caller, folder)
        running.append(calling)
        assert calling.wait(TIMEOUT_S) == 0, (folder / "sipp.log").read_text(errors="replace")
        time.sleep(0.3)  # the last packets on their way into the file
        tap.send_signal(signal.SIGINT)
        tap.wait(TIMEOUT_S)
    finally:
        for process in running:
            if process.poll() is None:
                process.kill()
            process.wait()
    return capture


def _quiet(command: list[str], folder: Path) -> "subprocess.Popen[bytes]":
    with (folder / "sipp.log").open("ab") as log:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder, env=os.environ | {"TERM": "dumb"}
        )


def _until(ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.05)
