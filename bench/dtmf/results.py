"""What the benchmark of DTMF finds, and its JSON shape."""

from pathlib import Path
from typing import Final

import msgspec

from bench.result import Machine, Ratio, Spread, read_as, write_as

FORMAT: Final = 1


class Cell(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One case: how many of its trials each receiver accepted; ``wanted`` tells whether that is good.

    ``failed`` tells why a receiver has no figure here.
    """

    clause: str
    series: str
    x: float
    wanted: str
    trials: int
    hits: dict[str, int]
    failed: dict[str, str] = {}


class Fired(msgspec.Struct, frozen=True, kw_only=True):
    """A digit that our receiver heard where none was sent; ``at_s`` is the second of the file at its own speed."""

    source: str
    file: str
    speed: float
    at_s: float
    symbol: str


class TalkOff(msgspec.Struct, frozen=True, kw_only=True):
    """False digits in recordings of a kind played at a speed; ``hours`` are those heard, so fewer at higher speeds."""

    kind: str
    source: str
    speed: float
    recordings: int
    hours: float
    false: dict[str, int]
    fired: list[Fired]


class Speed(msgspec.Struct, frozen=True, kw_only=True):
    """Audio seconds per second of one core, and how many times as fast ours is, formed round by round."""

    what: str
    unit: str
    rounds: int
    rates: dict[str, Spread]
    ratios: list[Ratio]


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
    receivers: dict[str, str]
    missing: list[str]
    left_out: dict[str, str]
    cells: list[Cell]
    talk_off: list[TalkOff]
    speed: list[Speed]

    def of(self, clause: str, series: str | None = None) -> list[Cell]:
        """Cells of a clause, or of one series of it."""
        return [cell for cell in self.cells if cell.clause == clause and series in (None, cell.series)]


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
    return read_as(path, Report, FORMAT, "report on DTMF")
