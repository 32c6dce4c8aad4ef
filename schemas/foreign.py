"""Schemas that others wrote, as a registry holds them: made safe to read records with.

A reader walks a record as its writer's schema says. A schema that nests without end, or whose values take no bytes,
could make it walk for ever over a handful of bytes; such schemas are refused, and none of ours is one.
"""

import json
from typing import Any, Final

from fastavro import parse_schema
from fastavro.schema import to_parsing_canonical_form

from schemas.catalogue import SCHEMA_NAMES, avro_schema

MAX_SCHEMA_CHARACTERS: Final = 256 << 10  # ours are 10,000
MAX_DEPTH: Final = 64  # of nested brackets; ours have 20

_NAMED: Final = ("record", "enum", "fixed")


class UnusableSchemaError(ValueError):
    """A schema that records can't be read with; the message says why."""


def parse_foreign(text: str) -> Any:
    """Parsed schema, reduced to what a reader needs of its writer: names, types, symbols, sizes.

    What has no bearing on the bytes (words, defaults, logical types) is left out. A schema equal to the current one of
    a record gives that very object (`schemas.catalogue.avro_schema`).

    Raises
    ------
    UnusableSchemaError
        If it is too long, too deep, no Avro schema, refers to schemas elsewhere or to itself from within, or has
        values that take no bytes.
    """
    if len(text) > MAX_SCHEMA_CHARACTERS:
        raise UnusableSchemaError(f"longer than {MAX_SCHEMA_CHARACTERS} characters")
    try:
        schema = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnusableSchemaError("not JSON, or nested too deeply") from error
    reduced = _reduced(schema, 0, frozenset())
    try:
        parsed = parse_schema(reduced)
        canonical = to_parsing_canonical_form(parsed)
    except Exception as error:  # fastavro raises whatever a broken schema leads it to
        raise UnusableSchemaError(f"not a whole Avro schema: {type(error).__name__}: {error}"[:200]) from error
    for record_type in SCHEMA_NAMES:
        current = avro_schema(record_type)
        if canonical == to_parsing_canonical_form(current):
            return current
    return parsed


def _reduced(node: Any, depth: int, around: frozenset[str]) -> Any:
    """Copy of a schema without what does not matter; ``around`` are the records that it stands in."""
    if depth > MAX_DEPTH:
        raise UnusableSchemaError(f"nested deeper than {MAX_DEPTH} levels")
    if isinstance(node, list):
        return [each if each == "null" else _reduced(each, depth + 1, around) for each in node]
    if isinstance(node, str):
        if node == "null":
            raise UnusableSchemaError("a null outside a union takes no bytes")
        if _last(node) in around:
            raise UnusableSchemaError(f"{node} contains itself")
        return node
    if not isinstance(node, dict):
        raise UnusableSchemaError("a type that is neither a name, an object nor a list")
    return _reduced_object(node, depth, around)


def _reduced_object(node: dict[str, Any], depth: int, around: frozenset[str]) -> Any:
    kind = node.get("type")
    if kind not in (*_NAMED, "array", "map"):
        return _reduced(kind, depth + 1, around)
    made = {"type": kind}
    if kind in _NAMED:
        made |= {key: node[key] for key in ("name", "namespace") if isinstance(node.get(key), str)}
    if kind == "record":
        fields = node.get("fields")
        if not isinstance(fields, list) or not fields or not all(isinstance(field, dict) for field in fields):
            raise UnusableSchemaError("a record without fields takes no bytes")
        within = around | {_last(made.get("name", ""))}
        made["fields"] = [
            {"name": field.get("name"), "type": _reduced(field.get("type"), depth + 1, within)} for field in fields
        ]
    elif kind == "enum":
        made["symbols"] = node.get("symbols")
    elif kind == "fixed":
        size = node.get("size")
        if not isinstance(size, int) or size < 1:
            raise UnusableSchemaError("a fixed of size 0 takes no bytes")
        made["size"] = size
    else:
        inner = "items" if kind == "array" else "values"
        made[inner] = _reduced(node.get(inner), depth + 1, around)
    return made


def _last(name: str) -> str:
    return name.rpartition(".")[2]
