"""What was to be reached, against what was measured."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from bench.replay.ours import OURS
from bench.replay.results import Cell, Report, Total
from bench.replay.speed import ENROLMENT, QUERY
from bench.replay.tally import RATES
from bench.replay.trials import FIVE, FOUR, TWO
from models.evaluation.intervals import binomial_interval

Found = tuple[float, str]  # a figure, and how it is written, with its interval


@dataclass(frozen=True, slots=True)
class Target:
    """One figure to reach; ``measured`` gives None for a contender that wasn't asked."""

    what: str
    wanted: float
    at_least: bool
    words: str
    measured: Callable[[Report, str], Found | None]

    def reached(self, value: float) -> bool:
        """Whether a value is as good as wanted."""
        return value >= self.wanted if self.at_least else value <= self.wanted


def share(value: float, low: float, high: float) -> str:
    """Write a share with its interval."""
    return f"{value:.3f} ({low:.3f} to {high:.3f})"


def recall(cell: Cell) -> str:
    """Write a distortion's recall with its interval."""
    return share(cell.hits / cell.trials, *binomial_interval(cell.hits, cell.trials))


def mean(total: Total) -> str:
    """Write the recall of all distortions with its interval."""
    return share(total.recall, total.recall_low, total.recall_high)


def _mean(length: str) -> Callable[[Report, str], Found | None]:
    def found(report: Report, contender: str) -> Found | None:
        total = report.total(contender, length, RATES[0])
        return None if total is None else (total.recall, mean(total))

    return found


def _worst(report: Report, contender: str) -> Found | None:
    cells = report.of(contender, FIVE)
    if not cells:
        return None
    worst = min(cells, key=lambda cell: cell.hits / cell.trials)
    return worst.hits / worst.trials, f"{recall(worst)}: {worst.distortion}"


def _one(distortion: str) -> Callable[[Report, str], Found | None]:
    def found(report: Report, contender: str) -> Found | None:
        for cell in report.of(contender, FIVE):
            if cell.distortion == distortion:
                return cell.hits / cell.trials, recall(cell)
        return None

    return found


def _speed(what: str, form: str) -> Callable[[Report, str], Found | None]:
    def found(report: Report, contender: str) -> Found | None:
        for speed in report.speed:
            if contender == OURS and speed.what == what:
                return speed.figure.median, form.format(speed.figure.median)
        return None

    return found


TARGETS: Final = (
    Target("5 s, mean over distortions", 0.98, True, "at least 0.98", _mean(FIVE)),
    Target("5 s, the worst distortion", 0.85, True, "at least 0.85", _worst),
    Target("5 s, double talk 0 dB", 0.90, True, "at least 0.90", _one("double talk 0 dB")),
    Target("2 s, mean over distortions", 0.90, True, "at least 0.90, among 100,000 calls", _mean(TWO)),
    Target("4 s, mean over distortions", 0.96, True, "at least 0.96", _mean(FOUR)),
    Target("enrolment, audio s per core s", 500.0, True, "at least 500", _speed(ENROLMENT, "{:,.0f}")),
    Target("a query of 5 s, outside the store", 15.0, False, "at most 15 ms of a core", _speed(QUERY, "{:.1f} ms")),
)


def reached(report: Report) -> Iterator[list[str]]:
    """Rows of the table of targets: what, target, every contender's figure, and whether ours is good enough."""
    for target in TARGETS:
        found = {name: target.measured(report, name) for name in report.contenders}
        own = found.get(OURS)
        verdict = "" if own is None else "reached" if target.reached(own[0]) else "**not reached**"
        written = ["" if figure is None else figure[1] for figure in found.values()]
        yield [target.what, target.words, *written, verdict]
