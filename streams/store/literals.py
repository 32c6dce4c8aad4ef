"""Parameters as SQL literals, one way for both doors."""

import datetime
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from streams.store.base import StoreError

_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_ESCAPES = str.maketrans({"\\": "\\\\", "'": "\\'", "\0": "\\0", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b"})
_INTEGERS = range(-(1 << 63), 1 << 64)


def render(sql: str, parameters: Mapping[str, object], *, packed: bool = False) -> str:
    """SQL with every ``%(name)s`` replaced by the literal of its parameter, in one pass.

    Parameters
    ----------
    sql, parameters
        As for ``Store.query``.
    packed
        Write an array of integers as bytes in hexadecimal: 50,000 keys are parsed in 30 ms instead of 500. Engines of
        long ago do not know how to read it.

    Raises
    ------
    StoreError
        If a parameter is missing or of a type that has no literal.
    """

    def replace(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in parameters:
            raise StoreError(f"the query needs a parameter {name!r}")
        value = parameters[name]
        if packed and isinstance(value, np.ndarray) and value.dtype.kind in "iu" and value.size:
            return _packed(value)
        return literal(value)

    return _PLACEHOLDER.sub(replace, sql)


def literal(value: object) -> str:
    """One value as a ClickHouse literal.

    Raises
    ------
    StoreError
        If the type has no literal, or the number or text does not fit.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, (list, tuple, set, frozenset)):
        # "IN ()" is a syntax error before version 19; nothing equals NULL, so this is the empty set
        return "(" + (", ".join(map(_written(value), value)) or "NULL") + ")"
    return _scalar(value)


def _written(values: Collection[object]) -> Callable[[Any], str]:
    """How the values of an array are written: thousands of plain integers need no look at each."""
    if set(map(type, values)) == {int}:
        numbers = cast(Collection[int], values)
        if min(numbers) in _INTEGERS and max(numbers) in _INTEGERS:
            return repr
    return _scalar


def _scalar(value: object) -> str:
    if isinstance(value, np.generic):
        value = value.item()
    match value:
        case None:
            return "NULL"
        case bool():
            return str(int(value))
        case int() | float():
            return _number(value)
        case str():
            return _text(value)
        case bytes():
            return f"unhex('{value.hex()}')"
        case datetime.date() if not isinstance(value, datetime.datetime):
            return f"toDate('{value.isoformat()}')"
    raise StoreError(f"no SQL literal for a {type(value).__name__}")


def _packed(values: NDArray[Any]) -> str:
    little = values.astype(values.dtype.newbyteorder("<"))
    name = f"{'U' if values.dtype.kind == 'u' else ''}Int{values.dtype.itemsize * 8}"
    return f"(SELECT arrayJoin(reinterpret(unhex('{little.tobytes().hex()}'), 'Array({name})')))"


def _number(value: float) -> str:
    if isinstance(value, int) and value not in _INTEGERS:
        raise StoreError(f"{value} needs more than 64 bits")
    return repr(value)  # nan, inf and -inf are literals too


def _text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise StoreError(f"text that is not Unicode: {error}") from error
    return f"'{value.translate(_ESCAPES)}'"
