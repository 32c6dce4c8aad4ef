"""Q.24's table 1, clause by clause, in its two columns: what AT&T asks of a receiver and what NTT does."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from bench.dtmf.clauses import frequency, level
from bench.dtmf.results import Cell, Report
from bench.dtmf.summary import Grid, receivers

Column = Literal["AT&T", "NTT"]


@dataclass(frozen=True, slots=True)
class Ask:
    """One demand of a column: which cells it is about, and whether they are to be accepted."""

    column: Column
    what: str
    clause: str
    about: Callable[[Cell], bool]
    accept: bool = True


def _upto(series: str, x: float) -> Callable[[Cell], bool]:
    return lambda cell: cell.series == series and cell.x <= x


def _from(series: str, x: float) -> Callable[[Cell], bool]:
    return lambda cell: cell.series == series and cell.x >= x


def _within(series: str, low: float, high: float) -> Callable[[Cell], bool]:
    return lambda cell: cell.series == series and low <= cell.x <= high


ASKS: Final = (
    Ask("AT&T", "accept up to 1.5 % off", "frequency", _upto(frequency.BOTH, 1.5)),
    Ask("NTT", "accept up to 1.8 % off", "frequency", _upto(frequency.BOTH, 1.8)),
    Ask("AT&T", "reject from 3.5 % off", "frequency", _from(frequency.ONE, 3.5), accept=False),
    Ask("NTT", "reject from 3.0 % off", "frequency", _from(frequency.ONE, 3.0), accept=False),
    Ask("AT&T", "accept 0 to -25 dBm0", "level", _within("level", -25, 0)),
    Ask("NTT", "accept -3 to -24 dBm0", "level", _within("level", -24, -3)),
    Ask("AT&T", "reject below -55 dBm0", "level", _upto("level", -56), accept=False),
    Ask("NTT", "reject below -29 dBm0", "level", _upto("level", -30), accept=False),
    Ask("AT&T", "accept high tone up to 8 dB weaker", "twist", _upto(level.HIGH_WEAKER, 8)),
    Ask("AT&T", "accept low tone up to 4 dB weaker", "twist", _upto(level.LOW_WEAKER, 4)),
    Ask("NTT", "accept high tone up to 5 dB weaker", "twist", _upto(level.HIGH_WEAKER, 5)),
    Ask("NTT", "accept low tone up to 5 dB weaker", "twist", _upto(level.LOW_WEAKER, 5)),
    Ask("AT&T", "accept tones from 40 ms", "duration", _from("duration", 40)),
    Ask("NTT", "accept tones from 40 ms", "duration", _from("duration", 40)),
    Ask("AT&T", "reject tones up to 23 ms", "duration", _upto("duration", 23), accept=False),
    Ask("NTT", "reject tones up to 24 ms", "duration", _upto("duration", 24), accept=False),
    Ask("AT&T", "tell apart from a pause of 40 ms", "pause", _from("pause", 40)),
    Ask("NTT", "tell apart from a pause of 30 ms", "pause", _from("pause", 30)),
    Ask("AT&T", "93 ms from digit to digit", "pause", _within("velocity", 93, 93)),
    Ask("NTT", "120 ms from digit to digit", "pause", _within("velocity", 120, 120)),
    Ask("AT&T", "bridge a break up to 10 ms", "break", _upto("break", 10)),
    Ask("NTT", "bridge a break up to 10 ms", "break", _upto("break", 10)),
    Ask("AT&T", "accept with an echo of 20 ms, 16 dB", "echo", lambda cell: cell.x >= 16),
)


def asked(report: Report) -> Grid:
    """What each column asks for and how far each receiver comes, per cent; what was not measured is left out."""
    names = receivers(report)
    rows = [
        [ask.column, ask.what, *(worst(cells, name, ask.accept) for name in names)]
        for ask in ASKS
        if (cells := [cell for cell in report.of(ask.clause) if ask.about(cell)])
    ]
    return ["column", "asks to", *(f"{name}, %" for name in names)], rows


def worst(cells: list[Cell], name: str, accept: bool) -> str:
    """Find the share accepted in the cell in which a receiver does worst; bold where it is no more than a slip.

    A slip is one trial in a hundred: Q.24 itself says nothing of how many digits may fail.
    """
    shares = [100.0 * cell.hits[name] / cell.trials for cell in cells if name in cell.hits]
    if not shares:
        return ""
    share = min(shares) if accept else max(shares)
    good = share >= 99.0 if accept else share <= 1.0
    return f"**{share:.1f}**" if good else f"{share:.1f}"
