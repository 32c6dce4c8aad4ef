"""What was to be reached, beside what was."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan, nan
from typing import Final

from bench.progress.mistaken import Rate, rate
from bench.progress.results import CHUNK, CHUNKS, OURS, SPANDSP, Report
from bench.progress.signals import SUPERVISORY
from bench.progress.tally import Share, share
from bench.progress.tasks import COUNTRIES

_SHARES: Final = (  # what, symbols, condition, least share
    ("CNG at 15 dB", ("cng",), "15 dB", 1.0),
    ("CED at 15 dB", ("ced",), "15 dB", 1.0),
    ("CED at 12 dB", ("ced",), "12 dB", 1.0),
    ("supervisory tones at 20 dB", SUPERVISORY, "20 dB", 1.0),
    ("supervisory tones at 10 dB", SUPERVISORY, "10 dB", 0.95),
)
_RATES: Final = (("speech", 0.3), ("music", 2.0))  # most false supervisory tones an hour
LEAST_SPEED: Final = 5000.0  # seconds of audio a second of one core


@dataclass(frozen=True, slots=True)
class Target:
    """One line; cells are words. ``reached`` is None where nothing was measured."""

    what: str
    wanted: str
    spandsp: str
    measured: str
    reached: bool | None

    @property
    def said(self) -> str:
        """Whether it was reached, in words; what wasn't stands out."""
        return {True: "reached", False: "**not reached**", None: "not measured"}[self.reached]


def targets(report: Report) -> list[Target]:
    """Every target, measured in this run or not."""
    found = []
    for what, symbols, condition, least in _SHARES:
        ours, theirs = (_share(report, way, symbols, condition) for way in (OURS, SPANDSP))
        wanted = "100 %" if least == 1.0 else f"at least {100 * least:g} %"
        reached = ours.value >= least if ours.trials else None
        found.append(Target(what, wanted, percent(theirs), percent(ours), reached))
    for kind, most in _RATES:
        theirs_rate = rate(report.mistaken.listened, kind, f"{SPANDSP}, {COUNTRIES[0]}", SUPERVISORY)
        for way, where in ((OURS, "one stream"), (CHUNKS, "chunk by chunk")):
            ours_rate = rate(report.mistaken.listened, kind, way, SUPERVISORY)
            what = f"false supervisory tones an hour of {kind}, {where}"
            reached = ours_rate.value <= most if ours_rate.hours else None
            found.append(Target(what, f"at most {most:g}", hourly(theirs_rate), hourly(ours_rate), reached))
    rates = {case.name: case.rate.median for case in report.speed.cases}
    slowest = min((rates[name] for name in rates if name.startswith(OURS)), default=nan)
    found.append(
        Target(
            "seconds of audio a core-second, all tones, the slower way",
            f"at least {LEAST_SPEED:,.0f}",
            _whole(rates.get(SPANDSP, nan)),
            _whole(slowest),
            None if isnan(slowest) else slowest >= LEAST_SPEED,
        )
    )
    return found


def percent(found: Share) -> str:
    """A share in per cent with its interval."""
    if not found.trials:
        return "n/a"
    low, high = found.interval
    return f"{_short(found.value)} % ({_short(low)}-{_short(high)})"


def hourly(found: Rate) -> str:
    """A rate with its count, its hours and its interval."""
    if isnan(found.value):
        return "n/a"
    low, high = found.interval
    return f"{found.value:.2f} ({found.events:,} in {found.hours:.1f} h; {low:.2f}-{high:.2f})"


def _whole(value: float) -> str:
    return "n/a" if isnan(value) else f"{value:,.0f}"


def _short(value: float) -> str:
    """Per cent with one decimal that never rounds up to 100."""
    rounded = round(100 * value, 1)
    return f"{99.9 if rounded == 100 and value < 1 else rounded:g}"


def _share(report: Report, way: str, symbols: tuple[str, ...], condition: str) -> Share:
    return share(report.cells, lambda cell: cell.way == way and cell.symbol in symbols and cell.condition == condition)


Printed = tuple[str, tuple[str, ...], Sequence[tuple[str, ...]]]


def summary(report: Report, *, details: bool) -> list[Printed]:
    """What a terminal shows: targets, what was mistaken, and in detail each signal in each condition."""
    found: list[Printed] = []
    lines = [(t.what, t.wanted, t.spandsp, t.measured, t.said) for t in targets(report) if t.reached is not None]
    if lines:
        found.append(("targets", ("target", "to reach", "spandsp", "callsieve", ""), lines))
    rows = []
    for symbol in dict.fromkeys(cell.symbol for cell in report.cells):
        for condition in dict.fromkeys(cell.condition for cell in report.cells if cell.symbol == symbol):
            ways = [_share(report, way, (symbol,), condition) for way in (OURS, CHUNK, SPANDSP)]
            rows.append((symbol, condition, *(percent(one) for one in ways), _others(report, symbol, condition)))
    if rows:
        found.append(
            ("named right", ("signal", "condition", "stream", "chunk", "spandsp", "forms not always right"), rows)
        )
    if report.mistaken.listened:
        kinds = list(dict.fromkeys(one.kind for one in report.mistaken.listened))
        names = sorted({name for one in report.mistaken.listened for name in one.named})
        rows = []
        for way in dict.fromkeys(one.way for one in report.mistaken.listened):
            for name in names:
                rates = [rate(report.mistaken.listened, kind, way, (name,)) for kind in kinds]
                if any(one.events for one in rates):
                    rows.append((way, name, *(hourly(one) for one in rates)))
        found.append(("heard where there is none, an hour", ("who", "name", *kinds), rows))
    if details and report.mistaken.examples:
        rows = [
            (
                one.way,
                one.symbol,
                one.source,
                one.recording,
                f"{one.speed:g}",
                f"{one.start_s:.2f}",
                f"{one.duration_s:.2f}",
            )
            for one in report.mistaken.examples
        ]
        found.append(("where", ("who", "name", "source", "recording", "speed", "at s", "for s"), rows))
    return found


def _others(report: Report, symbol: str, condition: str) -> str:
    """Forms of a signal that were not always named right in a stream, the worst first, and what was heard there."""
    here = [
        c for c in report.cells if (c.symbol, c.condition, c.way) == (symbol, condition, OURS) and c.right < c.trials
    ]
    worst = sorted(here, key=lambda cell: cell.right / cell.trials)[:3]
    return "; ".join(
        f"{cell.form} {cell.right}/{cell.trials} ({', '.join(f'{n} {c}' for n, c in cell.names.items())})"
        for cell in worst
    )
