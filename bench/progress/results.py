"""What the benchmark of tones finds, and its JSON shape."""

from pathlib import Path
from typing import Final

import msgspec

from bench.progress.mistaken import Mistaken
from bench.progress.tally import Cell
from bench.result import Findings, Machine, read_as

FORMAT: Final = 1
OURS: Final = "callsieve"
CHUNK: Final = "callsieve, one chunk"
CHUNKS: Final = "callsieve, chunk by chunk"
SPANDSP: Final = "spandsp"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One run: trials, what was mistaken for a tone, and speed.

    ``half`` tells which half of the material it was, ``missing`` which peers or recordings weren't there.
    """

    format: int = FORMAT
    command: str
    began: str
    seconds: float
    commit: str
    seed: int
    half: str
    quick: bool
    machine: Machine
    missing: list[str]
    cells: list[Cell]
    mistaken: Mistaken
    speed: Findings


def write_report(report: Report, path: Path) -> None:
    """Write a report, a line for each cell; OSError if it can't be written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fields = {name: getattr(report, name) for name in Report.__struct_fields__}
    lines = [f'"{name}": {_lined(name, value)}' for name, value in fields.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _lined(name: str, value: object) -> str:
    if isinstance(value, list) and name != "missing":
        return "[\n" + ",\n".join(msgspec.json.encode(one).decode() for one in value) + "\n]"
    return msgspec.json.encode(value).decode()


def read_report(path: Path) -> Report:
    """Read a report.

    Raises
    ------
    BenchError
        If the file holds anything else, or a report of another format.
    OSError
        If it can't be read.
    """
    return read_as(path, Report, FORMAT, "report on tones")
