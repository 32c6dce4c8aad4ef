"""The tones of a call: what chunks tell of them in pieces, put together."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Final

from schemas.records import ToneSource, Verdict
from streams.rtp.event import KEYS
from streams.tones.merge import APART_S

_NEWEST: Final = 64  # tones among which the one that goes on is looked for
PRESSED: Final = frozenset((*KEYS, "?"))  # symbols of keys, masked or not


@dataclass(slots=True)
class CallTone:
    """A tone from its beginning to its end; times in seconds from the first sample of its stream."""

    stream_id: str
    symbol: str
    start_s: float
    end_s: float
    level_dbm0: float
    source: ToneSource

    @property
    def duration_s(self) -> float:
        """Seconds."""
        return self.end_s - self.start_s


def call_tones(chunks: Iterable[Verdict]) -> list[CallTone]:
    """Tones of a call's chunk verdicts, each once: what is ``continued`` makes the tone before it longer.

    A signal may have another name in the chunk in which it goes on, where more of it is heard: its longer piece names
    it.
    """
    found: list[CallTone] = []
    for verdict in chunks:
        for tone in verdict.tones:
            start_s = verdict.start_s + tone.start_s
            one = CallTone(
                verdict.stream_id, tone.symbol, start_s, start_s + tone.duration_s, tone.level_dbm0, tone.source
            )
            known = None
            if tone.continued:
                known = next((each for each in islice(reversed(found), _NEWEST) if _goes_on(each, one)), None)
            if known is not None:
                if one.duration_s > known.duration_s:
                    known.symbol = one.symbol
                known.end_s = max(known.end_s, one.end_s)
            elif not tone.continued:
                found.append(one)
    return found


def _goes_on(known: CallTone, one: CallTone) -> bool:
    touch = one.start_s <= known.end_s + APART_S and known.start_s <= one.end_s + APART_S
    alike = known.symbol == one.symbol or not {known.symbol, one.symbol} & PRESSED
    return touch and alike and known.stream_id == one.stream_id


def alike(tones: Iterable[CallTone]) -> list[list[CallTone]]:
    """The same in groups: bursts of one signal, one after the other, are one group, each key is its own."""
    groups = [list(group) for _, group in groupby(tones, key=lambda one: (one.stream_id, one.symbol, one.source))]
    return [part for group in groups for part in ([[one] for one in group] if group[0].symbol in PRESSED else [group])]
