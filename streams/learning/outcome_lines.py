"""Outcomes as people and platforms write them down: JSON lines, or CSV with the fields' names in its first line."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, Literal, get_args, get_type_hints

import msgspec

from schemas.records import Outcome
from streams.learning import LearningError
from streams.limits import check_outcome

MAX_LINE: Final = 1 << 16  # bytes
FIELDS: Final = frozenset(Outcome.__struct_fields__)
WORDS: Final[dict[str, tuple[str, ...]]] = {
    name: get_args(get_type_hints(Outcome)[name]) for name in ("ivr_result", "ended_by")
}
DELIMITERS: Final = ",;\t"  # spreadsheets write semicolons where a comma is the decimal mark
NO_TEXT: Final = "not UTF-8 text; nothing from here on is read"


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line that is no outcome, by its number from 1, and why."""

    number: int
    reason: str


def read_outcomes(source: BinaryIO, form: Literal["jsonl", "csv"], *, now_ms: int) -> Iterator[Outcome | RefusedLine]:
    """Outcomes of a file, line by line; a bad line is told and does not end it, unless it is no text.

    Parameters
    ----------
    source
        UTF-8. Empty lines are passed over.
    form
        How lines are written. What parts the values of a CSV (comma, semicolon, tab) is seen from its first line.
    now_ms
        ``reported_ms`` of outcomes that have none, ms since 1970.

    Yields
    ------
    Outcome or RefusedLine
        What each line says.

    Raises
    ------
    LearningError
        If the first line of a CSV names fields that no outcome has, or no call, or if it is plainly of the other form.
    """
    names: list[str] = []
    delimiter = ","
    begun = False
    for number, line in enumerate(_lines(source), 1):
        if line is None:
            yield RefusedLine(number, f"longer than {MAX_LINE} bytes")
            continue
        text = _text(line, first=number == 1)
        if text is None:
            yield RefusedLine(number, NO_TEXT)
            return
        if not text.strip():
            continue
        if not begun:
            begun = True
            _check_form(text, form)
            if form == "csv":
                delimiter = max(DELIMITERS, key=text.count)
                names = _names(text, delimiter)
                continue
        try:
            values = _csv_values(text, names, delimiter) if form == "csv" else _json_values(text)
            yield _outcome(values, strict=form == "jsonl", now_ms=now_ms)
        except RecursionError:
            yield RefusedLine(number, "nested too deeply")
        except (ValueError, csv.Error) as error:  # msgspec's errors are ValueErrors too
            yield RefusedLine(number, str(error)[:200])


def _lines(source: BinaryIO) -> Iterator[bytes | None]:
    """Lines of a file; None for one that is too long, which is read to its end and not kept."""
    while line := source.readline(MAX_LINE + 1):
        if len(line) <= MAX_LINE:
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = source.readline(MAX_LINE)
        yield None


def _text(line: bytes, *, first: bool) -> str | None:
    """A line without its end; None where it is no text: NUL is none, though UTF-8 has it."""
    try:
        text = line.decode("utf-8-sig" if first else "utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text.strip(" \r\n")  # tabs may part values


def _check_form(text: str, form: Literal["jsonl", "csv"]) -> None:
    if form == "csv" and text.startswith("{"):
        raise LearningError("the first line is an object, not the fields' names: is it --format jsonl?")
    parted = {name.strip(' "') for delimiter in DELIMITERS for name in text.split(delimiter)}
    if form == "jsonl" and not text.startswith("{") and parted & {"call_id", "sip_call_id"}:
        raise LearningError("the first line names fields, it is no object: is it --format csv?")


def _names(text: str, delimiter: str) -> list[str]:
    try:
        names = [name.strip() for name in next(csv.reader([text], delimiter=delimiter))]
    except csv.Error as error:
        raise LearningError(f"the first line can't be read: {error}") from error
    unknown = sorted({*names} - FIELDS)
    if unknown:
        told = f"the first line names {unknown[0][:40]!r}"
        raise LearningError(f"{told}; an outcome has {', '.join(sorted(FIELDS))}, with commas between them")
    if not {"call_id", "sip_call_id"} & {*names} or len({*names}) < len(names):
        raise LearningError("the first line must name call_id or sip_call_id, and each field once")
    return names


def _csv_values(text: str, names: list[str], delimiter: str) -> dict[str, object]:
    cells = next(csv.reader([text], strict=True, delimiter=delimiter))
    if len(cells) != len(names):
        raise ValueError(f"{len(cells)} values for {len(names)} fields")
    return {name: cell.strip() for name, cell in zip(names, cells, strict=True) if cell.strip()}


def _json_values(text: str) -> dict[str, object]:
    values = msgspec.json.decode(text)
    if not isinstance(values, dict):
        raise ValueError("not a JSON object")
    unknown = sorted(values.keys() - FIELDS)
    if unknown:
        raise ValueError(f"an outcome has no field {unknown[0][:40]!r}")
    return values


def _outcome(values: dict[str, object], *, strict: bool, now_ms: int) -> Outcome:
    for name, words in WORDS.items():
        value = values.get(name, words[0])
        if isinstance(value, str) and value not in words:
            raise ValueError(f"{name} is {value[:40]!r}, not one of {', '.join(words)}")
    outcome = msgspec.convert({"reported_ms": now_ms} | values, Outcome, strict=strict)
    if not outcome.call_id and not outcome.sip_call_id:
        raise ValueError("names no call: call_id or sip_call_id is needed")
    check_outcome(outcome)
    return outcome
