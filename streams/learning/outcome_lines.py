"""Outcomes as people and platforms write them down: JSON lines, or CSV with the fields' names in its first line."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, Literal

import msgspec

from schemas.records import Outcome
from streams.learning import LearningError
from streams.limits import check_outcome

MAX_LINE: Final = 1 << 16  # bytes
FIELDS: Final = frozenset(Outcome.__struct_fields__)


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line that is no outcome, by its number from 1, and why."""

    number: int
    reason: str


def read_outcomes(source: BinaryIO, form: Literal["jsonl", "csv"], *, now_ms: int) -> Iterator[Outcome | RefusedLine]:
    """Outcomes of a file, line by line; a bad line is told and does not end it.

    Parameters
    ----------
    source
        UTF-8. Empty lines are passed over.
    form
        How lines are written.
    now_ms
        ``reported_ms`` of outcomes that have none, ms since 1970.

    Yields
    ------
    Outcome or RefusedLine
        What each line says.

    Raises
    ------
    LearningError
        If the first line of a CSV names fields that no outcome has, or no call.
    """
    names: list[str] | None = None
    for number, line in enumerate(_lines(source), 1):
        if line is None:
            yield RefusedLine(number, f"longer than {MAX_LINE} bytes")
            continue
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
        except UnicodeDecodeError:
            yield RefusedLine(number, "not UTF-8")
            continue
        if not text:
            continue
        if form == "csv" and names is None:
            names = _names(text)
            continue
        try:
            values = _csv_values(text, names or []) if form == "csv" else _json_values(text)
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


def _names(text: str) -> list[str]:
    names = [name.strip() for name in next(csv.reader([text]))]
    unknown = sorted({*names} - FIELDS)
    if unknown:
        raise LearningError(f"the first line names {unknown[0]!r}; an outcome has {', '.join(sorted(FIELDS))}")
    if not {"call_id", "sip_call_id"} & {*names} or len({*names}) < len(names):
        raise LearningError("the first line must name call_id or sip_call_id, and each field once")
    return names


def _csv_values(text: str, names: list[str]) -> dict[str, object]:
    cells = next(csv.reader([text], strict=True))
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
    outcome = msgspec.convert({"reported_ms": now_ms} | values, Outcome, strict=strict)
    if not outcome.call_id and not outcome.sip_call_id:
        raise ValueError("names no call: call_id or sip_call_id is needed")
    check_outcome(outcome)
    return outcome
