"""ClickHouse's type names as Arrow types, for columnar inserts into chdb."""

import pyarrow as pa  # type: ignore[import-untyped]

from streams.store.base import StoreError

_SCALARS = {
    "UInt8": pa.uint8(),
    "UInt16": pa.uint16(),
    "UInt32": pa.uint32(),
    "UInt64": pa.uint64(),
    "Int8": pa.int8(),
    "Int16": pa.int16(),
    "Int32": pa.int32(),
    "Int64": pa.int64(),
    "Float32": pa.float32(),
    "Float64": pa.float64(),
    "String": pa.string(),
    "Date": pa.date32(),
    "DateTime": pa.timestamp("s", "UTC"),
}
_PRECISIONS = {"3": pa.timestamp("ms", "UTC"), "6": pa.timestamp("us", "UTC"), "9": pa.timestamp("ns", "UTC")}


def arrow_type(name: str) -> pa.DataType:
    """Arrow type of a column's ClickHouse type, ``Array(Nullable(Int64))`` for one.

    Raises
    ------
    StoreError
        If the project has no column of such a type.
    """
    if name in _SCALARS:
        return _SCALARS[name]
    outer, _, inner = name.removesuffix(")").partition("(")
    if outer in ("Nullable", "LowCardinality") and inner:
        return arrow_type(inner)
    if outer == "Array" and inner:
        return pa.list_(arrow_type(inner))
    if outer == "DateTime":
        return _SCALARS["DateTime"]
    if outer == "DateTime64" and inner[:1] in _PRECISIONS:
        return _PRECISIONS[inner[:1]]
    raise StoreError(f"no Arrow type for a column of type {name}")
