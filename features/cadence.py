"""What bursts of tone mean, by their lengths, their pauses and their order, as far as one chunk shows them.

Cadences from ITU-T E.180 supplement 2 and common practice; the special information tone from E.180/Q.35.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

BUSY_PAUSE_S = (0.15, 0.85)  # from Spain's .2 to India's .75
REORDER_MAX_S = 0.35  # between .25 (reorder) and .5 (busy) of North America
BUSY_MAX_S = 0.85
RINGBACK_MIN_S = 0.9  # the shortest single ring-back burst is Germany's and Japan's 1 s
RINGBACK_MAX_S = 2.05  # 2 s on is North America's; what fills a whole chunk with its lead-in is dial tone
SIT_MAX_GAP_S = 0.06
SIT_FAMILIES = ("sit1", "sit2", "sit3")


@dataclass(frozen=True, slots=True)
class Burst:
    """One stretch of one family of tone, in seconds from the chunk's first sample; what was measured on it.

    ``continued``: reported by the chunk before; ``continues``: on at the chunk's end.
    """

    symbol: str
    start_s: float
    end_s: float
    level_dbm0: float
    twist_db: float
    frequency_error: float
    snr_db: float
    continued: bool = False
    continues: bool = False

    @property
    def duration_s(self) -> float:
        """Its visible length."""
        return self.end_s - self.start_s


def _pauses(bursts: Sequence[Burst]) -> list[float]:
    return [after.start_s - before.end_s for before, after in itertools.pairwise(bursts)]


def _repeats(bursts: Sequence[Burst]) -> bool:
    """Tell whether the bursts come and go as busy tones do."""
    pauses = [p for p in _pauses(bursts) if BUSY_PAUSE_S[0] <= p <= BUSY_PAUSE_S[1]]
    return bool(pauses) and max(b.duration_s for b in bursts) <= BUSY_MAX_S


def _name_interrupted(bursts: Sequence[Burst]) -> str:
    """Return "reorder" or "busy" for 480+620 Hz, by the shortest burst or pause seen whole."""
    whole = [b.duration_s for b in bursts if not b.continues and b.start_s > 0]
    seen = whole + [p for p in _pauses(bursts) if p >= BUSY_PAUSE_S[0]]
    return "reorder" if seen and min(seen) <= REORDER_MAX_S else "busy"


def _name_single(bursts: Sequence[Burst]) -> list[str]:
    """Return the names of single bursts of 400 to 450 Hz: what cannot be told in one chunk is a "tone"."""
    if _repeats(bursts):
        return ["busy"] * len(bursts)
    names = []
    for burst in bursts:
        if burst.duration_s > RINGBACK_MAX_S:
            names.append("dial")
        elif burst.duration_s >= RINGBACK_MIN_S:
            names.append("ringback")
        else:
            names.append("tone")
    return names


def name_call_progress(bursts: Sequence[Burst]) -> list[Burst]:
    """Give the bursts of families "single" and "interrupted" their names; others pass, without what they cover.

    A pair beats against itself and can look like a single tone for a while, so a single burst that overlaps another
    supervisory burst is dropped.
    """
    pairs = [b for b in bursts if b.symbol in {"dial", "ringback", "interrupted"}]
    single = [
        b
        for b in bursts
        if b.symbol == "single" and not any(b.start_s < p.end_s and p.start_s < b.end_s for p in pairs)
    ]
    interrupted = _name_interrupted([b for b in pairs if b.symbol == "interrupted"])
    named = [replace(b, symbol=interrupted) if b.symbol == "interrupted" else b for b in bursts if b.symbol != "single"]
    named += [replace(b, symbol=name) for b, name in zip(single, _name_single(single), strict=True)]
    return named


def join_special_information(bursts: Sequence[Burst]) -> list[Burst]:
    """Join rising bursts of the special information tone into one "sit" each; lone ones are nothing.

    Two of the three in a row are enough, since a chunk's edge can hide one. A sequence that begins with the second
    burst, itself begun before the chunk, has had its first one there: the chunk before reported it.
    """
    parts = sorted((b for b in bursts if b.symbol in SIT_FAMILIES), key=lambda b: b.start_s)
    joined = [b for b in bursts if b.symbol not in SIT_FAMILIES]
    chain: list[Burst] = []
    for part in [*parts, None]:
        follows = (
            part is not None
            and bool(chain)
            and SIT_FAMILIES.index(part.symbol) == SIT_FAMILIES.index(chain[-1].symbol) + 1
            and abs(part.start_s - chain[-1].end_s) <= SIT_MAX_GAP_S
        )
        if follows and part is not None:
            chain.append(part)
            continue
        if len(chain) > 1:
            head, tail = chain[0], chain[-1]
            known = head.symbol == "sit2" and head.continued
            joined.append(replace(head, symbol="sit", end_s=tail.end_s, continued=known, continues=tail.continues))
        chain = [part] if part is not None else []
    return joined
