"""What a tap can be told, and what it counts."""

from collections import Counter
from typing import Final

import msgspec

from schemas.codec import MAX_BYTES
from schemas.frames import ENCODINGS
from schemas.records import Direction, FrameBatch

MAX_BATCH_BYTES: Final = MAX_BYTES[FrameBatch] // 2  # what is added last may go beyond it, and must still be taken


class TapSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of a tap.

    Attributes
    ----------
    batch_ms
        How long segments are gathered, and how often a quiet partition hears from the tap; 20-2,000.
    boundary_ms
        Least time between two batches of a partition when streams cross chunk boundaries.
    max_batch_bytes
        Beyond this a batch goes early; at most half of what a window takes.
    idle_timeout_s
        A stream, or a call without media, that has had no packets for so long ends.
    call_memory_s
        How long a call without BYE is remembered after its last packet, so that media after a long hold find it.
    telephone_event_payload_type
        RFC 4733 events where no SDP says otherwise.
    payload_types
        Payload type to encoding (a name of ``schemas.frames.ENCODINGS``); outranks SDP.
    directions
        Whose streams go to Kafka.
    max_calls, max_streams
        Bounds of what is held in memory; what comes beyond them is dropped and counted. Flows (source, destination)
        are remembered four times ``max_streams``, half of that where no SDP announced them, sixteen of a leg.

    Raises
    ------
    ValueError
        For values out of range.
    """

    batch_ms: int = 200
    boundary_ms: int = 20
    max_batch_bytes: int = 700_000
    idle_timeout_s: float = 60.0
    call_memory_s: float = 7200.0
    telephone_event_payload_type: int = 101
    payload_types: dict[int, str] = {}
    directions: frozenset[Direction] = frozenset({"caller", "unknown"})
    max_calls: int = 100_000
    max_streams: int = 100_000

    def __post_init__(self) -> None:
        if not 20 <= self.batch_ms <= 2000 or not 0 <= self.boundary_ms <= self.batch_ms:
            raise ValueError("batch_ms is 20 to 2000, boundary_ms 0 to batch_ms")
        if not 1 <= self.max_batch_bytes <= MAX_BATCH_BYTES:
            raise ValueError(f"max_batch_bytes is 1 to {MAX_BATCH_BYTES}")
        if self.max_calls < 1 or self.max_streams < 1:
            raise ValueError("bounds are at least 1")
        if self.idle_timeout_s <= 0 or self.call_memory_s < 0:
            raise ValueError("idle_timeout_s is positive, call_memory_s not negative")
        if not 0 <= self.telephone_event_payload_type < 128:
            raise ValueError("a payload type is 0 to 127")
        for payload_type, name in self.payload_types.items():
            if not 0 <= payload_type < 128 or name not in ENCODINGS:
                raise ValueError(f"payload type {payload_type}={name!r}: 0 to 127 and one of {', '.join(ENCODINGS)}")


class TapCounters(msgspec.Struct):
    """What became of the packets.

    ``rtp`` counts the packets that parsed as RTP of a judged or unjudged stream, ``frames`` those that went into
    segments; ``dropped`` says why others did not.
    """

    packets: int = 0
    sip: int = 0
    rtp: int = 0
    frames: int = 0
    not_rtp: int = 0
    bad_rtp: int = 0
    bad_sip: int = 0
    clock_backwards: int = 0
    calls: int = 0
    streams: int = 0
    ticks: int = 0
    batches: int = 0
    dropped: Counter[str] = msgspec.field(default_factory=Counter)
