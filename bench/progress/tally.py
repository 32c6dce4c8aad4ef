"""What became of trials, counted; shares with their intervals."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import isnan
from statistics import median

import msgspec

from bench.progress.ears import Named
from bench.progress.signals import Signal
from models.evaluation.intervals import binomial_interval

UNNAMED = "tone"  # a supervisory burst whose meaning is not known yet


class Cell(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Trials of one signal in one condition, heard in one way.

    ``right``: a right name and no other; ``also``: a right name and a wrong one; ``unnamed``: heard as a supervisory
    tone of unknown meaning; ``wrong``: other names only; ``missed``: nothing. ``names`` counts every name heard.
    ``known_s`` is the median of how many seconds after the signal's beginning a tone of a right name counts (its name
    may need more of it), where told.
    """

    symbol: str
    form: str
    condition: str
    way: str
    trials: int = 0
    right: int = 0
    also: int = 0
    unnamed: int = 0
    wrong: int = 0
    missed: int = 0
    names: dict[str, int] = {}
    known_s: float | None = None


def outcome(right: frozenset[str], heard: frozenset[str]) -> str:
    """Which of a cell's five counts a trial belongs to."""
    named = heard - {UNNAMED}
    if named & right:
        return "also" if named - right else "right"
    if named:
        return "wrong"
    return "unnamed" if heard else "missed"


@dataclass(slots=True)
class Tally:
    """Counts outcomes by signal, condition and way."""

    _counts: dict[tuple[str, str, str, str], Counter[str]] = field(default_factory=dict)
    _names: dict[tuple[str, str, str, str], Counter[str]] = field(default_factory=dict)
    _known: dict[tuple[str, str, str, str], list[float]] = field(default_factory=dict)

    def add(self, signal: Signal, condition: str, way: str, heard: Named, begins_s: float = 0.0) -> None:
        """Count a trial whose signal begins at a second."""
        key = (signal.symbol, signal.form, condition, way)
        self._counts.setdefault(key, Counter()).update([outcome(signal.right, frozenset(heard))])
        self._names.setdefault(key, Counter()).update(list(heard))
        told = [known for name, known in heard.items() if name in signal.right and not isnan(known)]
        self._known.setdefault(key, []).extend([min(told) - begins_s] if told else [])

    def cells(self) -> list[Cell]:
        """Everything counted, in the order in which it was first met."""
        return [
            Cell(
                symbol=key[0],
                form=key[1],
                condition=key[2],
                way=key[3],
                trials=counts.total(),
                names=dict(sorted(self._names[key].items())),
                known_s=round(median(self._known[key]), 3) if self._known[key] else None,
                **counts,
            )
            for key, counts in self._counts.items()
        ]


@dataclass(frozen=True, slots=True)
class Share:
    """Hits among trials."""

    hits: int
    trials: int

    @property
    def value(self) -> float:
        """From 0 to 1; NaN of none."""
        return self.hits / self.trials if self.trials else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """95 %, Clopper and Pearson."""
        return binomial_interval(self.hits, self.trials)


def pooled(cells: Iterable[Cell], wanted: Callable[[Cell], bool]) -> dict[str, int]:
    """Sum of the counts of some cells."""
    total = dict.fromkeys(("trials", "right", "also", "unnamed", "wrong", "missed"), 0)
    for cell in cells:
        if wanted(cell):
            for name in total:
                total[name] += getattr(cell, name)
    return total


def share(cells: Iterable[Cell], wanted: Callable[[Cell], bool]) -> Share:
    """How often the right name, and no other, was heard in some cells."""
    found = pooled(cells, wanted)
    return Share(found["right"], found["trials"])
