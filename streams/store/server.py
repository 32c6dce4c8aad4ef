"""The door to a ClickHouse server: its native protocol, by clickhouse-driver."""

import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.util import find_spec
from typing import Any, Literal, TypeVar

from clickhouse_driver import Client
from clickhouse_driver.errors import Error as DriverError
from clickhouse_driver.errors import ErrorCodes, NetworkError, ServerException, SocketTimeoutError
from clickhouse_driver.util.helpers import parse_url

from streams.store.arrays import array_client
from streams.store.base import (
    NO_PARAMETERS,
    QUERY_LIMITS,
    QUERY_SECONDS,
    Arrays,
    Columns,
    Row,
    StoreError,
    StoreUnavailableError,
    as_list,
    parsed_version,
    quoted,
    row_count,
)
from streams.store.literals import render

CONNECT_SECONDS = 5
IDLE_CLIENTS = 8

# What a server answers while it starts, stops, is full or overloaded, or cannot reach its own replicas.
_AWAY_CODES = {
    ErrorCodes.NETWORK_ERROR,
    ErrorCodes.SOCKET_TIMEOUT,
    ErrorCodes.TOO_MANY_SIMULTANEOUS_QUERIES,
    ErrorCodes.TABLE_IS_READ_ONLY,
    ErrorCodes.TOO_MANY_PARTS,
    ErrorCodes.ABORTED,
    ErrorCodes.TIMEOUT_EXCEEDED,
    ErrorCodes.MEMORY_LIMIT_EXCEEDED,
    ErrorCodes.NOT_ENOUGH_SPACE,
}

T = TypeVar("T")


class ServerStore:
    """ClickHouse server at ``clickhouse://user:password@host:9000/database``.

    ``clickhouses://`` speaks TLS; clickhouse-driver's options may follow as a query string. The store connects when it
    is first used and again whenever a connection was lost.

    Raises
    ------
    StoreError
        If the address is not understood.
    """

    dialect: Literal["clickhouse"] = "clickhouse"

    def __init__(self, url: str) -> None:
        try:
            self._host, options = parse_url(url)
        except (ValueError, TypeError, AttributeError) as error:
            # the error itself may quote a part of the password
            raise StoreError("not a ClickHouse address: clickhouse://user:password@host:9000/database") from error
        if not self._host:
            raise StoreError("the ClickHouse address names no host")
        packed = find_spec("lz4") is not None and find_spec("clickhouse_cityhash") is not None
        self._options: dict[str, Any] = {
            "connect_timeout": CONNECT_SECONDS,
            "send_receive_timeout": QUERY_SECONDS,
            "sync_request_timeout": CONNECT_SECONDS,
            "compression": "lz4" if packed else False,
            "client_name": "callsieve",
            **options,
        }
        self._options["settings"] = {
            **QUERY_LIMITS,
            "max_execution_time": QUERY_SECONDS,
            **options.get("settings", {}),
        }
        self._database: str = options.get("database", "default")
        self._lock = threading.Lock()
        self._idle: list[Client] = []
        self._idle_arrays: list[Client] = []  # whose results are arrays
        self._busy: set[Client] = set()
        self._version: tuple[int, ...] | None = None
        self._closed = False

    @property
    def version(self) -> tuple[int, ...]:
        """Version of the server, asked for once."""
        if self._version is None:
            self._version = parsed_version(str(self._run("SELECT version()", "default")[0][0][0]))
        return self._version

    def query(self, sql: str, parameters: Mapping[str, object] = NO_PARAMETERS) -> list[Row]:
        """Rows of a SELECT; see ``Store``."""
        columns, heads = self._run(render(sql, parameters))
        names = [name for name, _ in heads]
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]

    def columns(self, sql: str, parameters: Mapping[str, object] = NO_PARAMETERS) -> Arrays:
        """Columns of a SELECT as arrays; see ``Store``."""
        text = render(sql, parameters)
        columns, heads = self._borrow(lambda client: client.execute(text, with_column_types=True), arrays=True)
        return dict(zip((name for name, _ in heads), columns, strict=True))

    def execute(self, sql: str, parameters: Mapping[str, object] = NO_PARAMETERS) -> None:
        """Run a statement without a result; see ``Store``."""
        self._run(render(sql, parameters))

    def insert(self, table: str, columns: Columns) -> int:
        """Insert columns in one block; see ``Store``."""
        rows = row_count(columns)
        if not rows:
            return 0
        sql = f"INSERT INTO {quoted(table)} ({', '.join(map(quoted, columns))}) VALUES"
        data = [as_list(values) for values in columns.values()]
        self._borrow(lambda client: client.execute(sql, data, columnar=True))
        return rows

    def create_database(self) -> None:
        """Make the address's database; see ``Store``."""
        self._run(f"CREATE DATABASE IF NOT EXISTS {quoted(self._database)}", "default")

    def close(self) -> None:
        """Disconnect, calls under way too: a server that hangs must not hold up the end; see ``Store``."""
        with self._lock:
            self._closed = True
            clients, self._idle, self._idle_arrays = self._idle + self._idle_arrays, [], []
            busy = list(self._busy)
        for client in clients:
            client.disconnect()
        for client in busy:
            _cut(client)

    def _run(self, sql: str, database: str | None = None) -> tuple[Any, Any]:
        columns, heads = self._borrow(
            lambda client: client.execute(sql, columnar=True, with_column_types=True), database
        )
        return columns, heads

    def _borrow(self, work: Callable[[Client], T], database: str | None = None, *, arrays: bool = False) -> T:
        with self._lock:
            if self._closed:
                raise StoreError("the store is closed")
            idle = self._idle_arrays if arrays else self._idle
            client = idle.pop() if idle and database is None else None
            if client is None:
                client = Client(self._host, **(self._options | ({"database": database} if database else {})))
                client = array_client(client) if arrays else client
            self._busy.add(client)
        try:
            result = work(client)
        except Exception as error:
            client.disconnect()  # in the middle of a block, perhaps
            raise _translated(error) from error
        finally:
            with self._lock:
                self._busy.discard(client)
        with self._lock:
            idle = self._idle_arrays if arrays else self._idle
            if not self._closed and database is None and len(idle) < IDLE_CLIENTS:
                idle.append(client)
                return result
        client.disconnect()
        return result


def _cut(client: Client) -> None:
    """End a connection that another thread reads from: its call fails at once, and that thread clears it away."""
    connection = client.connection.socket
    if connection is not None:
        with suppress(OSError):  # it has just ended
            connection.shutdown(socket.SHUT_RDWR)


def _translated(error: Exception) -> StoreError:
    if isinstance(error, (NetworkError, SocketTimeoutError, EOFError, OSError)):
        return StoreUnavailableError(f"ClickHouse is away: {_first_line(error)}")
    if isinstance(error, ServerException) and error.code in _AWAY_CODES:
        return StoreUnavailableError(f"ClickHouse cannot do it now: {_first_line(error)}")
    if isinstance(error, DriverError):
        return StoreError(_first_line(error))
    return StoreError(f"values that do not fit their columns: {type(error).__name__}: {error}"[:500])


def _first_line(error: Exception) -> str:
    text = str(error).split("Stack trace:")[0].strip()
    return (text or type(error).__name__)[:500]
