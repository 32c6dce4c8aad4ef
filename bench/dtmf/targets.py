"""What was to be reached, against what was measured."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bench.dtmf.clauses import frequency, level, loss, noise
from bench.dtmf.results import Cell, Report
from bench.dtmf.talkoff import added
from bench.heard.rates import poisson_interval

ENOUGH: Final = 0.99  # share accepted that counts as operating, where a limit is looked for in a sweep

Measured = Callable[[Report, str], float | None]


@dataclass(frozen=True, slots=True)
class Target:
    """One figure to reach.

    ``measured`` finds it in a report for a receiver, None where it wasn't measured; ``at_least`` tells in which
    direction it is good; ``form`` writes it.
    """

    what: str
    wanted: float
    at_least: bool
    measured: Measured
    form: str = "{:.1f} %"

    def reached(self, value: float) -> bool:
        """Whether a value is as good as wanted."""
        return value >= self.wanted - 1e-9 if self.at_least else value <= self.wanted + 1e-9

    @property
    def words(self) -> str:
        """The target as tables have it."""
        exact = (self.at_least and self.wanted == 100.0) or (not self.at_least and self.wanted == 0.0)
        sign = "" if exact else ("at least " if self.at_least else "at most ")
        return sign + self.form.format(self.wanted)


def share(clause: str, series: str, x: float) -> Measured:
    """Per cent of a cell's trials that a receiver accepted."""

    def found(report: Report, receiver: str) -> float | None:
        for cell in report.of(clause, series):
            if cell.x == x and receiver in cell.hits:
                return 100.0 * cell.hits[receiver] / cell.trials
        return None

    return found


def furthest(cells: Sequence[Cell], receiver: str, enough: float) -> float | None:
    """Find the last x, going through cells as they stand, up to which a receiver accepts that share everywhere."""
    last = None
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
    return max(found) if found else None


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


def _speed(what: str) -> Measured:
    def found(report: Report, receiver: str) -> float | None:
        for each in report.speed:
            if each.what == what and receiver in each.rates:
                return each.rates[receiver].median
        return None

    return found


_LOSS: Final = loss.WAYS[0].name
DB, HOURLY = "{:g} dB", "{:.2f}"

TARGETS: Final = (
    Target("accepted, both tones 1.5 % off", 100, True, share("frequency", frequency.BOTH, 1.5)),
    Target("accepted, both tones 1.8 % off", 100, True, share("frequency", frequency.BOTH, 1.8)),
    Target("falsely accepted, one tone 3.0 % off", 0, False, share("frequency", frequency.ONE, 3.0)),
    Target("falsely accepted, one tone 3.5 % off", 0, False, share("frequency", frequency.ONE, 3.5)),
    Target("twist, high tone weaker", 9, True, _twist(level.HIGH_WEAKER), DB),
    Target("twist, low tone weaker", 5, True, _twist(level.LOW_WEAKER), DB),
    Target("dynamic range", 50, True, _range, DB),
    Target("tones of 23 ms accepted", 0, False, share("duration", "duration", 23)),
    Target("signal to noise at which 1,000 of 1,000 digits of 50 ms come out", 5, False, _noise, DB),
    Target("100 ms at 0 dB signal to noise", 99, True, share("noise", noise.LONG, 0)),
    Target("100 ms inside speech, +10 dB", 99.5, True, share("speech", "100 ms", 10)),
    Target("100 ms inside speech, +5 dB", 97, True, share("speech", "100 ms", 5)),
    Target("100 ms inside speech, 0 dB", 85, True, share("speech", "100 ms", 0)),
    Target("50 ms, 5 % of packets lost", 99, True, share("loss", _LOSS, 5)),
    Target("50 ms, 10 % of packets lost", 97, True, share("loss", _LOSS, 10)),
    Target("false digits an hour, speech", 0.05, False, talk_off("speech"), HOURLY),
    Target("false digits an hour, music", 0.3, False, talk_off("music"), HOURLY),
    Target("audio seconds per core second, all tones", 5000, True, _speed("all tones"), "{:,.0f}"),
)
