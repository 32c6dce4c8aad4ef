"""Entries to a file and from it: JSON, an object a line, or CSV; numbers rest as hashes, or are hashed on the way."""

import csv
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TextIO, get_args

import msgspec
from msgspec.structs import replace

from schemas.ids import list_key
from schemas.records import ListEntry, ListKind, ListScope, ListState
from streams.limits import OutOfBoundsError, check_entry
from streams.lists.actors import confirmed, principal
from streams.lists.lines import FIELDS, Form, LineError, lines
from streams.lists.names import Name, names_of
from streams.numbers import DIGEST_HEX
from streams.settings import Settings, SettingsError

MOST_ENTRIES: Final = 500_000
_HASH: Final = re.compile(rf"[0-9a-f]{{{DIGEST_HEX}}}")
_CHOICES: Final[Mapping[str, Collection[str]]] = {
    "kind": get_args(ListKind),
    "scope": get_args(ListScope),
    "state": get_args(ListState),
}


@dataclass(slots=True)
class Import:
    """What a file says, held against the lists as they are.

    Attributes
    ----------
    new, changed
        Entries to be written: under keys that nothing stands under, or that something else stands under.
    same, expired
        How many need not be written.
    errors
        Line number and what is wrong with it; where there are any, nothing of the file is to be written.
    untold
        How many entries do not say which key their hash was made with.
    """

    new: list[ListEntry] = field(default_factory=list)
    changed: list[ListEntry] = field(default_factory=list)
    same: int = 0
    expired: int = 0
    untold: int = 0
    errors: list[tuple[int, str]] = field(default_factory=list)


def write_entries(entries: Iterable[ListEntry], file: TextIO, form: Form) -> int:
    """Write entries, and tell how many; in CSV several values of a cell are parted by spaces."""
    count = 0
    table = csv.writer(file)
    if form == "csv":
        table.writerow(FIELDS)
    for entry in entries:
        told = msgspec.to_builtins(entry)
        if form == "csv":
            table.writerow([_cell(told[name]) for name in FIELDS])
        else:
            file.write(json.dumps(told, ensure_ascii=False) + "\n")
        count += 1
    return count


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return " ".join(value if isinstance(value, list) else str(value).splitlines())


def read_entries(
    file: TextIO,
    form: Form,
    settings: Settings,
    known: Mapping[str, ListEntry],
    *,
    importer: str,
    now_ms: int,
    reason: str,
) -> Import:
    """Read a whole file and hold it against the lists.

    A line names an entry by ``kind``, ``scope`` and ``value``, or by ``number`` in clear in the place of ``value``,
    which is hashed with the present key. What it does not tell is as of an entry added by hand now, or as it stands.

    Parameters
    ----------
    file, form
        Lines of JSON objects, or CSV with names of fields in its first line.
    settings
        With the keys that hashes may have been made with.
    known
        All of list.entries, by key.
    importer, now_ms, reason
        Who imports, when, and why: of entries that do not say it themselves.
    """
    found = Import()
    seen: dict[str, int] = {}
    for number, told in lines(file, form, found.errors):
        try:
            fields = _named(told, settings)
            key = list_key(fields["kind"], fields["scope"], fields["value"])
            if key in seen:
                raise LineError(f"the same entry as line {seen[key]}")
            seen[key] = number
            if len(seen) > MOST_ENTRIES:
                raise LineError(f"more than {MOST_ENTRIES} entries")
            _sort_in(found, fields, known.get(key), importer, now_ms, reason)
        except LineError as error:
            found.errors.append((number, str(error)))
    return found


def _named(told: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """Fields of a line, its value as it rests."""
    if unknown := sorted(set(told) - {*FIELDS, "number"}):
        raise LineError(f"fields that no entry has: {', '.join(unknown)[:200]}")
    fields = {"scope": "caller", **told}
    if "kind" not in fields:
        raise LineError("does not say its kind")
    for name, choices in _CHOICES.items():
        if name in fields and fields[name] not in choices:
            raise LineError(f"its {name} is none of {', '.join(choices)}")
    if ("value" in fields) == ("number" in fields):
        raise LineError("names an entry by either value or number")
    clear = fields.pop("number", None)
    if clear is not None:
        return _hashed(fields, clear, settings)
    value, scope, key_id = fields["value"], fields["scope"], fields.get("key_id")
    if not isinstance(value, str) or (scope != "campaign" and not _HASH.fullmatch(value)):
        raise LineError(f"the value of a {scope} is a hash of {DIGEST_HEX} digits; in clear it goes under 'number'")
    if scope == "campaign":
        _checked(value, scope, settings)
    elif key_id is not None and key_id not in (settings.hmac_key_id, settings.hmac_old_key_id or None):
        raise LineError(
            f"its hash was made with key {str(key_id)[:100]!r}, which is not set here, so it would speak of nobody: "
            "set that key as CALLSIEVE_HMAC_OLD_KEY and its name as _OLD_KEY_ID, or import numbers in clear ('number')"
        )
    return fields


def _hashed(fields: dict[str, Any], clear: Any, settings: Settings) -> dict[str, Any]:
    if not isinstance(clear, str) or fields["scope"] == "campaign" or "key_id" in fields:
        raise LineError("a number in clear is a text, needs no key_id, and is of a caller, a prefix or a trunk")
    name = _checked(clear, fields["scope"], settings)
    prefixes = {} if fields["kind"] == "black" else {"prefixes": list(name.prefixes)}
    return {**prefixes, **fields, "value": name.value, "key_id": name.key_id}


def _checked(value: str, scope: ListScope, settings: Settings) -> Name:
    try:
        return names_of(value, scope, settings)[0]
    except SettingsError as error:
        raise LineError(str(error)) from error


def _sort_in(
    found: Import, fields: dict[str, Any], stands: ListEntry | None, importer: str, now_ms: int, reason: str
) -> None:
    """Hold an entry against what stands under its key."""
    own = {"created_ms": now_ms, "actor": importer, "reason": reason} if stands is None else msgspec.to_builtins(stands)
    try:
        entry = msgspec.convert({**own, **fields}, ListEntry, strict=False)
        check_entry(entry)
    except (msgspec.ValidationError, OutOfBoundsError) as error:
        raise LineError(str(error)) from error
    if entry.expires_ms is not None and entry.expires_ms <= now_ms:
        found.expired += 1
        return
    if entry.key_id is None and entry.scope != "campaign":
        found.untold += 1
    if stands is not None and _is_same(entry, stands):
        found.same += 1
        return
    if "actor" in fields or stands is not None:
        entry = replace(entry, actor=confirmed(entry.actor, "imported", importer))
    (found.new if stands is None else found.changed).append(entry)


def _is_same(entry: ListEntry, stands: ListEntry) -> bool:
    """Whether an entry says nothing new; who imported it before changes nothing."""
    return principal(entry.actor) == principal(stands.actor) and replace(entry, actor=stands.actor) == stands
