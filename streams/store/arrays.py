"""Results as columns of numpy: numbers are taken from ClickHouse's Native blocks as they lie, no Python value a row."""

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from clickhouse_driver.block import ColumnOrientedBlock
from clickhouse_driver.client import Client
from clickhouse_driver.columns.service import read_column
from clickhouse_driver.reader import read_binary_str, read_binary_uint8
from clickhouse_driver.result import QueryResult
from clickhouse_driver.streams.native import BlockInfo, BlockInputStream
from clickhouse_driver.varint import read_varint
from numpy.typing import NDArray

# revisions of the protocol from which a block begins with its info, and a column with its way of serialisation
_WITH_INFO: Final = 51_903
_WITH_SERIALIZATION: Final = 54_454

_NUMBERS: Final = {
    **{
        f"{sign}Int{bits}": np.dtype(f"<{kind}{bits // 8}")
        for sign, kind in (("", "i"), ("U", "u"))
        for bits in (8, 16, 32, 64)
    },
    "Float32": np.dtype("<f4"),
    "Float64": np.dtype("<f8"),
}


class ArrayBlocks(BlockInputStream):  # type: ignore[misc]
    """Blocks whose columns are arrays: numbers in their width, text as object arrays of bytes, the rest as objects."""

    def read(self, use_numpy: bool | None = None) -> Any:
        """One block."""
        info = BlockInfo()
        revision = self.context.server_info.used_revision
        if revision >= _WITH_INFO:
            info.read(self.fin)
        columns, rows = read_varint(self.fin), read_varint(self.fin)
        heads: list[tuple[str, str]] = []
        data: list[NDArray[Any]] = []
        for _ in range(columns):
            heads.append((read_binary_str(self.fin), read_binary_str(self.fin)))
            custom = revision >= _WITH_SERIALIZATION and bool(read_binary_uint8(self.fin))
            if rows:
                data.append(self._column(heads[-1][1], rows, custom))
        return ColumnOrientedBlock(columns_with_types=heads, data=data, info=info)

    def _column(self, kind: str, rows: int, custom: bool) -> NDArray[Any]:
        number = _NUMBERS.get(kind)
        if number is not None and not custom:
            return np.frombuffer(self.fin.read(rows * number.itemsize), number)
        if kind == "String" and not custom:
            return _objects(self.fin.read_strings(rows))
        values = read_column(self.context, kind, rows, self.fin, use_numpy=False, has_custom_serialization=custom)
        return np.array(values, number) if number is not None else _objects(values)


class ArrayResult(QueryResult):  # type: ignore[misc]
    """The blocks of a result as one array a column, and the columns' names and types."""

    def get_result(self) -> tuple[list[NDArray[Any]], list[tuple[str, str]]]:
        """The whole result."""
        blocks = [packet.block for packet in self.packet_generator if getattr(packet, "block", None) is not None]
        return joined(blocks), (blocks[0].columns_with_types if blocks else [])


def array_client(client: Client) -> Client:
    """The same client, whose results are arrays from now on."""
    connection = client.connection
    plain = connection.get_block_in_stream
    connection.get_block_in_stream = lambda: ArrayBlocks(plain().fin, connection.context)
    client.query_result_cls = ArrayResult
    return client


def joined(blocks: Iterable[Any]) -> list[NDArray[Any]]:
    """Columns over all blocks; the first of them tells the types when there are no rows."""
    whole = list(blocks)
    full = [block.get_columns() for block in whole if block.num_rows]
    if full:
        return [np.concatenate(parts) if len(parts) > 1 else parts[0] for parts in zip(*full, strict=True)]
    heads = whole[0].columns_with_types if whole else []
    return [no_rows(kind) for _, kind in heads]


def no_rows(kind: str) -> NDArray[Any]:
    """A column of a ClickHouse type without a row."""
    return np.empty(0, _NUMBERS.get(kind, np.dtype(object)))


def _objects(values: Any) -> NDArray[Any]:
    made = np.empty(len(values), object)
    made[:] = values
    return made
