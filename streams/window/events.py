"""RFC 4733 events of one chunk: reports come several times over, some never, some out of order."""

from dataclasses import dataclass, field
from typing import Final

import msgspec

from schemas.records import TelephoneEvent
from streams.audio import CHUNK_SAMPLES, LEAD_IN_SAMPLES
from streams.rtp.event import SYMBOLS, BrokenEventError, EventPayload, parse_event

MAX_EVENTS: Final = 64  # in a chunk: at the shortest key and pause of ITU-T Q.24 a caller presses 25
# What a chunk's tones are compared with lies in its lead-in or up to as much before that.
LEAD_IN_EVENTS: Final = 2 * LEAD_IN_SAMPLES
# Duration from which a segment may have run full, its last reports lost: 65,535 less half a second of them.
_NEARLY_FULL: Final = 0xFFFF - 4_000


@dataclass(frozen=True, slots=True)
class EventPacket:
    """A packet of events: its RTP timestamp counted from the chunk's first sample, and its first report."""

    start: int
    sequence: int
    payload: bytes


@dataclass(slots=True)
class ChunkEvents:
    """What the packets of a chunk tell.

    Attributes
    ----------
    events
        One for each code and RTP timestamp, in order of start.
    broken
        Packets that are no report, or whose event got shorter since, or beyond `MAX_EVENTS` events.
    nameless
        Packets of codes that mean no tone (`streams.rtp.event.SYMBOLS`), such as a hook flash.
    """

    events: list[TelephoneEvent] = field(default_factory=list)
    broken: int = 0
    nameless: int = 0


def events_of(packets: list[EventPacket], before: list[TelephoneEvent]) -> ChunkEvents:
    """Put the event packets of a chunk together.

    An event is the longest that its packets tell, and over when one of them says so; retransmissions change neither.
    It is continued, not a new press, where

    - the chunk before had packets of it;
    - it goes on another that has not ended: one too long for the field of its duration goes on under a new timestamp,
      the one at which the former segment ended (RFC 4733 section 2.5.1.3), or about there when its last reports
      are lost;
    - it began before the chunk before did: it was told there, and its sender reports seldom.

    Parameters
    ----------
    packets
        In any order.
    before
        Events of the chunk before, whose starts count from that chunk.
    """
    told = ChunkEvents()
    earlier = [msgspec.structs.replace(event, start=event.start - CHUNK_SAMPLES) for event in before]
    known = {(event.event, event.start) for event in earlier}
    found: dict[tuple[int, int], TelephoneEvent] = {}
    for packet in _in_sequence(packets):
        try:
            report = parse_event(packet.payload)
        except BrokenEventError:
            told.broken += 1
            continue
        if report.event not in SYMBOLS:
            told.nameless += 1
            continue
        key = (report.event, packet.start)
        event = found.get(key)
        if event is None:
            if len(found) >= MAX_EVENTS:
                told.broken += 1
                continue
            event = found[key] = _begun(report, packet.start)
            event.continued = (
                key in known
                or packet.start < -CHUNK_SAMPLES
                or any(_goes_on(other, event) for other in (*earlier, *found.values()))
            )
        told.broken += report.duration < event.duration
        event.duration = max(event.duration, report.duration)
        event.ended = event.ended or report.end
    told.events = sorted(found.values(), key=lambda event: (event.start, event.event))
    return told


def lead_in_events(events: list[TelephoneEvent], before: list[TelephoneEvent]) -> list[TelephoneEvent]:
    """Events of the chunk before that reach near this one and have no packet in it; as the lead-in, for comparison.

    Their starts count from this chunk, they are ``continued``, and over before it begins.
    """
    present = {(event.event, event.start) for event in events}
    return [
        msgspec.structs.replace(event, start=start, continued=True)
        for event in before
        if (event.event, start := event.start - CHUNK_SAMPLES) not in present
        and start + event.duration > -LEAD_IN_EVENTS
    ]


def _in_sequence(packets: list[EventPacket]) -> list[EventPacket]:
    if not packets:
        return []
    origin = packets[0].sequence
    # distances on the circle of 2**16, so that a wrap is no gap
    return sorted(packets, key=lambda packet: (packet.sequence - origin + 0x8000) % 0x10000)


def _begun(report: EventPayload, start: int) -> TelephoneEvent:
    return TelephoneEvent(
        event=report.event, start=start, duration=0, volume=report.volume, ended=False, continued=False
    )


def _goes_on(former: TelephoneEvent, event: TelephoneEvent) -> bool:
    """Whether an event is a further segment of another."""
    if former.event != event.event or former.ended or former.start >= event.start:
        return False
    end = former.start + former.duration
    return event.start == end or (former.duration >= _NEARLY_FULL and end < event.start <= former.start + 0x10000)
