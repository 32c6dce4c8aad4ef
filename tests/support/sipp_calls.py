"""Several calls at once that SIPp makes over loopback: a process for each side, as one plays all from one port."""

import subprocess
import time
from pathlib import Path

from sipp_call import CALLEE, CALLER, SCENARIO, free_udp_port

TIMEOUT_S = 60.0


class SippCalls:
    """So many calls at the same time, in which the callers play the same mu-law codes.

    ``call_ids`` and ``callers`` are SIP's, call by call; all want ``callee``.
    """

    def __init__(self, folder: Path, codes: bytes, count: int) -> None:
        self.callee = CALLEE
        self.callers = [f"{CALLER}{number}" for number in range(count)]
        self.call_ids = [f"{number}-live@callsieve" for number in range(count)]
        self._folder = folder
        self._log = folder / "sipp.log"
        self._audio = folder / "audio.pcmu"
        self._audio.write_bytes(codes)
        self._pause_ms = len(codes) // 8 + 300

    def play(self) -> None:
        """Make the calls, and wait until they are over."""
        running: list[subprocess.Popen[bytes]] = []
        try:
            callees = [free_udp_port() for _ in self.callers]
            running += [self._sipp("-sn", "uas", "-p", port) for port in callees]
            time.sleep(0.5)
            calling = [self._call(number, port) for number, port in enumerate(callees)]
            running += calling
            for process in calling:
                assert process.wait(TIMEOUT_S) == 0, self._log.read_text(errors="replace")[-3000:]
        finally:
            for process in running:
                if process.poll() is None:
                    process.kill()
                process.wait()

    def _call(self, number: int, port: int) -> "subprocess.Popen[bytes]":
        scenario = self._folder / f"caller-{number}.xml"
        text = SCENARIO.replace("AUDIO", str(self._audio)).replace("PAUSE", str(self._pause_ms))
        scenario.write_text(text.replace(CALLER, self.callers[number]), encoding="utf-8")
        here = free_udp_port()
        return self._sipp(f"127.0.0.1:{port}", "-sf", scenario, "-p", here, "-cid_str", self.call_ids[number])

    def _sipp(self, *arguments: object) -> "subprocess.Popen[bytes]":
        common = ["-i", "127.0.0.1", "-m", "1", "-nostdin", "-timeout", "40", "-mp", free_udp_port(step=2)]
        command = ["sipp", *map(str, [*arguments, *common])]
        with self._log.open("ab") as log:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self._folder)
