"""What ``scan --format jsonl`` prints: an object for each chunk verdict, and one for each call."""

from pathlib import Path
from typing import Any

from schemas.records import Verdict
from streams.look.lines import verdict_object
from streams.scan.result import HeardCall
from streams.scan.tones import call_tones


def chunk_object(verdict: Verdict, path: Path) -> dict[str, Any]:
    """Fields of the Avro record under the same names, and the file; the same keys for every verdict."""
    told = verdict_object(verdict, unmask=True)  # masked before, where that was asked for
    return told | {"model": verdict.model, "file": str(path)}


def call_object(call: HeardCall, path: Path) -> dict[str, Any]:
    """Like `chunk_object`, with the tones of all chunks; what SIP told of the call, where there was any, is added.

    The numbers are in clear: they come from the file at hand. Tones count from the stream's start here, and each is
    whole, over however many chunks it sounds.
    """
    found = chunk_object(call.verdict, path)
    found["tones"] = [
        {
            "symbol": tone.symbol,
            "start_s": round(tone.start_s, 3),
            "duration_s": round(tone.duration_s, 3),
            "level_dbm0": round(tone.level_dbm0, 1),
            "source": tone.source,
        }
        for tone in call_tones(call.chunks)
    ]
    info = call.info
    if info is not None and info.sip_call_id is not None:
        found |= {"sip_call_id": info.sip_call_id, "caller": info.caller, "callee": info.callee}
    return found
