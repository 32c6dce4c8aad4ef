"""Telephone events in RTP (RFC 4733 section 2.3)."""

from typing import Final

import msgspec

REPORT_BYTES: Final = 4


class BrokenEventError(ValueError):
    """A payload that is no telephone event."""


class EventPayload(msgspec.Struct, frozen=True, gc=False):
    """One event report.

    Attributes
    ----------
    event
        Event code, 0-255: 0-9 digits, 10 ``*``, 11 ``#``, 12-15 A-D.
    end
        Whether the event is over.
    volume
        Level in -dBm0, 0-63.
    duration
        Length so far in timestamp units (samples at 8 kHz), 0-65,535.
    """

    event: int
    end: bool
    volume: int
    duration: int


def parse_event(payload: bytes) -> EventPayload:
    """Parse the first event report of a payload.

    Raises
    ------
    BrokenEventError
        If the payload is not one or more reports of four bytes.
    """
    if not payload or len(payload) % REPORT_BYTES:
        raise BrokenEventError(f"{len(payload)} bytes are no reports of {REPORT_BYTES} bytes")
    flags = payload[1]
    return EventPayload(payload[0], flags >= 0x80, flags & 0x3F, payload[2] << 8 | payload[3])
