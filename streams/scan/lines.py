"""What ``scan --format jsonl`` prints: an object for each chunk verdict, and one for each call."""

from pathlib import Path
from typing import Any

from schemas.records import Tone, Verdict
from streams.scan.result import HeardCall


def chunk_object(verdict: Verdict, path: Path) -> dict[str, Any]:
    """Fields of the Avro record under the same names, and the file; the same keys for every verdict."""
    replay = verdict.replay
    return {
        "call_id": verdict.call_id,
        "stream_id": verdict.stream_id,
        "file": str(path),
        "chunk": verdict.chunk,
        "start_s": verdict.start_s,
        "scope": verdict.scope,
        "label": verdict.label,
        "probability": round(verdict.probability, 4),
        "probabilities": {label: round(p, 4) for label, p in verdict.probabilities.items()},
        "action": verdict.action,
        "reasons": verdict.reasons,
        "cause": verdict.cause,
        "tones": [_tone(tone) for tone in verdict.tones if not tone.continued],
        "replay": None
        if replay is None
        else {
            "campaign": replay.campaign,
            "call_id": replay.call_id,
            "score": replay.score,
            "offset_s": replay.offset_s,
            "pitch": replay.pitch,
            "tempo": replay.tempo,
        },
        "coverage": round(verdict.coverage, 4),
    }


def call_object(call: HeardCall, path: Path) -> dict[str, Any]:
    """Like `chunk_object`, with the tones of all chunks; what SIP told of the call, where there was any, is added.

    The numbers are in clear: they come from the file at hand. Tones count from the stream's start here.
    """
    found = chunk_object(call.verdict, path)
    found["tones"] = [_tone(tone, v.start_s) for v in call.chunks for tone in v.tones if not tone.continued]
    info = call.info
    if info is not None and info.sip_call_id is not None:
        found |= {"sip_call_id": info.sip_call_id, "caller": info.caller, "callee": info.callee}
    return found


def _tone(tone: Tone, after_s: float = 0.0) -> dict[str, Any]:
    return {
        "symbol": tone.symbol,
        "start_s": round(after_s + tone.start_s, 3),
        "duration_s": round(tone.duration_s, 3),
        "level_dbm0": round(tone.level_dbm0, 1),
        "source": tone.source,
    }
