"""Verdicts as classify sends them, in whatever a test does not care about alike. Not a test."""

from typing import Any

from schemas.ids import verdict_id
from schemas.records import Facts, Verdict

NOON = 1_700_000_000_000


def make_verdict(call: str = "call-1", chunk: int = 0, **changes: Any) -> Verdict:
    captured_ms = NOON + 2000 * chunk
    values: dict[str, Any] = {
        "stream_id": f"stream of {call}",
        "call_id": call,
        "ssrc": 1,
        "chunk": chunk,
        "start_s": 2.0 * chunk,
        "scope": "call",
        "cause": "audio",
        "label": "speech",
        "probability": 0.75,
        "action": "allow",
        "dry_run": False,
        "phase": "answered",
        "model": "m",
        "policy": "p",
        "lists": "0",
        "facts": Facts(direction="caller", opened_ms=NOON, tap_id="tap"),
        "coverage": 1.0,
        "last": False,
        "captured_ms": captured_ms,
        "tapped_ms": captured_ms + 20,
        "closed_ms": captured_ms + 50,
        "features_ms": captured_ms + 80,
        "judged_ms": captured_ms + 100,
    } | changes
    identity = (values["stream_id"], chunk, values["scope"], values["cause"], values.get("evidence_id", ""))
    return Verdict(id=verdict_id(*identity), **values)
