"""What a benchmark finds, and its JSON shape under ``docs/results``."""

from pathlib import Path
from typing import Final, Protocol, TypeVar

import msgspec

FORMAT: Final = 1  # of the JSON; another shape has another number


class BenchError(RuntimeError):
    """A benchmark can't be run, or what it compares does not agree; the message says why."""


class Formatted(Protocol):
    """What tells its format."""

    @property
    def format(self) -> int:
        """Number of its JSON shape."""
        ...


KindT = TypeVar("KindT", bound=Formatted)


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """A figure over the rounds of one run: median, least and greatest."""

    median: float
    low: float
    high: float


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One way of doing the work.

    ``rate`` is in units per CPU second of this process, all its threads; ``baseline`` says that it is not ours.
    """

    name: str
    about: str
    baseline: bool
    rate: Spread


class Ratio(msgspec.Struct, frozen=True, kw_only=True):
    """How many times the rate of ``over`` the rate of ``of`` is, formed round by round."""

    of: str
    over: str
    times: Spread


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A single measured number."""

    name: str
    value: float
    unit: str


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """What a benchmark gives back; ``parameters`` say what was worked on, ``notes`` what a reader should know."""

    unit: str = ""
    rounds: int = 0
    cases: list[Case] = []
    ratios: list[Ratio] = []
    figures: list[Figure] = []
    parameters: dict[str, int | float | str] = {}
    notes: list[str] = []


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """Where it was measured; ``load`` is the load average of the minute before: much above 0, others were at work."""

    processor: str
    cores: int
    memory_gb: float
    system: str
    python: str
    libraries: dict[str, str]
    load: float


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One run of one benchmark, as it is kept.

    ``command`` runs it again, ``began`` is UTC, ``commit`` is the code's with a ``+`` where files were changed since,
    ``quick`` marks a run too short to quote.
    """

    format: int = FORMAT
    name: str
    title: str
    about: str
    command: str
    began: str
    seconds: float
    commit: str
    seed: int
    quick: bool
    machine: Machine
    findings: Findings


def write_as(value: msgspec.Struct, path: Path) -> None:
    """Write what was measured as JSON for people to read, a folder for it too; OSError if it can't be written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n")


def write_result(result: Result, folder: Path) -> Path:
    """Write a result as ``NAME.json``; its path.

    Raises
    ------
    OSError
        If the folder can't be made or written.
    """
    path = folder / f"{result.name}.json"
    write_as(result, path)
    return path


def read_result(path: Path) -> Result:
    """Read a result.

    Raises
    ------
    BenchError
        If the file holds anything else, or a result of another format.
    OSError
        If it can't be read.
    """
    return read_as(path, Result, FORMAT, "benchmark's result")


def read_as(path: Path, kind: type[KindT], form: int, what: str) -> KindT:
    """Read a file of JSON that tells its format.

    Parameters
    ----------
    path : Path
    kind : type
        A struct with a ``format``.
    form : int
        The format that is understood.
    what : str
        What the file should be, as an error says it.

    Raises
    ------
    BenchError
        If the file holds anything else, or another format.
    OSError
        If it can't be read.
    """
    try:
        found = msgspec.json.decode(path.read_bytes(), type=kind)
    except msgspec.DecodeError as error:
        raise BenchError(f"{path} is no {what}: {error}") from error
    if found.format != form:
        raise BenchError(f"{path} is of format {found.format}, this program reads {form}")
    return found
