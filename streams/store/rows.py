"""Records as rows: one value for each column of ``schemas/clickhouse``, nulls as ''."""

from typing import Any, get_args

from schemas.records import (
    Facts,
    Features,
    ListEntry,
    ListKind,
    ListScope,
    Outcome,
    Passage,
    ReplayPart,
    Tone,
    Verdict,
)
from streams.store.base import Row, day_of

MASK = "?"
_PASSAGE = Passage.__struct_fields__
_NO_REPLAY = ReplayPart()


def masked(symbol: str, *, unmask: bool = False) -> str:
    """A tone's symbol at rest: '?' for a digit (DTMF symbols have one character), a name such as ``cng`` as it is."""
    return MASK if len(symbol) == 1 and not unmask else symbol


def verdict_row(verdict: Verdict, *, unmask: bool = False) -> Row:
    """Row of ``verdicts``."""
    replay = verdict.replay or _NO_REPLAY
    return {
        "id": verdict.id,
        "stream_id": verdict.stream_id,
        "call_id": verdict.call_id,
        "sip_call_id": verdict.sip_call_id or "",
        "ssrc": verdict.ssrc,
        "chunk": verdict.chunk,
        "start_s": verdict.start_s,
        "scope": verdict.scope,
        "cause": verdict.cause,
        "evidence_id": verdict.evidence_id,
        "label": verdict.label,
        "probability": verdict.probability,
        "probabilities.label": list(verdict.probabilities),
        "probabilities.probability": list(verdict.probabilities.values()),
        "action": verdict.action,
        "dry_run": int(verdict.dry_run),
        "reasons": verdict.reasons,
        "phase": verdict.phase,
        "model": verdict.model,
        "policy": verdict.policy,
        "lists": verdict.lists,
        **_facts(verdict.facts),
        "coverage": verdict.coverage,
        "last": int(verdict.last),
        **_nested_tones(verdict.tones, unmask),
        **{f"passages.{name}": [getattr(each, name) for each in verdict.passages] for name in _PASSAGE},
        "replay_error": replay.error or "",
        "replay_campaign": replay.campaign or "",
        "replay_call_id": replay.call_id or "",
        "replay_score": replay.score,
        "replay_false_match_probability": replay.false_match_probability,
        "replay_offset_s": replay.offset_s,
        "replay_pitch": replay.pitch,
        "replay_tempo": replay.tempo,
        "replay_query_start_s": replay.query_start_s,
        "replay_query_end_s": replay.query_end_s,
        "replay_fingerprint_version": replay.fingerprint_version,
        "captured_ms": verdict.captured_ms,
        "tapped_ms": verdict.tapped_ms,
        "closed_ms": verdict.closed_ms,
        "features_ms": verdict.features_ms,
        "judged_ms": verdict.judged_ms,
        "captured_date": day_of(verdict.captured_ms),
    }


def levels_row(features: Features) -> Row | None:
    """Row of ``levels``, or None for a record without a spectrum part."""
    spectrum, head = features.spectrum, features.head
    if spectrum is None:
        return None
    return {
        "stream_id": head.stream_id,
        "call_id": head.call_id,
        "chunk": head.chunk,
        "encodings": head.encodings,
        "coverage": head.coverage,
        "received": head.received,
        "lost": head.lost,
        "late": head.late,
        "duplicates": head.duplicates,
        "jitter_ms": head.jitter_ms,
        "close_reason": head.close_reason,
        "end_reason": head.end_reason or "",
        "last": int(head.last),
        "tap_id": head.facts.tap_id,
        "error": spectrum.error or "",
        "rms_dbfs": spectrum.rms_dbfs,
        "peak_dbfs": spectrum.peak_dbfs,
        "loudest_frame_dbfs": spectrum.loudest_frame_dbfs,
        "quietest_frame_dbfs": spectrum.quietest_frame_dbfs,
        "silence_code_share": spectrum.silence_code_share,
        "comfort_noise_share": spectrum.comfort_noise_share,
        "singular_values": spectrum.singular_values,
        "captured_ms": head.captured_ms,
        "features_ms": features.features_ms,
        "captured_date": day_of(head.captured_ms),
    }


def tone_rows(features: Features, *, unmask: bool = False) -> list[Row]:
    """Rows of ``tones``, numbered as they stand in the tones part."""
    head = features.head
    found = features.tones.tones if features.tones else []
    return [
        {
            "stream_id": head.stream_id,
            "call_id": head.call_id,
            "chunk": head.chunk,
            "number": number,
            **_tone(tone, unmask),
            "captured_ms": head.captured_ms,
            "captured_date": day_of(head.captured_ms),
        }
        for number, tone in enumerate(found)
    ]


def entry_row(key: str, entry: ListEntry | None, *, recorded_ms: int, offset: int) -> Row:
    """Row of ``list_entries``: a version of an entry, or its removal.

    Parameters
    ----------
    key, entry, recorded_ms, offset
        Key, value, timestamp (ms since 1970) and offset of the record in ``list.entries``.

    Raises
    ------
    ValueError
        If the key is not ``kind:scope:value``, or names something else than the entry.
    """
    kind, _, rest = key.partition(":")
    scope, _, value = rest.partition(":")
    if kind not in get_args(ListKind) or scope not in get_args(ListScope) or not value:
        raise ValueError("the record's key is not that of a list entry")  # not repeated: it could be a number in clear
    if entry is not None and (entry.kind, entry.scope, entry.value) != (kind, scope, value):
        raise ValueError("the record's key names another entry than the record")
    return {
        "kind": kind,
        "scope": scope,
        "value": value,
        "recorded_ms": recorded_ms,
        "recorded_offset": offset,
        "removed": int(entry is None),
        "key_id": (entry.key_id or "") if entry else "",
        "campaign": (entry.campaign or "") if entry else "",
        "calls": entry.calls if entry else [],
        "score": entry.score if entry else 0.0,
        "confidence": entry.confidence if entry else 0.0,
        "created_ms": entry.created_ms if entry else recorded_ms,
        "expires_ms": entry.expires_ms if entry else None,
        "state": entry.state if entry else "",
        "actor": entry.actor if entry else "",
        "reason": entry.reason if entry else "",
        "listed_ms": entry.listed_ms if entry else None,
        "trunk": (entry.trunk or "") if entry else "",
        "prefixes": entry.prefixes if entry else [],
    }


def outcome_row(outcome: Outcome) -> Row:
    """Row of ``outcomes``."""
    return {
        "call_id": outcome.call_id or "",
        "sip_call_id": outcome.sip_call_id or "",
        "ivr_result": outcome.ivr_result,
        "ended_by": outcome.ended_by,
        "speech_count": outcome.speech_count,
        "duration_s": outcome.duration_s,
        "reported_ms": outcome.reported_ms,
        "captured_date": day_of(outcome.reported_ms),
    }


def _facts(facts: Facts) -> Row:
    return {
        "caller": facts.caller.number if facts.caller else "",
        "caller_prefixes": facts.caller.prefixes if facts.caller else [],
        "callee": facts.callee.number if facts.callee else "",
        "callee_prefixes": facts.callee.prefixes if facts.callee else [],
        "key_id": facts.key_id or "",
        "trunk": facts.trunk or "",
        "direction": facts.direction,
        "opened_ms": facts.opened_ms,
        "answered_ms": facts.answered_ms,
        "tap_id": facts.tap_id,
    }


def _tone(tone: Tone, unmask: bool) -> dict[str, Any]:
    return {
        "symbol": masked(tone.symbol, unmask=unmask),
        "start_s": tone.start_s,
        "duration_s": tone.duration_s,
        "level_dbm0": tone.level_dbm0,
        "twist_db": tone.twist_db,
        "frequency_error": tone.frequency_error,
        "snr_db": tone.snr_db,
        "source": tone.source,
        "continued": int(tone.continued),
        "continues": int(tone.continues),
    }


def _nested_tones(tones: list[Tone], unmask: bool) -> Row:
    rows = [_tone(tone, unmask) for tone in tones]
    return {f"tones.{name}": [row[name] for row in rows] for name in Tone.__struct_fields__}
