"""The records on the wire, one slotted class for each Avro schema; ``schemas/avro`` documents the fields."""

from typing import Literal

import msgspec

Direction = Literal["caller", "callee", "unknown"]
SegmentKind = Literal["open", "audio", "answered", "end"]
RunEncoding = Literal["pcmu", "pcma", "l16", "comfort_noise", "unsupported"]
CloseReason = Literal["complete", "later_chunk", "end", "tap_lost", "tap_restart"]
ToneSource = Literal["inband", "rfc4733"]
Scope = Literal["chunk", "call"]
Cause = Literal["audio", "tone", "replay", "black", "white"]
Action = Literal["allow", "tag", "challenge", "divert", "block"]
Phase = Literal["early_media", "answered", "unknown"]
ListKind = Literal["black", "white", "protected"]
ListScope = Literal["caller", "prefix", "trunk", "campaign"]
ListState = Literal["active", "disabled", "proposed"]


class Record(msgspec.Struct, kw_only=True):
    """Base of all records: keyword-only, slotted, compared by value."""


class NumberHash(msgspec.Struct, frozen=True, kw_only=True):
    """A telephone number at rest."""

    number: str
    prefixes: list[str] = []


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a call besides its audio."""

    direction: Direction
    opened_ms: int
    tap_id: str
    key_id: str | None = None
    caller: NumberHash | None = None
    callee: NumberHash | None = None
    trunk: str | None = None
    answered_ms: int | None = None
    old_key_id: str | None = None
    old_caller: NumberHash | None = None
    old_trunk: str | None = None


class Segment(Record):
    """Consecutive frames of one stream, packed in columns."""

    kind: SegmentKind
    call_id: str
    direction: Direction
    ssrc: int
    anchor: int
    chunk: int
    begun: int
    captured_ms: int
    sip_call_id: str | None = None
    facts: Facts | None = None
    end_reason: str | None = None
    comfort_noise: int = -1
    sequence: bytes = b""
    timestamp: bytes = b""
    arrival: bytes = b""
    marker: bytes = b""
    payload_type: bytes = b""
    encoding: bytes = b""
    length: bytes = b""
    payload: bytes = b""


class FrameBatch(Record):
    """What a tap has for one partition."""

    tap_id: str
    tap_epoch: int
    clock_ms: int
    segments: list[Segment]


class Run(Record):
    """Contiguous received samples of one encoding."""

    start: int
    length: int
    encoding: RunEncoding
    data: bytes


class TelephoneEvent(Record):
    """An RFC 4733 event as its packets tell it up to the chunk's end."""

    event: int
    start: int
    duration: int
    volume: int
    ended: bool
    continued: bool


class ChunkHead(Record):
    """Which chunk of which stream, how it was received, and when."""

    stream_id: str
    call_id: str
    ssrc: int
    anchor: int
    tap_epoch: int
    chunk: int
    facts: Facts
    coverage: float
    received: int
    lost: int
    jitter_ms: float
    close_reason: CloseReason
    last: bool
    captured_ms: int
    tapped_ms: int
    closed_ms: int
    sip_call_id: str | None = None
    encodings: list[str] = []
    late: int = 0
    duplicates: int = 0
    end_reason: str | None = None


class Chunk(Record):
    """Two seconds of one stream, still coded."""

    head: ChunkHead
    runs: list[Run]
    lead_in: list[Run] = []
    events: list[TelephoneEvent] = []


class Tone(Record):
    """A digit or a named signal."""

    symbol: str
    start_s: float
    duration_s: float
    level_dbm0: float
    twist_db: float
    frequency_error: float
    snr_db: float
    source: ToneSource
    continued: bool
    continues: bool


class SpectrumPart(Record):
    """Spectrum and levels of a chunk."""

    error: str | None = None
    bins: int = 0
    bases: bytes = b""
    singular_values: list[float] = []
    rms_dbfs: float = -120.0
    peak_dbfs: float = -120.0
    loudest_frame_dbfs: float = -120.0
    quietest_frame_dbfs: float = -120.0
    silence_code_share: float = 0.0
    comfort_noise_share: float = 0.0
    features_version: int = 0
    sound: bytes = b""
    blocks: bytes = b""


class TonesPart(Record):
    """Tones of a chunk."""

    error: str | None = None
    tones: list[Tone] = []


class ReplayPart(Record):
    """The chunk was heard before, in another call."""

    error: str | None = None
    campaign: str | None = None
    call_id: str | None = None
    score: float = 0.0
    false_match_probability: float = 1.0
    offset_s: float = 0.0
    pitch: float = 1.0
    tempo: float = 1.0
    query_start_s: float = 0.0
    query_end_s: float = 0.0
    fingerprint_version: int = 0


class Features(Record):
    """What one agent found in a chunk."""

    head: ChunkHead
    source_offset: int
    features_ms: int
    spectrum: SpectrumPart | None = None
    tones: TonesPart | None = None
    replay: ReplayPart | None = None


class Passage(Record):
    """A part of a chunk that has one label."""

    label: str
    start_s: float
    duration_s: float
    probability: float


class Verdict(Record):
    """What a chunk or a call is judged to be, and the action."""

    id: str
    stream_id: str
    call_id: str
    ssrc: int
    chunk: int
    start_s: float
    scope: Scope
    cause: Cause
    label: str
    probability: float
    action: Action
    dry_run: bool
    phase: Phase
    model: str
    policy: str
    lists: str
    facts: Facts
    coverage: float
    last: bool
    captured_ms: int
    tapped_ms: int
    closed_ms: int
    features_ms: int
    judged_ms: int
    sip_call_id: str | None = None
    evidence_id: str = ""
    probabilities: dict[str, float] = {}
    reasons: list[str] = []
    tones: list[Tone] = []
    replay: ReplayPart | None = None
    passages: list[Passage] = []


class ListEntry(Record):
    """One line of the black- or whitelist, or a protection from rules."""

    kind: ListKind
    scope: ListScope
    value: str
    created_ms: int
    actor: str
    reason: str
    key_id: str | None = None
    campaign: str | None = None
    calls: list[str] = []
    score: float = 0.0
    confidence: float = 1.0
    expires_ms: int | None = None
    state: ListState = "active"
    listed_ms: int | None = None
    trunk: str | None = None
    prefixes: list[str] = []


class Outcome(Record):
    """What became of a call, told by the platform that handled it."""

    reported_ms: int
    call_id: str | None = None
    sip_call_id: str | None = None
    ivr_result: Literal["passed", "failed", "unknown"] = "unknown"
    ended_by: Literal["caller", "callee", "platform", "unknown"] = "unknown"
    speech_count: int | None = None
    duration_s: float | None = None
