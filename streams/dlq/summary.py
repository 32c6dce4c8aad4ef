"""A dead letter in words: what kind of record it is and what of it can be told.

Audio is never told, nor a telephone number or a digit that was dialled, even where a broken producer left one plain: of
texts that are no hash of ours the digits are masked.
"""

import re
from typing import Any, Final

from schemas.codec import BrokenRecordError, Codec, schema_id
from schemas.records import Chunk, ChunkHead, Facts, Features, FrameBatch, ListEntry, Outcome, Record, Segment, Verdict
from streams.dlq.letters import Letter
from streams.look.plain import printable
from streams.topics import RECORDS

MOST_SEGMENTS: Final = 5  # of a batch that are told one by one
MOST_CHARACTERS: Final = 64
_HASH: Final = re.compile(r"[0-9a-f]{32}")
_NUMBER: Final = re.compile(r"\+?\d{7,}")


def masked(text: str | None, most: int = MOST_CHARACTERS) -> str | None:
    """A text as it may be shown: a hash of ours as it is, else without digits, control characters and length."""
    if text is None or _HASH.fullmatch(text):
        return text
    return re.sub(r"\d", "#", printable(text[:most])) + ("…" if len(text) > most else "")


def reason_of(letter: Letter) -> str:
    """Why a letter was buried, fit to be shown: long numbers masked, on one line."""
    return _without_numbers(letter.reason)


def _without_numbers(text: str) -> str:
    return _NUMBER.sub(lambda found: found[0] if _is_time(found[0]) else "#" * len(found[0]), printable(text))


def _is_time(number: str) -> bool:
    return len(number) == 13 and number.startswith("1")  # ms since 1970, from 2001 to 2033


def summary(letter: Letter, topic: str, codec: Codec) -> dict[str, Any]:
    """What a letter says, by field; ``unreadable`` says why there is nothing more."""
    told: dict[str, Any] = {"bytes": letter.truncated_from or len(letter.value), "key": _key(letter.key)}
    if letter.truncated_from is not None:
        return told | {"unreadable": f"only the first {len(letter.value)} bytes were kept"}
    if (number := schema_id(letter.value)) is not None:
        told["schema_id"] = number
    try:
        record = codec.decode(letter.value, RECORDS[topic])
    except BrokenRecordError as error:
        return told | {"unreadable": _without_numbers(str(error))}  # it may quote the record
    return told | {"record": type(record).__name__} | _fields(record)


def _key(key: bytes | None) -> str | None:
    return None if key is None else masked(key.decode(errors="replace"))


def _fields(record: Record) -> dict[str, Any]:
    if isinstance(record, FrameBatch):
        segments = [_segment(segment) for segment in record.segments[:MOST_SEGMENTS]]
        clocks = {"tap_epoch": record.tap_epoch, "clock_ms": record.clock_ms}
        return {"tap_id": masked(record.tap_id)} | clocks | {"segments": len(record.segments), "first": segments}
    if isinstance(record, Chunk):
        received = sum(run.length for run in record.runs)
        return _head(record.head) | {"runs": len(record.runs), "samples": received, "events": len(record.events)}
    if isinstance(record, Features):
        parts = [name for name in ("spectrum", "tones", "replay") if getattr(record, name) is not None]
        return _head(record.head) | {"source_offset": record.source_offset, "parts": parts}
    if isinstance(record, Verdict):
        return _verdict(record)
    if isinstance(record, ListEntry):
        names = ("kind", "scope", "state", "created_ms", "expires_ms")
        value = record.value if _HASH.fullmatch(record.value) else masked(record.value)
        return {name: getattr(record, name) for name in names} | {"value": value, "actor": masked(record.actor)}
    assert isinstance(record, Outcome)  # noqa: S101 - the last of them
    names = ("reported_ms", "ivr_result", "ended_by", "speech_count", "duration_s")
    return {"call_id": masked(record.call_id)} | {name: getattr(record, name) for name in names}


def _segment(segment: Segment) -> dict[str, Any]:
    names = ("kind", "chunk", "begun", "direction", "captured_ms")
    told = {"call_id": masked(segment.call_id)} | {name: getattr(segment, name) for name in names}
    told |= {"frames": len(segment.encoding), "payload_bytes": len(segment.payload)}
    return told | ({"facts": _facts(segment.facts)} if segment.facts else {})


def _facts(facts: Facts) -> dict[str, Any]:
    known = [name for name in ("caller", "callee", "trunk") if getattr(facts, name) is not None]
    return {"known": known, "key_id": masked(facts.key_id), "opened_ms": facts.opened_ms}


def _head(head: ChunkHead) -> dict[str, Any]:
    names = ("chunk", "last", "coverage", "close_reason", "captured_ms")
    ids = {"call_id": masked(head.call_id), "stream_id": masked(head.stream_id), "tap_id": masked(head.facts.tap_id)}
    return ids | {name: getattr(head, name) for name in names}


def _verdict(verdict: Verdict) -> dict[str, Any]:
    ids = {"call_id": masked(verdict.call_id), "stream_id": masked(verdict.stream_id)}
    names = ("chunk", "scope", "cause", "probability", "action", "dry_run", "captured_ms")
    return ids | {"label": masked(verdict.label)} | {name: getattr(verdict, name) for name in names}
