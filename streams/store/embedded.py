"""The door to ClickHouse in this process, by chdb."""

import threading
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar

import pyarrow as pa  # type: ignore[import-untyped]
from clickhouse_driver.errors import Error as DriverError

from streams.store.arrays import no_rows
from streams.store.arrow_types import arrow_type
from streams.store.base import (
    NO_PARAMETERS,
    QUERY_LIMITS,
    QUERY_SECONDS,
    Arrays,
    Column,
    Columns,
    Row,
    StoreError,
    parsed_version,
    quoted,
    row_count,
)
from streams.store.literals import render
from streams.store.native import read_arrays, read_rows

DATABASE = "callsieve"
MEMORY = ":memory:"
T = TypeVar("T")

# A server refuses a NULL for a column that has none; so does this door, instead of writing the default.
_SETTINGS = {**QUERY_LIMITS, "max_execution_time": QUERY_SECONDS, "input_format_null_as_default": 0}


class _Engine:
    """The one engine a process can have: all stores on its path share a session, the last one out closes it."""

    lock: ClassVar[threading.RLock] = threading.RLock()
    path: ClassVar[str | None] = None
    session: ClassVar[Any] = None
    users: ClassVar[int] = 0
    types: ClassVar[dict[str, dict[str, pa.DataType]]] = {}  # columns of each table, until a statement may alter one

    @classmethod
    def enter(cls, path: str) -> Any:
        with cls.lock:
            if cls.path is not None and cls.path != path:
                raise StoreError(f"this process has chdb open on {cls.path} and cannot open {path} as well")
            if cls.session is None:
                cls.session = _open_session(path)
                cls.path = path
            cls.users += 1
            return cls.session

    @classmethod
    def leave(cls) -> None:
        with cls.lock:
            cls.users -= 1
            if cls.users == 0:
                session, cls.session, cls.path = cls.session, None, None
                cls.types.clear()
                session.close()


def _open_session(path: str) -> Any:
    try:
        session_class: Any = import_module("chdb.session").Session
    except ImportError as error:
        raise StoreError("chdb is not installed: pip install 'callsieve[embedded]'") from error
    try:
        if path != MEMORY:
            Path(path).mkdir(parents=True, exist_ok=True)
        session = session_class(path)
        for name, value in _SETTINGS.items():
            session.query(f"SET {name} = {value}")
        session.query(f"CREATE DATABASE IF NOT EXISTS {DATABASE}")
        session.query(f"USE {DATABASE}")
    except OSError as error:
        raise StoreError(f"cannot use {path} for chdb: {error}") from error
    except Exception as error:  # chdb raises several types, RuntimeError among them
        if path != MEMORY and (Path(path) / "status").exists() and "initializing EmbeddedServer" in str(error):
            raise StoreError(f"{path} is in use by another process, or is not a chdb directory: {error}") from error
        raise StoreError(f"cannot open chdb on {path}: {error}") from error
    return session


class EmbeddedStore:
    """ClickHouse in this process at ``chdb:///absolute/path``, or in memory at ``chdb://``.

    Raises
    ------
    StoreError
        If the directory cannot be used, another process has it, or this process has chdb open on another one.
    """

    dialect: Literal["chdb"] = "chdb"

    def __init__(self, path: str = MEMORY) -> None:
        self._session = _Engine.enter(path)
        self._version: tuple[int, ...] | None = None

    @property
    def version(self) -> tuple[int, ...]:
        """Version of the engine."""
        if self._version is None:
            self._version = parsed_version(str(self.query("SELECT version() AS version")[0]["version"]))
        return self._version

    def query(self, sql: str, parameters: Mapping[str, object] = NO_PARAMETERS) -> list[Row]:
        """Rows of a SELECT; see ``Store``."""
        return self._read(sql, parameters, read_rows)

    def columns(self, sql: str, parameters: Mapping[str, object] = NO_PARAMETERS) -> Arrays:
        """Columns of a SELECT as arrays; see ``Store``."""
        found = self._read(sql, parameters, read_arrays)
        # a result without rows has no block that would name its columns
        return found or {row["name"]: no_rows(row["type"]) for row in self.query(f"DESCRIBE ({sql})", parameters)}

    def execute(self, sql: str, parameters: Mapping[str, object] = NO_PARAMETERS) -> None:
        """Run a statement without a result; see ``Store``."""
        text = render(sql, parameters, packed=True)
        with _Engine.lock:
            self._run(text)
            _Engine.types.clear()

    def insert(self, table: str, columns: Columns) -> int:
        """Insert columns as one Arrow stream; see ``Store``."""
        rows = row_count(columns)
        if not rows:
            return 0
        sql = f"INSERT INTO {quoted(table)} ({', '.join(map(quoted, columns))})"
        body = _arrow_stream(columns, self._types_of(table))
        with _Engine.lock:
            try:
                with self._open().send_insert(sql, "ArrowStream") as stream:
                    stream.append(body)
                    stream.finish()
            except StoreError:
                raise
            except Exception as error:
                raise StoreError(str(error)[:500]) from error
        return rows

    def create_database(self) -> None:
        """The database is made when the store opens; see ``Store``."""

    def close(self) -> None:
        """Let go of the session; see ``Store``."""
        with _Engine.lock:
            if self._session is not None:
                self._session = None
                _Engine.leave()

    def _open(self) -> Any:
        if self._session is None:
            raise StoreError("the store is closed")
        return self._session

    def _read(self, sql: str, parameters: Mapping[str, object], read: Callable[[bytes], T]) -> T:
        text = render(sql, parameters, packed=True)
        with _Engine.lock:
            data = self._run(text)
        try:
            return read(data)
        except (EOFError, ValueError, DriverError) as error:
            raise StoreError(f"a result that cannot be read: {error}") from error

    def _run(self, sql: str) -> bytes:
        try:
            data: bytes = self._open().query(sql, "Native").bytes()
        except StoreError:
            raise
        except Exception as error:  # chdb raises several types of its own
            raise StoreError(str(error)[:500]) from error
        return data

    def _types_of(self, table: str) -> dict[str, pa.DataType]:
        with _Engine.lock:
            types = _Engine.types.get(table)
            if types is None:
                rows = self.query(f"DESCRIBE TABLE {quoted(table)}")
                types = _Engine.types[table] = {row["name"]: arrow_type(row["type"]) for row in rows}
            return types


def _arrow_stream(columns: Columns, types: Mapping[str, pa.DataType]) -> bytes:
    unknown = sorted(set(columns) - set(types))
    if unknown:
        raise StoreError(f"no such columns: {', '.join(unknown)}")
    try:
        arrays = [pa.array(values, _written(types[name], values)) for name, values in columns.items()]
        table = pa.table(dict(zip(columns, arrays, strict=True)))
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
    except (pa.ArrowException, ValueError, TypeError, OverflowError) as error:
        raise StoreError(f"values that do not fit their columns: {error}"[:500]) from error
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _written(kind: pa.DataType, values: Column) -> pa.DataType:
    """The type as these values tell it: a text column takes bytes too."""
    is_bytes = kind == pa.string() and len(values) and isinstance(values[0], bytes)
    return pa.binary() if is_bytes else kind
