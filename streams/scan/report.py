"""What scan prints: JSON lines for programs, tables for people."""

from collections import Counter
from typing import Any

from rich.console import Console
from rich.table import Table

from schemas.records import Tone, Verdict
from streams.tap import CallInfo


def as_object(verdict: Verdict, file: str, info: CallInfo | None) -> dict[str, Any]:
    """One line of ``--format jsonl``: the fields of the Avro record under the same names, and the file.

    Numbers are in clear here, as ``caller`` and ``callee`` of a call: they come from the file at hand.
    """
    replay = verdict.replay
    found: dict[str, Any] = {
        "call_id": verdict.call_id,
        "stream_id": verdict.stream_id,
        "file": file,
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
    if verdict.scope == "call":
        found |= {
            "sip_call_id": verdict.sip_call_id,
            "caller": info.caller if info else None,
            "callee": info.callee if info else None,
            "source": info.source if info else None,
            "destination": info.destination if info else None,
        }
    return found


def _tone(tone: Tone) -> dict[str, Any]:
    return {
        "symbol": tone.symbol,
        "start_s": round(tone.start_s, 3),
        "duration_s": round(tone.duration_s, 3),
        "level_dbm0": round(tone.level_dbm0, 1),
        "source": tone.source,
    }


def chunk_table(file: str, objects: list[dict[str, Any]]) -> Table:
    """Chunks of one file, a row each."""
    table = Table(title=file, title_justify="left", header_style="bold")
    for name in ("call", "start", "label", "probability", "coverage", "tones", "reasons"):
        table.add_column(name, justify="right" if name in ("start", "probability", "coverage") else "left")
    for one in objects:
        table.add_row(
            one["call_id"][:8],
            f"{one['start_s']:.0f} s",
            one["label"],
            f"{one['probability']:.2f}",
            f"{one['coverage']:.2f}",
            " ".join(tone["symbol"] for tone in one["tones"]),
            " ".join(one["reasons"]),
        )
    return table


def call_table(objects: list[dict[str, Any]]) -> Table:
    """Calls of all files, a row each: what each is judged to be in the end."""
    table = Table(title="calls", title_justify="left", header_style="bold")
    for name in ("file", "call", "from", "to", "label", "probability", "cause", "action"):
        table.add_column(name, justify="right" if name == "probability" else "left", overflow="fold")
    for one in objects:
        table.add_row(
            one["file"],
            one["call_id"][:8],
            one["caller"] or one["source"] or "",
            one["callee"] or one["destination"] or "",
            one["label"],
            f"{one['probability']:.2f}",
            one["cause"],
            one["action"],
        )
    return table


def print_summary(console: Console, calls: list[dict[str, Any]], files: int, failed: int, seconds: float) -> None:
    """One line about everything."""
    labels = Counter(one["label"] for one in calls)
    said = ", ".join(f"{count} {label}" for label, count in labels.most_common()) or "none"
    console.print(f"{files} files, {len(calls)} calls in {seconds:.1f} s: {said}; {failed} files could not be read")
