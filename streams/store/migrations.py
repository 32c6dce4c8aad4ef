"""Numbered migrations: ``schemas/clickhouse/NNN_name.sql``, applied once each, in order.

A file says what it needs by markers, and the engine's version decides what becomes of them:

``{{word}}``
    A text column of few values: ``LowCardinality(String)``.
``{{codec: X}}``
    A column's compression.
``{{ttl: X}}``
    When rows expire. Before version 20 nothing expires by itself; drop old partitions there.
``{{modern: X}}``
    What old engines do not know and can do without, a table's setting for one.
``{{moment: column}}``
    A readable time made from a column of ms since 1970.
"""

import hashlib
import re
import time
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

from streams.store.base import Store, StoreError

MODERN = (20, 3)  # the first long-term release with TTL, DateTime64, codecs and sound LowCardinality

_NAME = re.compile(r"(\d{3})_([a-z_]+)\.sql")
_MARKER = re.compile(r"\{\{\s*(\w+)\s*(?::\s*([^{}]+?)\s*)?\}\}")
_CREATE_LOG = """
CREATE TABLE IF NOT EXISTS migrations (number UInt32, name String, checksum String, applied_ms Int64)
ENGINE = ReplacingMergeTree() ORDER BY number
"""
_READ_LOG = "SELECT number, name, checksum, applied_ms FROM migrations ORDER BY number, applied_ms LIMIT 1 BY number"
_ADD_COLUMN = re.compile(r"ALTER TABLE (?P<table>\w+) ADD COLUMN (?P<name>\w+)\s")  # one column, a Nested counts as one
_COLUMN_EXISTS = """
SELECT count() AS columns FROM system.columns
WHERE database = currentDatabase() AND table = %(table)s AND splitByChar('.', name)[1] = %(name)s
"""
_LOG_EXISTS = "SELECT count() AS tables FROM system.tables WHERE database = currentDatabase() AND name = 'migrations'"


class MigrationError(StoreError):
    """The database and this program's migrations do not belong together; the message says why."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its number, name, text and the checksum of the text (SHA-256, hex)."""

    number: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text, hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class MigrationState:
    """Where one migration stands.

    ``changed``: the file is no longer what was applied. ``unknown``: the database has it, this program does not.
    """

    number: int
    name: str
    state: Literal["applied", "pending", "changed", "unknown"]
    applied_ms: int | None = None


def packaged_migrations() -> list[Migration]:
    """The migrations of this program, in order."""
    found: list[Migration] = []
    for file in files("schemas").joinpath("clickhouse").iterdir():
        match = _NAME.fullmatch(file.name)
        if match:
            found.append(Migration(int(match.group(1)), match.group(2), file.read_text(encoding="utf-8")))
    return sorted(found, key=lambda migration: migration.number)


def status(store: Store, migrations: list[Migration] | None = None) -> list[MigrationState]:
    """Where each migration stands, by number; the database is not touched.

    Raises
    ------
    StoreError
        If the store fails.
    """
    known = {migration.number: migration for migration in _ours(migrations)}
    applied = {}
    if store.query(_LOG_EXISTS)[0]["tables"]:
        applied = {row["number"]: row for row in store.query(_READ_LOG)}
    states: list[MigrationState] = []
    for number in sorted(known.keys() | applied.keys()):
        migration, row = known.get(number), applied.get(number)
        if row is None:
            states.append(MigrationState(number, known[number].name, "pending"))
        elif migration is None:
            states.append(MigrationState(number, row["name"], "unknown", row["applied_ms"]))
        else:
            same = row["checksum"] == migration.checksum
            states.append(MigrationState(number, migration.name, "applied" if same else "changed", row["applied_ms"]))
    return states


def migrate(store: Store, migrations: list[Migration] | None = None) -> list[str]:
    """Make the database where it is missing, and apply what is pending.

    Statements are written so that they can run twice: after a failure half-way, and when two processes migrate at
    once.

    Returns
    -------
    list of str
        The migrations applied now, as ``"001_verdicts"``.

    Raises
    ------
    MigrationError
        If an applied migration was changed since, or the database is newer than this program; nothing is applied then.
    StoreError
        If the store fails.
    """
    store.create_database()
    states = status(store, migrations)
    _refuse(states)
    store.execute(_CREATE_LOG)
    pending = {state.number for state in states if state.state == "pending"}
    done: list[str] = []
    for migration in _ours(migrations):
        if migration.number not in pending:
            continue
        for statement in statements(migration.text, store.version):
            _apply(store, statement)
        log: dict[str, list[int | str]] = {
            "number": [migration.number],
            "name": [migration.name],
            "checksum": [migration.checksum],
            "applied_ms": [time.time_ns() // 1_000_000],
        }
        store.insert("migrations", log)
        done.append(f"{migration.number:03d}_{migration.name}")
    return done


def statements(text: str, version: tuple[int, ...]) -> list[str]:
    """Statements of a migration as an engine of this version understands them.

    Raises
    ------
    MigrationError
        If there is a marker that means nothing.
    """
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("--")]
    plain = _MARKER.sub(lambda match: _expand(match.group(1), match.group(2), version >= MODERN), "\n".join(lines))
    if "{{" in plain:
        raise MigrationError("a marker that is not closed")
    return [part.strip() for part in plain.split(";") if part.strip()]


def _apply(store: Store, statement: str) -> None:
    """Execute; a column that is there already counts as added, since old engines know no ADD COLUMN IF NOT EXISTS."""
    try:
        store.execute(statement)
    except StoreError:
        adds = _ADD_COLUMN.match(statement)
        if adds is None or not store.query(_COLUMN_EXISTS, adds.groupdict())[0]["columns"]:
            raise


def _ours(migrations: list[Migration] | None) -> list[Migration]:
    return packaged_migrations() if migrations is None else migrations


def _refuse(states: list[MigrationState]) -> None:
    changed = [f"{state.number:03d}_{state.name}" for state in states if state.state == "changed"]
    if changed:
        raise MigrationError(f"changed since they were applied: {', '.join(changed)}")
    unknown = [f"{state.number:03d}_{state.name}" for state in states if state.state == "unknown"]
    if unknown:
        raise MigrationError(f"the database is newer than this program; it has {', '.join(unknown)}")


def _expand(marker: str, argument: str | None, modern: bool) -> str:
    match marker, argument:
        case "word", None:
            return "LowCardinality(String)" if modern else "String"
        case "codec", str():
            return f"CODEC({argument})" if modern else ""
        case "modern", str():
            return argument if modern else ""
        case "ttl", str():
            return f"TTL {argument}" if modern else ""
        case "moment", str():
            if modern:
                return f"DateTime64(3, 'UTC') MATERIALIZED fromUnixTimestamp64Milli({argument}, 'UTC')"
            return f"DateTime MATERIALIZED toDateTime(intDiv({argument}, 1000))"
    raise MigrationError(f"a marker that means nothing: {marker}")
