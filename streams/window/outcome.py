"""What a window gives for a batch, and what it counts."""

from dataclasses import dataclass, field

from streams.runtime.emission import DeadLetter, Emission


@dataclass(slots=True)
class WindowCounters:
    """What was dropped and why; all counts.

    Frames: ``late`` (for their chunk, or beyond what it may hold). Segments: ``after_end``, ``old_epoch`` and
    ``refused_streams`` (of streams that there was no room for). Streams: ``taken_over`` from an earlier owner;
    ``stream_lost``, ended because their tap went on without them; ``crowded_out``, strays that went for newer streams.
    Taps: ``tap_lost``. RFC 4733 packets: ``broken_events`` (no report, of an event that got shorter, or beyond what a
    chunk may hold) and ``nameless_events`` (of codes that mean no tone, such as a hook flash).
    """

    after_end: int = 0
    old_epoch: int = 0
    late: int = 0
    broken_events: int = 0
    nameless_events: int = 0
    taken_over: int = 0
    tap_lost: int = 0
    stream_lost: int = 0
    crowded_out: int = 0
    refused_streams: int = 0


@dataclass(slots=True)
class WindowOutcome:
    """What a batch led to: chunks to send in order, holds to release at once, and what was broken."""

    emissions: list[Emission] = field(default_factory=list)
    broken: list[DeadLetter] = field(default_factory=list)
