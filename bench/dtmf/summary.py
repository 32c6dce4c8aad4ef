"""A report in tables: what was to be reached, and every case; the same rows on the terminal and on the page."""

from itertools import groupby

from bench.dtmf.results import Cell, Report
from bench.dtmf.targets import TARGETS
from bench.heard.roster import OURS
from models.evaluation.intervals import binomial_interval

Grid = tuple[list[str], list[list[str]]]


def receivers(report: Report) -> list[str]:
    """All that took part everywhere, ours first."""
    return sorted(report.receivers, key=lambda name: name != OURS)


def targets(report: Report, *, every: bool = True) -> Grid:
    """What was to be reached, what others came to and ours; what wasn't measured says so, unless `every` is false."""
    others = [name for name in receivers(report) if name != OURS]
    rows = []
    for target in TARGETS:
        ours = target.measured(report, OURS)
        if ours is None and not every:
            continue
        said = "not measured" if ours is None else "reached" if target.reached(ours) else "**not reached**"
        figures = [target.figure(report, name) for name in (*others, OURS)]
        rows.append([target.what, target.words, *figures, said])
    return ["what", "target", *others, OURS, ""], rows


def cells(report: Report) -> Grid:
    """Every case: share accepted, per cent, and ours with its interval."""
    names = list(dict.fromkeys([*receivers(report), *(name for cell in report.cells for name in cell.hits)]))
    rows = [
        [cell.clause, cell.series, f"{cell.x:g}", cell.wanted, *(percent(cell, name) for name in names)]
        for _, group in groupby(report.cells, key=lambda cell: cell.clause)
        for cell in group
    ]
    return ["clause", "case", "x", "wanted", *names], rows


def percent(cell: Cell, name: str) -> str:
    """Share that a receiver accepted, per cent."""
    return f"{100.0 * cell.hits[name] / cell.trials:.1f}" if name in cell.hits else ""


def interval(cell: Cell, name: str) -> str:
    """Interval of that share, per cent."""
    if name not in cell.hits:
        return ""
    low, high = binomial_interval(cell.hits[name], cell.trials)
    return f"{100 * low:.1f} to {100 * high:.1f}"
