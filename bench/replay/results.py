"""What the benchmark of replays finds, and its JSON shape."""

from pathlib import Path
from typing import Final

import msgspec

from bench.result import Machine, Spread, read_as, write_as

FORMAT: Final = 1


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One distortion at one length of query: how many of its trials a contender answered rightly.

    ``hits`` and ``hits_4`` count those above the thresholds of 1e-3 and 1e-4; ``least`` and ``most`` are ``hits`` at
    the ends of the first threshold's interval; ``identified`` counts right calls whatever their score, ``wrong``
    others' calls above the first threshold.
    """

    contender: str
    length: str
    distortion: str
    kind: str
    trials: int
    identified: int
    hits: int
    hits_4: int
    least: int
    most: int
    wrong: int


class Total(msgspec.Struct, frozen=True, kw_only=True):
    """All distortions at one rate of false matches, and the threshold; intervals are bootstraps over recordings.

    ``recall_low`` and ``recall_high`` draw known calls, and take the threshold's interval in.
    """

    contender: str
    length: str
    rate: float
    unknown: int
    threshold: float
    threshold_low: float
    threshold_high: float
    extrapolated: bool
    recall: float
    recall_low: float
    recall_high: float


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """Recall of all distortions over the rate of false matches."""

    contender: str
    length: str
    rates: list[float]
    recall: list[float]


class Stated(msgspec.Struct, frozen=True, kw_only=True):
    """How many unknown queries were matched with a probability of at most ``chance``, as ours states it."""

    length: str
    chance: float
    unknown: int
    seen: int


class Errors(msgspec.Struct, frozen=True, kw_only=True):
    """How far off ours is in place, pitch and tempo where it found the call: median and 95th percentile, absolute."""

    length: str
    kind: str
    found: int
    offset_s: tuple[float, float]
    pitch: tuple[float, float]
    tempo: tuple[float, float]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Recall at 1e-3 by what was replayed."""

    contender: str
    length: str
    kind: str
    trials: int
    hits: int


class Unknown(msgspec.Struct, frozen=True, kw_only=True):
    """Queries of unknown calls by kind, from how many calls, and how many were matched above the threshold of 1e-3."""

    contender: str
    length: str
    kind: str
    queries: int
    calls: int
    matched: int


class Speed(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the work."""

    what: str
    unit: str
    figure: Spread


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """What a contender keeps of a call on average, and for each second of it."""

    contender: str
    bytes_per_call: float
    bytes_per_s: float


class Corpus(msgspec.Struct, frozen=True, kw_only=True):
    """What was heard: calls and seconds by kind and source, known and unknown."""

    known: dict[str, int]
    unknown: dict[str, int]
    known_s: float
    unknown_s: float
    known_recordings: int
    unknown_recordings: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One run of the benchmark."""

    format: int = FORMAT
    command: str
    began: str
    seconds: float
    commit: str
    seed: int
    half: str
    quick: bool
    machine: Machine
    contenders: dict[str, str]
    missing: list[str]
    corpus: Corpus
    cells: list[Cell]
    totals: list[Total]
    curves: list[Curve]
    stated: list[Stated]
    errors: list[Errors]
    parts: list[Part]
    unknown: list[Unknown]
    speed: list[Speed]
    sizes: list[Size]

    def of(self, contender: str, length: str) -> list[Cell]:
        """Cells of a contender at one length."""
        return [cell for cell in self.cells if (cell.contender, cell.length) == (contender, length)]

    def total(self, contender: str, length: str, rate: float) -> Total | None:
        """All distortions of a contender at one length and rate; None where it wasn't asked."""
        for total in self.totals:
            if (total.contender, total.length, total.rate) == (contender, length, rate):
                return total
        return None


def write_report(report: Report, path: Path) -> None:
    """Write a report; OSError if it can't be written."""
    write_as(report, path)


def read_report(path: Path) -> Report:
    """Read a report.

    Raises
    ------
    BenchError
        If the file holds anything else, or a report of another format.
    OSError
        If it can't be read.
    """
    return read_as(path, Report, FORMAT, "report on replays")
