"""ClickHouse's Native format in memory, read by clickhouse-driver: equal types through both doors."""

from typing import Any

from clickhouse_driver.bufferedreader import BufferedReader
from clickhouse_driver.context import Context
from clickhouse_driver.streams.native import BlockInputStream

from streams.store.base import Row


class _Memory(BufferedReader):  # type: ignore[misc]
    def __init__(self, data: bytes) -> None:
        super().__init__(len(data))
        self.buffer = bytearray(data)
        self.current_buffer_size = len(data)

    def read_into_buffer(self) -> None:
        raise EOFError("a block of the result was cut short")


class _FileRevision:
    used_revision = 0  # as in files: no block info, no custom serialisation
    revision = 0

    def get_timezone(self) -> str:
        return "UTC"


def _context() -> Any:
    context = Context()
    context.server_info = _FileRevision()
    context.settings = {}
    context.client_settings = {"strings_as_bytes": False, "strings_encoding": "utf-8", "use_numpy": False}
    return context


def read_rows(data: bytes) -> list[Row]:
    """Rows of a result in Native format.

    Raises
    ------
    EOFError, ValueError, clickhouse_driver.errors.Error
        If the bytes are not whole blocks of known types.
    """
    reader = _Memory(data)
    stream = BlockInputStream(reader, _context())
    rows: list[Row] = []
    while reader.position < len(data):
        block = stream.read()
        names = [name for name, _ in block.columns_with_types]
        rows.extend(dict(zip(names, row, strict=True)) for row in block.get_rows())
    return rows
