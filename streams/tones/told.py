"""RFC 4733 events of a chunk as tones."""

from collections.abc import Iterable
from typing import Final

from schemas.records import TelephoneEvent, Tone
from streams.audio import CHUNK_SAMPLES, RATE
from streams.rtp.event import SYMBOLS

_REPORTS_S: Final = 0.25  # an event unheard of for so long has ended, its last reports lost; they come every 50 ms


def told_tones(events: Iterable[TelephoneEvent]) -> list[Tone]:
    """Tones that events name, in order of start; events of other codes are left out.

    One still on at the chunk's end ``continues``: none begins after it, and no end of it was told, nor has it been
    unheard of for longer than a sender is silent.
    """
    named = sorted((event for event in events if event.event in SYMBOLS), key=lambda event: event.start)
    newest = named[-1].start if named else 0
    return [_told(event, newest=event.start == newest) for event in named]


def _told(event: TelephoneEvent, *, newest: bool) -> Tone:
    unheard_s = (CHUNK_SAMPLES - event.start - event.duration) / RATE
    return Tone(
        symbol=SYMBOLS[event.event],
        start_s=event.start / RATE,
        duration_s=event.duration / RATE,
        level_dbm0=float(-event.volume),
        twist_db=0.0,
        frequency_error=0.0,
        snr_db=0.0,
        source="rfc4733",
        continued=event.continued,
        continues=newest and not event.ended and unheard_s <= _REPORTS_S,
    )
