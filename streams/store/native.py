"""ClickHouse's Native format in memory, read by clickhouse-driver: equal types through both doors."""

from collections.abc import Iterator
from typing import Any

from clickhouse_driver.bufferedreader import BufferedReader
from clickhouse_driver.context import Context
from clickhouse_driver.streams.native import BlockInputStream

from streams.store.arrays import ArrayBlocks, joined
from streams.store.base import Arrays, Row


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
    rows: list[Row] = []
    for block in _blocks(data, BlockInputStream):
        names = [name for name, _ in block.columns_with_types]
        rows.extend(dict(zip(names, row, strict=True)) for row in block.get_rows())
    return rows


def read_arrays(data: bytes) -> Arrays:
    """Columns of a result in Native format, by name, as ``Store.columns`` gives them.

    Raises
    ------
    EOFError, ValueError, clickhouse_driver.errors.Error
        As `read_rows`.
    """
    blocks = list(_blocks(data, ArrayBlocks))
    heads = blocks[0].columns_with_types if blocks else []
    return dict(zip((name for name, _ in heads), joined(blocks), strict=True))


def _blocks(data: bytes, stream_class: type[BlockInputStream]) -> Iterator[Any]:
    reader = _Memory(data)
    stream = stream_class(reader, _context())
    while reader.position < len(data):
        yield stream.read()
