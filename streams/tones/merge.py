"""Tones heard and tones told, made one list in which each counts once.

A gateway that tells a key by RFC 4733 events may send its sound as well: all of it, or the first 20 to 60 ms, until it
has recognised it. Its event's timestamp is where the key began, or where it was recognised. So a tone that is heard is
one that is told where both have one symbol and lie no further apart than `APART_S`, and then only the told one stands:
its times are the sender's own, and it doesn't depend on what was lost.

Chunks are looked at one by one, and the two may become known on two sides of a boundary. What was known before it is
told again with each chunk: by events that are ``continued``, and by the sound of the lead-in. From these the chunk sees
what the chunk before made of them:

1. A tone heard goes with any event near it, also with one that is over before the chunk begins. It is left out.
2. An event that begins near a tone which became known before the boundary, when no event was near that, is
   ``continued``: the tone was listed as new then, and is one event's sound at most.
3. What is over before the chunk begins is left out.

A symbol then counts as often as it is told, and besides as often as it is heard with no event near.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from schemas.records import Tone

APART_S: Final = 0.1  # between what is told of a key and what is heard of it; between two presses of a key may be less


def merged(told: Iterable[Tone], heard: Iterable[Tone], listed: Iterable[Tone]) -> list[Tone]:
    """Make one list of a chunk's tones, in order of start; times in seconds from the chunk's first sample.

    Parameters
    ----------
    told
        Events, those of the lead-in among them.
    heard
        Tones in the chunk: new ones, and those ``continued`` from the chunk before.
    listed
        Tones in the lead-in that became known there, those that are over among them.
    """
    told, heard = list(told), list(heard)
    known = [event for event in told if event.continued]
    spare = [tone for tone in listed if not any(same(tone, event) for event in known)]
    events: list[Tone] = []
    for event in sorted(told, key=lambda event: event.start_s):
        first = None if event.continued else next((tone for tone in spare if same(tone, event)), None)
        if first is not None:
            spare.remove(first)
        events.append(event if first is None else msgspec.structs.replace(event, continued=True))
    alone = [tone for tone in heard if not any(same(tone, event) for event in told)]
    return sorted(alone + [event for event in events if not _is_over(event)], key=lambda tone: tone.start_s)


def same(one: Tone, other: Tone) -> bool:
    """Whether two have one symbol and overlap, or nearly do."""
    return (
        one.symbol == other.symbol
        and one.start_s < other.start_s + other.duration_s + APART_S
        and other.start_s < one.start_s + one.duration_s + APART_S
    )


def _is_over(event: Tone) -> bool:
    return event.continued and event.start_s + event.duration_s <= 0.0
