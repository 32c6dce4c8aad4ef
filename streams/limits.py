"""How large the parts of a record may be, besides what its schema says: checked before a core keeps any of it.

A record that says more is broken, whoever wrote it: texts and lists that a core remembers, or that go to ClickHouse,
are bounded in length, numbers in range.
"""

import math
from collections.abc import Sequence
from typing import Final

from schemas.codec import BrokenRecordError
from schemas.records import Chunk, ChunkHead, Facts, Features, ListEntry, NumberHash, Outcome, ReplayPart, Verdict

MAX_MS: Final = 10_400_000_000_000  # July 2299: captures end in 2286, ClickHouse's DateTime64 with 2299
MAX_AHEAD_MS: Final = 30 * 86_400_000  # of a capture's clock over the present: it may be fed faster than it was made
MAX_CHUNK: Final = 1 << 30  # 68 years
WORD: Final = 1 << 32  # SSRC and timestamps, RFC 3550 section 5.1
MAX_ID: Final = 128  # characters of an id, a name, a hash, a label: the project's own have 32
MAX_NAME: Final = 4_096  # characters of what others name: a SIP Call-ID (as long as the tap takes a header), a tap
MAX_TEXT: Final = 1_000  # characters of an error or a reason
MAX_PREFIXES: Final = 32  # of a number; E.164 has 15 digits
MAX_ENCODINGS: Final = 16
MAX_RUNS: Final = 4_096  # of a chunk: a run for each frame that the window takes
MAX_EVENTS: Final = 128  # of a chunk: the window takes 64, and tells those of the lead-in again
MAX_EVENT_REACH: Final = 1 << 17  # samples from a chunk's first: two segments of the longest duration
MAX_TONES: Final = 1_024  # in a chunk
MAX_SINGULAR_VALUES: Final = 1_024
MAX_BASES: Final = 1 << 16  # bytes
MAX_PARTS: Final = 1_024  # labels, reasons, calls of an entry


class OutOfBoundsError(BrokenRecordError):
    """A record that its schema allows, with a field that can't be meant; the message names it."""


def check_range(name: str, value: int, low: int, high: int) -> None:
    """See that ``low <= value < high``.

    Raises
    ------
    OutOfBoundsError
        If it is not so.
    """
    if not low <= value < high:
        raise OutOfBoundsError(f"{name} is {value}")


def check_text(name: str, value: str | None, most: int = MAX_ID) -> None:
    """See that a text has at most so many characters.

    Raises
    ------
    OutOfBoundsError
        If it has more.
    """
    if value is not None and len(value) > most:
        raise OutOfBoundsError(f"{name} has {len(value)} characters, at most {most}")


def _check_count(name: str, values: Sequence[object], most: int) -> None:
    if len(values) > most:
        raise OutOfBoundsError(f"{len(values)} {name}, at most {most}")


def _check_finite(name: str, *values: float) -> None:
    if not all(map(math.isfinite, values)):
        raise OutOfBoundsError(f"{name} is no number")


def check_facts(facts: Facts) -> None:
    """Check the facts of a call.

    Raises
    ------
    OutOfBoundsError
        If a part of them can't be meant.
    """
    check_text("tap_id", facts.tap_id, MAX_NAME)
    for name in ("key_id", "trunk", "old_key_id", "old_trunk"):
        check_text(name, getattr(facts, name))
    check_range("opened_ms", facts.opened_ms, 0, MAX_MS)
    check_range("answered_ms", facts.answered_ms or 0, -MAX_MS, MAX_MS)
    for name, number in (("caller", facts.caller), ("callee", facts.callee), ("old caller", facts.old_caller)):
        if number is not None:
            _check_number(name, number)


def _check_number(name: str, number: NumberHash) -> None:
    check_text(name, number.number)
    _check_count(f"prefixes of the {name}", number.prefixes, MAX_PREFIXES)
    for prefix in number.prefixes:
        check_text(f"prefix of the {name}", prefix)


def check_head(head: ChunkHead, written_ms: int) -> None:
    """Check the head of a chunk or of features.

    ``written_ms`` is the timestamp of its record: no tap's clock may be far ahead of it, for other streams of the tap
    would seem to have been silent all that time.

    Raises
    ------
    OutOfBoundsError
        If a part of it can't be meant.
    """
    check_text("stream_id", head.stream_id)
    check_text("call_id", head.call_id)
    check_text("sip_call_id", head.sip_call_id, MAX_NAME)
    check_text("end_reason", head.end_reason)
    check_range("chunk", head.chunk, 0, MAX_CHUNK)
    check_range("ssrc", head.ssrc, 0, WORD)
    for name in ("received", "lost", "late", "duplicates"):
        check_range(name, getattr(head, name), 0, 1 << 31)
    for name in ("captured_ms", "tapped_ms", "closed_ms"):
        check_range(name, getattr(head, name), 0, min(MAX_MS, written_ms + MAX_AHEAD_MS))
    _check_finite("coverage or jitter", head.coverage, head.jitter_ms)
    _check_count("encodings", head.encodings, MAX_ENCODINGS)
    for encoding in head.encodings:
        check_text("encoding", encoding)
    check_facts(head.facts)


def check_chunk(chunk: Chunk, written_ms: int) -> None:
    """Check a chunk; whether its audio fits is for those to say who decode it. ``written_ms`` as in `check_head`.

    Raises
    ------
    OutOfBoundsError
        If a part of it can't be meant.
    """
    check_head(chunk.head, written_ms)
    for name in ("runs", "lead_in"):
        _check_count(name, getattr(chunk, name), MAX_RUNS)
    _check_count("events", chunk.events, MAX_EVENTS)
    for event in chunk.events:
        check_range("event", event.event, 0, 1 << 8)
        check_range("start of an event", event.start, -MAX_EVENT_REACH, MAX_EVENT_REACH)
        check_range("duration of an event", event.duration, 0, MAX_EVENT_REACH)
        check_range("volume of an event", event.volume, 0, 1 << 6)


def check_features(features: Features, written_ms: int) -> None:
    """Check a record of features; ``written_ms`` as in `check_head`.

    Raises
    ------
    OutOfBoundsError
        If a part of it can't be meant.
    """
    check_head(features.head, written_ms)
    check_range("source_offset", features.source_offset, 0, 1 << 62)
    check_range("features_ms", features.features_ms, 0, MAX_MS)
    spectrum, replay = features.spectrum, features.replay
    if spectrum is not None:
        check_text("error", spectrum.error, MAX_TEXT)
        _check_count("bytes of bases", spectrum.bases, MAX_BASES)
        for name in ("sound", "blocks"):
            _check_count(f"bytes of {name}", getattr(spectrum, name), MAX_BASES)
        check_range("features_version", spectrum.features_version, 0, 1 << 15)
        _check_count("singular values", spectrum.singular_values, MAX_SINGULAR_VALUES)
    if features.tones is not None:
        check_text("error", features.tones.error, MAX_TEXT)
        _check_count("tones", features.tones.tones, MAX_TONES)
        for tone in features.tones.tones:
            check_text("symbol", tone.symbol)
    if replay is not None:
        _check_replay(replay)


def _check_replay(replay: ReplayPart) -> None:
    for name in ("campaign", "call_id"):
        check_text(name, getattr(replay, name))
    check_text("error", replay.error, MAX_TEXT)
    _check_finite("a score", replay.score, replay.false_match_probability)
    _check_finite("offset, pitch or tempo", replay.offset_s, replay.pitch, replay.tempo)
    _check_finite("a matched second", replay.query_start_s, replay.query_end_s)
    check_range("fingerprint_version", replay.fingerprint_version, 0, 1 << 15)


def check_verdict(verdict: Verdict) -> None:
    """Check a verdict.

    Raises
    ------
    OutOfBoundsError
        If a part of it can't be meant.
    """
    for name in ("id", "stream_id", "call_id", "label", "model", "policy", "lists"):
        check_text(name, getattr(verdict, name))
    check_text("sip_call_id", verdict.sip_call_id, MAX_NAME)
    check_text("evidence_id", verdict.evidence_id, MAX_TEXT)
    check_range("chunk", verdict.chunk, 0, MAX_CHUNK)
    check_range("ssrc", verdict.ssrc, 0, WORD)
    for name in ("captured_ms", "tapped_ms", "closed_ms", "features_ms", "judged_ms"):
        check_range(name, getattr(verdict, name), 0, MAX_MS)
    _check_finite("a probability", verdict.probability, *verdict.probabilities.values())
    _check_finite("start_s or coverage", verdict.start_s, verdict.coverage)
    _check_count("probabilities", list(verdict.probabilities), MAX_PARTS)
    _check_count("reasons", verdict.reasons, MAX_PARTS)
    _check_count("tones", verdict.tones, MAX_TONES)
    for text in (*verdict.probabilities, *verdict.reasons):
        check_text("a label or reason", text, MAX_TEXT)
    for tone in verdict.tones:
        check_text("symbol", tone.symbol)
    _check_count("passages", verdict.passages, MAX_PARTS)
    for passage in verdict.passages:
        check_text("label of a passage", passage.label)
        _check_finite("a passage", passage.start_s, passage.duration_s, passage.probability)
    if verdict.replay is not None:
        _check_replay(verdict.replay)
    check_facts(verdict.facts)


def check_entry(entry: ListEntry) -> None:
    """Check a list entry.

    Raises
    ------
    OutOfBoundsError
        If a part of it can't be meant.
    """
    for name in ("value", "key_id", "campaign", "trunk"):
        check_text(name, getattr(entry, name))
    for name in ("actor", "reason"):
        check_text(name, getattr(entry, name), MAX_TEXT)
    check_range("created_ms", entry.created_ms, 0, MAX_MS)
    check_range("expires_ms", entry.expires_ms or 0, 0, MAX_MS)
    check_range("listed_ms", entry.listed_ms or 0, 0, MAX_MS)
    _check_count("prefixes", entry.prefixes, MAX_PREFIXES)
    for prefix in entry.prefixes:
        check_text("prefix", prefix)
    _check_finite("score or confidence", entry.score, entry.confidence)
    _check_count("calls", entry.calls, MAX_PARTS)
    for call in entry.calls:
        check_text("call", call)


def check_outcome(outcome: Outcome) -> None:
    """Check what became of a call.

    Raises
    ------
    OutOfBoundsError
        If a part of it can't be meant.
    """
    check_text("call_id", outcome.call_id)
    check_text("sip_call_id", outcome.sip_call_id, MAX_NAME)
    check_range("reported_ms", outcome.reported_ms, 0, MAX_MS)
    check_range("speech_count", outcome.speech_count or 0, 0, 1 << 31)
    _check_finite("duration_s", outcome.duration_s or 0.0)
