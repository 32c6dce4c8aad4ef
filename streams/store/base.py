"""What both doors to ClickHouse promise."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Column = Sequence[Any] | NDArray[Any]
Columns = Mapping[str, Column]
Row = dict[str, Any]
Arrays = dict[str, NDArray[Any]]
NO_PARAMETERS: Mapping[str, object] = MappingProxyType({})

# A fingerprint query names thousands of keys; ClickHouse's own limits are 256 KiB and 50,000 nodes.
QUERY_LIMITS = {"max_query_size": 64 << 20, "max_ast_elements": 4_000_000, "max_expanded_ast_elements": 4_000_000}
QUERY_SECONDS = 60

MS_A_DAY = 86_400_000
_FIRST_DAY = date(1970, 1, 1)
_LAST_DAY = 49_672  # clickhouse before version 21 ends there, later ones in 2149


class StoreError(Exception):
    """The store refused or failed; the message says why."""


class StoreUnavailableError(StoreError):
    """The server is away or does not answer in time; the same call may succeed later."""


class Store(Protocol):
    """ClickHouse, through its native protocol or in this process.

    Every method may be called from any thread and raises ``StoreError`` alone (``StoreUnavailableError`` when the
    server is away). Values come back as the same Python types through both doors.
    """

    @property
    def dialect(self) -> Literal["clickhouse", "chdb"]:
        """Which door this is."""

    @property
    def version(self) -> tuple[int, ...]:
        """Version of the ClickHouse engine, for instance ``(18, 16, 1)``."""

    def query(self, sql: str, parameters: Mapping[str, object] = NO_PARAMETERS) -> list[Row]:
        """Rows of a SELECT as dicts.

        Parameters
        ----------
        sql
            One statement. Parameters stand in it as ``%(name)s``, unquoted; any other ``%`` is left alone.
        parameters
            str, bytes, int, float, bool, date, None; a list, tuple, set or array of them is the right side of an
            ``IN``. Thousands of keys go quickest as an array of integers.
        """

    def columns(self, sql: str, parameters: Mapping[str, object] = NO_PARAMETERS) -> Arrays:
        """Columns of a SELECT as arrays, by name: a million rows without a Python value for each.

        Parameters
        ----------
        sql, parameters
            As for `query`.

        Returns
        -------
        dict of ndarray
            One-dimensional, of equal length: numbers in the width of their type, text as objects of type bytes
            whatever it says, other types as objects, the values that `query` gives. They may be read-only.
        """

    def execute(self, sql: str, parameters: Mapping[str, object] = NO_PARAMETERS) -> None:
        """Run one statement that has no result: CREATE, ALTER, INSERT ... SELECT."""

    def insert(self, table: str, columns: Columns) -> int:
        """Insert rows column by column and return their number.

        Parameters
        ----------
        table
            Name of the table.
        columns
            Values by column name, lists or one-dimensional arrays of equal length; columns left out get their default.
            A text column takes str, or bytes throughout.
        """

    def create_database(self) -> None:
        """Make the database that the address names, where it is missing."""

    def close(self) -> None:
        """Let go of connections; a closed store raises ``StoreError``."""


def quoted(name: str) -> str:
    """A table or column name between backquotes.

    Raises
    ------
    StoreError
        If the name is not made of letters, digits, underscores and dots.
    """
    if not name.replace("_", "a").replace(".", "a").isalnum() or not name.isascii():
        raise StoreError(f"not a name of a table or column: {name!r}")
    return f"`{name}`"


def row_count(columns: Columns) -> int:
    """Length that all columns share.

    Raises
    ------
    StoreError
        If they differ or there are none.
    """
    lengths = {name: len(values) for name, values in columns.items()}
    if not lengths:
        raise StoreError("an insert needs at least one column")
    if len(set(lengths.values())) > 1:
        raise StoreError(f"columns differ in length: {lengths}")
    return next(iter(lengths.values()))


def as_list(values: Column) -> list[Any]:
    """A column as a list of Python values."""
    if isinstance(values, np.ndarray):
        plain: list[Any] = values.tolist()
        return plain
    return list(values)


def day_of(moment_ms: int) -> date:
    """UTC day of a moment (ms since 1970), held within what ClickHouse's Date can tell: 1970-01-01 to 2105-12-31."""
    return _FIRST_DAY + timedelta(days=min(max(moment_ms // MS_A_DAY, 0), _LAST_DAY))


def parsed_version(text: str) -> tuple[int, ...]:
    """``"18.16.1"`` as ``(18, 16, 1)``; parts that are no numbers end it."""
    parts: list[int] = []
    for part in text.split("."):
        if not part.isdigit():
            break
        parts.append(int(part))
    return tuple(parts)
