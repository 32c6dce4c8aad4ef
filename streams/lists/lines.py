"""Lines of a file of entries, as fields: JSON objects, or CSV with names of fields in its first line."""

import csv
from collections.abc import Iterator
from typing import Any, Final, Literal, TextIO

import msgspec

from schemas.records import ListEntry

Form = Literal["jsonl", "csv"]

FIELDS: Final = ListEntry.__struct_fields__
LONGEST_LINE: Final = 1 << 16
_MANY: Final = ("calls", "prefixes")


class LineError(ValueError):
    """A line that is no entry; the message never repeats a number."""


def lines(file: TextIO, form: Form, errors: list[tuple[int, str]]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Fields by line number; what is no line of such a file is an error."""
    head: list[str] | None = None
    for number, line in enumerate(_bounded(file), start=1):
        try:
            if not line.strip():
                continue
            if len(line) > LONGEST_LINE:
                raise LineError(f"longer than {LONGEST_LINE} characters")
            if form == "jsonl":
                yield number, _object(line)
            elif head is None:
                head = _cells(line)
                if unknown := sorted(set(head) - {*FIELDS, "number"}):
                    raise LineError(f"columns that no entry has: {', '.join(unknown)[:200]}")
            else:
                cells = _cells(line)
                if len(cells) != len(head):
                    raise LineError(f"{len(cells)} cells under {len(head)} columns")
                yield number, {name: _value(name, cell) for name, cell in zip(head, cells, strict=True) if cell}
        except LineError as error:
            errors.append((number, str(error)))
            if form == "csv" and number == 1:
                return


def _bounded(file: TextIO) -> Iterator[str]:
    """Lines, none held in memory that is much longer than it may be."""
    while line := file.readline(LONGEST_LINE + 1):
        rest = line
        while len(rest) > LONGEST_LINE and not rest.endswith("\n"):
            rest = file.readline(LONGEST_LINE + 1)
        yield line


def _object(line: str) -> dict[str, Any]:
    try:
        told = msgspec.json.decode(line.encode())
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        raise LineError(f"no JSON: {error}") from error
    if not isinstance(told, dict):
        raise LineError("no JSON object")
    return told


def _cells(line: str) -> list[str]:
    try:
        return next(iter(csv.reader([line.removeprefix("\ufeff")], strict=True)), [])
    except csv.Error as error:
        raise LineError(f"no CSV: {error}") from error


def _value(name: str, cell: str) -> Any:
    return cell.split(" ") if name in _MANY else cell
