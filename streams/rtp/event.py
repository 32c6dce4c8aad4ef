"""Telephone events in RTP (RFC 4733 section 2.3), and the tones that their codes mean."""

from collections.abc import Mapping
from typing import Final

import msgspec

REPORT_BYTES: Final = 4
KEYS: Final = "0123456789*#ABCD"  # RFC 4733 section 3.2, codes from 0
# Of the other codes those that mean a tone which is heard too, under the name of that.
SYMBOLS: Final[Mapping[int, str]] = {
    **dict(enumerate(KEYS)),
    **{32: "ced", 33: "ans_pr", 34: "ansam", 35: "ansam_pr", 36: "cng", 54: "v21"},  # RFC 4734
    # RFC 2833 section 3.13, dropped since; gateways send them still
    **dict.fromkeys((66, 67, 68, 69), "dial"),
    **{70: "ringback", 71: "ringback", 72: "busy", 73: "reorder", 74: "sit"},
}


class BrokenEventError(ValueError):
    """A payload that is no telephone event."""


class EventPayload(msgspec.Struct, frozen=True, gc=False):
    """One event report.

    Attributes
    ----------
    event
        Event code, 0-255: see `SYMBOLS`.
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
