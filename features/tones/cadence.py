"""What a sequence of bursts of one family means, by the lengths of tone and pause heard so far."""

import itertools
import math
from dataclasses import dataclass, field
from typing import Final

from features.tones.bursts import Burst
from features.tones.families import Match
from features.tones.frames import SAMPLE_RATE
from features.tones.table import ROWS, Row

UNKNOWN: Final = "tone"
_MOST_BURSTS: Final = 12  # of a sequence that are compared: two rounds of the longest cadence
_LONGEST_PAUSE_S: Final = 4.5  # Germany's 4 s and a tenth
_SHORTEST_DIAL_S: Final = 0.8
_SHORTEST_LONE_DIAL_S: Final = 1.75  # of one frequency: longer than any other signal's, in the table
_SHORTEST_RING_S: Final = 0.3  # the last ring, cut short by the answer
_LONE_RING_S: Final = 0.85  # of one frequency, when only part of the burst is heard
_SURE_BURSTS: Final = 3
_RING_SILENCE_S: Final = 1.15  # the longest pause of any other cadence is Italy's 1 s
_SAME_FIT_S: Final = 0.012  # rows whose lengths fit better than others by less than this fit alike
_MAX_STEP_DB: Final = 3.0  # between bursts of a sequence
_QUIET_DB: Final = 7.0  # around a tone 10 dB over noise it is 10.4 dB quieter
_SHORTEST_S: Final = 0.16  # Spain's and Italy's .2 s, less what is allowed
_MAX_DRIFT_HZ: Final = 5.0  # two tones in one cluster wander by 4.5 Hz 10 dB over noise
_AT_ONCE: Final = frozenset({"busy", "reorder"})


@dataclass(slots=True)
class Sequence:
    """Bursts that may be one signal, in order, and the matches of each.

    ``heir`` is the name of the sequence before, when that was sure and goes on: one burst of other length, broken by
    lost samples or noise, is still part of it.
    """

    bursts: list[Burst] = field(default_factory=list)
    matches: list[list[Match]] = field(default_factory=list)
    heir: str = ""
    rows: list[tuple[Row, float]] = field(default_factory=list)  # that fit, and how far off their lengths are

    def following(self, burst: Burst) -> "Sequence":
        """Return an empty sequence for a burst that doesn't fit this one."""
        near = (burst.start - self.bursts[-1].end) / SAMPLE_RATE <= _LONGEST_PAUSE_S
        name = self.name(burst.start) if len(self.bursts) >= _SURE_BURSTS else self.heir
        return Sequence(heir=name if near and name != UNKNOWN else "")

    def take(self, burst: Burst, matches: list[Match]) -> bool:
        """Take one more burst if some signal would have it here; tell whether."""
        if self.bursts and (burst.start - self.bursts[-1].end) / SAMPLE_RATE > _LONGEST_PAUSE_S:
            return False
        bursts = [*self.bursts, burst][-_MOST_BURSTS:]
        wanted = {match.family for match in matches}
        for earlier in self.matches:
            wanted &= {match.family for match in earlier}
        rows = [(row, fit) for row in ROWS if row.family in wanted and (fit := _fit(row, bursts)) is not None]
        if self.bursts and not rows:
            return False
        self.bursts, self.rows = bursts, rows
        self.matches = [*self.matches, matches][-_MOST_BURSTS:]
        return True

    def name(self, now: float) -> str:
        """Return the signal which all rows that still fit share, else "tone"; hearing has come to sample `now`.

        Nothing ("") when it is hardly quieter beside the bursts, or when a single one is too short or wavers: no
        exchange's tone is like that.
        """
        if self._is_last_ring(now):
            return "ringback"
        if self.heir and len(self.bursts) == 1 and self.bursts[0].seconds < _LONE_RING_S:
            return self.heir
        best = min((fit for _, fit in self.rows), default=0.0)
        rows = [row for row, fit in self.rows if fit <= best + _SAME_FIT_S]
        signals = {row.signal for row in rows}
        if signals == _AT_ONCE:
            signals = {"busy"}  # the same tone under two names, in two countries or in one
        single = self.bursts[0] if len(self.bursts) == 1 else None
        if not all(burst.quiet(_QUIET_DB) for burst in self.bursts) or (single is not None and _hardly(single)):
            return ""
        if len(signals) != 1:
            return UNKNOWN
        signal = signals.pop()
        alone = all(len(row.frequencies) == 1 and not row.modulation_hz for row in rows)
        return signal if not alone or self._enough(signal) else UNKNOWN

    def _is_last_ring(self, now: float) -> bool:
        """Tell whether this is the end of one burst after which so long a silence comes as in ring-back alone.

        Its beginning was not heard, so that its length says nothing.
        """
        burst, silence = self.bursts[0], (now - self.bursts[-1].end) / SAMPLE_RATE
        rings = any(row.signal == "ringback" for row, _ in self.rows)
        return (
            len(self.bursts) == 1
            and burst.cut
            and rings
            and burst.drift_hz <= _MAX_DRIFT_HZ
            and silence >= _RING_SILENCE_S
            and burst.quiet(_QUIET_DB)
        )

    def _enough(self, signal: str) -> bool:
        """Tell whether what one frequency alone can be is certain: a single burst is little."""
        return len(self.bursts) > 1 or (signal in ("dial", "ringback") and self.bursts[0].seconds >= _LONE_RING_S)


def _hardly(burst: Burst) -> bool:
    return burst.whole and (burst.seconds < _SHORTEST_S or burst.drift_hz > _MAX_DRIFT_HZ)


def _tolerance(length_s: float) -> float:
    """Return how far a length may be off: a tenth is allowed (E.180), and our edges are good to 10 ms."""
    return 0.025 + 0.07 * length_s


def _length_fits(burst: Burst, length_s: float, *, shorter: bool) -> float | None:
    """Return how far a burst's length is off, seconds; None: too far."""
    off = burst.seconds - length_s
    if not burst.whole or (shorter and burst.seconds >= _SHORTEST_RING_S):
        off = max(off, 0.0)
    off = max(abs(off) - burst.start_slack - burst.end_slack, 0.0)
    return off if off <= _tolerance(length_s) else None


def _pause_off(before: Burst, after: Burst, wanted_s: float) -> float:
    """Return how far the pause between two bursts is off, seconds."""
    off = abs((after.start - before.end) / SAMPLE_RATE - wanted_s)
    return max(off - before.end_slack - after.start_slack, 0.0)


def _levels_fit(row: Row, bursts: list[Burst]) -> bool:
    steps = [10 * math.log10(after.power / before.power) for before, after in itertools.pairwise(bursts)]
    signs = {math.copysign(1.0, step) for step in steps[::2]} | {-math.copysign(1.0, step) for step in steps[1::2]}
    if row.alternate_db:
        return len(signs) == 1 and all(abs(abs(step) - row.alternate_db) <= _MAX_STEP_DB for step in steps)
    return all(abs(step) <= _MAX_STEP_DB for step in steps)


def _fit_continuous(row: Row, bursts: list[Burst]) -> float | None:
    if len(bursts) != 1:
        return None
    if len(row.frequencies) == 1 and not row.modulation_hz:
        return 0.0 if bursts[0].seconds >= _SHORTEST_LONE_DIAL_S else None
    return 0.0 if bursts[0].seconds >= _SHORTEST_DIAL_S or not bursts[0].whole else None


def _fit(row: Row, bursts: list[Burst]) -> float | None:
    """Return how far, in seconds at most, the bursts are off a row's cadence at its best place; None: it is another."""
    if not row.cadence:
        return _fit_continuous(row, bursts)
    if not _levels_fit(row, bursts):
        return None
    fits = (_fit_from(row, bursts, place) for place in range(0, len(row.cadence), 2))
    return min((fit for fit in fits if fit is not None), default=None)


def _fit_from(row: Row, bursts: list[Burst], place: int) -> float | None:
    worst = 0.0
    may_stop = row.signal == "ringback" and (len(row.frequencies) > 1 or row.modulation_hz > 0)
    for i, burst in enumerate(bursts):
        on = row.cadence[(place + 2 * i) % len(row.cadence)]
        off = _length_fits(burst, on, shorter=may_stop and i == len(bursts) - 1)
        if off is None:
            return None
        worst = max(worst, off)
        if i:
            wanted = row.cadence[(place + 2 * i - 1) % len(row.cadence)]
            off = _pause_off(bursts[i - 1], burst, wanted)
            if off > _tolerance(wanted):
                return None
            worst = max(worst, off)
    return worst
