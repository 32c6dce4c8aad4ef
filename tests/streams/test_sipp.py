"""A call made with SIPp and captured with tcpdump, as an operator would do it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command import Command
from sipp_call import CALLEE, CALLER, capture_call, need_tools

from features.g711 import encode_pcmu

RATE = 8000
CALL_ID = "a-call-of-this-test@127.0.0.1"


def busy_tone(seconds: float) -> bytes:
    """European busy tone (ITU-T E.180: 425 Hz, here half a second on and off) at about -15 dBm0, mu-law coded."""
    time_s = np.arange(round(seconds * RATE)) / RATE
    tone = 4000 * np.sin(2 * np.pi * 425 * time_s) * (time_s % 1.0 < 0.5)
    return bytes(encode_pcmu(np.rint(tone).astype(np.int16)))


@pytest.mark.slow
def test_scan_tells_call_id_numbers_and_sound_of_a_real_sip_call(command: Command, tmp_path: Path) -> None:
    need_tools()
    capture = capture_call(tmp_path, busy_tone(6.0), CALL_ID)

    lines = command("scan", "--no-replay", "--format", "jsonl", capture)
    calls: list[dict[str, Any]] = [one for one in lines.of_scope("call") if one.get("sip_call_id") == CALL_ID]
    assert lines.status == 0, lines.err
    assert [(one["caller"], one["callee"], one["label"]) for one in calls] == [(CALLER, CALLEE, "busy")]

    table = command("scan", "--no-replay", capture)
    assert all(what in table.out for what in (CALL_ID, CALLER, CALLEE, "busy"))
