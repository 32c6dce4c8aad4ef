"""What was to be reached, against what was measured."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isnan, nan
from typing import Final

from bench.dtmf.clauses import frequency, level, loss, noise
from bench.dtmf.results import Cell, Report
from bench.dtmf.talkoff import added
from bench.heard.rates import poisson_interval
from models.evaluation.intervals import binomial_interval

DB, HOURLY = "{:g} dB", "{:.2f}"
NOWHERE: Final = "nowhere"  # of a sweep, where a receiver fails from its first case on
ENOUGH: Final = 0.99  # share accepted that counts as operating, where a limit is looked for in a sweep

Measured = Callable[[Report, str], float | None]
Trusted = Callable[[Report, str], str]


@dataclass(frozen=True, slots=True)
class Target:
    """One figure to reach.

    ``measured`` finds it in a report for a receiver, None where it wasn't measured, NaN where a sweep fails from its
    first case on; ``at_least`` tells in which direction it is good; ``form`` writes it; ``trusted`` tells how far what
    was measured is to be trusted.
    """

    what: str
    wanted: float
    at_least: bool
    measured: Measured
    form: str = "{:.1f} %"
    trusted: Trusted | None = None

    def reached(self, value: float) -> bool:
        """Whether a value is as good as wanted."""
        return value >= self.wanted - 1e-9 if self.at_least else value <= self.wanted + 1e-9

    @property
    def words(self) -> str:
        """The target as tables have it."""
        exact = (self.at_least and self.wanted == 100.0) or (not self.at_least and self.wanted == 0.0)
        sign = "" if exact else ("at least " if self.at_least else "at most ")
        return sign + self.form.format(self.wanted)

    def figure(self, report: Report, receiver: str) -> str:
        """What a receiver came to, with its interval; empty where it wasn't measured."""
        value = self.measured(report, receiver)
        if value is None:
            return ""
        if isnan(value):
            return NOWHERE
        return self.form.format(value) + (f" ({self.trusted(report, receiver)})" if self.trusted else "")


def share(clause: str, series: str, x: float) -> Measured:
    """Per cent of a cell's trials that a receiver accepted."""

    def found(report: Report, receiver: str) -> float | None:
        for cell in report.of(clause, series):
            if cell.x == x and receiver in cell.hits:
                return 100.0 * cell.hits[receiver] / cell.trials
        return None

    return found


def share_interval(clause: str, series: str, x: float) -> Trusted:
    """Interval of `share`, in words."""

    def found(report: Report, receiver: str) -> str:
        cell = next(cell for cell in report.of(clause, series) if cell.x == x)
        low, high = binomial_interval(cell.hits[receiver], cell.trials)
        return f"{100 * low:.1f} to {100 * high:.1f}"

    return found


def furthest(cells: Sequence[Cell], receiver: str, enough: float) -> float | None:
    """Find the last x, going through cells as they stand, up to which a receiver accepts that share everywhere.

    NaN where it doesn't even at the first; None where it wasn't asked.
    """
    last = nan if any(receiver in cell.hits for cell in cells) else None
    for cell in cells:
        if receiver not in cell.hits or cell.hits[receiver] < enough * cell.trials:
            break
        last = cell.x
    return last


def _twist(series: str) -> Measured:
    def found(report: Report, receiver: str) -> float | None:
        return furthest(report.of("twist", series), receiver, ENOUGH)

    return found


def _range(report: Report, receiver: str) -> float | None:
    """Decibels from the strongest level of the longest row of levels accepted to the weakest."""
    cells = [cell for cell in report.of("level") if cell.wanted != "reject"]
    spans = [(cells[i].x, furthest(cells[i:], receiver, ENOUGH)) for i in range(len(cells))]
    found = [top - low for top, low in spans if low is not None]
    return max(found, key=lambda span: -1.0 if isnan(span) else span, default=None)


def _noise(report: Report, receiver: str) -> float | None:
    return furthest(report.of("noise", noise.ROW), receiver, 1.0)


def talk_off(kind: str) -> Measured:
    """False digits an hour, all speeds together."""

    def found(report: Report, receiver: str) -> float | None:
        parts = [part for part in report.talk_off if part.kind == kind]
        hours, false = sum(part.hours for part in parts), added(parts)
        return false[receiver] / hours if hours and receiver in false else None

    return found


def talk_off_interval(report: Report, kind: str, receiver: str) -> tuple[float, float]:
    """Interval of `talk_off`."""
    parts = [part for part in report.talk_off if part.kind == kind]
    return poisson_interval(added(parts)[receiver], sum(part.hours for part in parts))


def _talk_off_words(kind: str) -> Trusted:
    def found(report: Report, receiver: str) -> str:
        parts = [part for part in report.talk_off if part.kind == kind]
        low, high = talk_off_interval(report, kind, receiver)
        hours = sum(part.hours for part in parts)
        return f"{added(parts)[receiver]:,} in {hours:.1f} h; {low:.2f} to {high:.2f}"

    return found


def _accepted(what: str, wanted: float, at_least: bool, clause: str, series: str, x: float) -> Target:
    cell = (clause, series, x)
    return Target(what, wanted, at_least, share(*cell), trusted=share_interval(*cell))


def _false_digits(kind: str, wanted: float) -> Target:
    return Target(f"false digits an hour, {kind}", wanted, False, talk_off(kind), HOURLY, _talk_off_words(kind))


def _speed(what: str) -> Measured:
    def found(report: Report, receiver: str) -> float | None:
        for each in report.speed:
            if each.what == what and receiver in each.rates:
                return each.rates[receiver].median
        return None

    return found


_LOSS: Final = loss.WAYS[0].name

TARGETS: Final = (
    _accepted("accepted, both tones 1.5 % off", 100, True, "frequency", frequency.BOTH, 1.5),
    _accepted("accepted, both tones 1.8 % off", 100, True, "frequency", frequency.BOTH, 1.8),
    _accepted("falsely accepted, one tone 3.0 % off", 0, False, "frequency", frequency.ONE, 3.0),
    _accepted("falsely accepted, one tone 3.5 % off", 0, False, "frequency", frequency.ONE, 3.5),
    Target("twist, high tone weaker", 9, True, _twist(level.HIGH_WEAKER), DB),
    Target("twist, low tone weaker", 5, True, _twist(level.LOW_WEAKER), DB),
    Target("dynamic range", 50, True, _range, DB),
    _accepted("tones of 23 ms accepted", 0, False, "duration", "duration", 23),
    Target("signal to noise at which 1,000 of 1,000 digits of 50 ms come out", 5, False, _noise, DB),
    _accepted("100 ms at 0 dB signal to noise", 99, True, "noise", noise.LONG, 0),
    _accepted("100 ms inside speech, +10 dB", 99.5, True, "speech", "100 ms", 10),
    _accepted("100 ms inside speech, +5 dB", 97, True, "speech", "100 ms", 5),
    _accepted("100 ms inside speech, 0 dB", 85, True, "speech", "100 ms", 0),
    _accepted("50 ms, 5 % of packets lost, zeros in their place", 99, True, "loss", _LOSS, 5),
    _accepted("50 ms, 10 % of packets lost, zeros in their place", 97, True, "loss", _LOSS, 10),
    _false_digits("speech", 0.05),
    _false_digits("music", 0.3),
    Target("audio seconds per core second, all tones", 5000, True, _speed("all tones"), "{:,.0f}"),
)
