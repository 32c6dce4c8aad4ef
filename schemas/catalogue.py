"""The records that stand in topics, and the Avro schemas of today's version of each."""

import json
from functools import cache
from importlib.resources import files
from typing import Any, Final

from fastavro.repository import AbstractSchemaRepository
from fastavro.schema import fingerprint, load_schema, to_parsing_canonical_form

from schemas.records import Chunk, Features, FrameBatch, ListEntry, Outcome, Record, Verdict

SCHEMA_NAMES: Final[dict[type[Record], str]] = {
    FrameBatch: "frame_batch",
    Chunk: "chunk",
    Features: "features",
    Verdict: "verdict",
    ListEntry: "list_entry",
    Outcome: "outcome",
}

_NO_MEANING: Final = ("doc",)  # to a program that reads or writes


class _PackagedSchemas(AbstractSchemaRepository):
    def load(self, name: str) -> Any:
        snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in name.removeprefix("callsieve.")).lstrip("_")
        return json.loads(files("schemas").joinpath("avro", f"{snake}.avsc").read_text())


@cache
def avro_schema(record_type: type[Record]) -> Any:
    """Parsed Avro schema of a record class, all named types resolved.

    Raises
    ------
    KeyError
        If the class is not the value of a topic.
    """
    name = "".join(part.capitalize() for part in SCHEMA_NAMES[record_type].split("_"))
    return load_schema(f"callsieve.{name}", repo=_PackagedSchemas())


def plain_schema(record_type: type[Record]) -> Any:
    """Avro schema of a record class as JSON values, every named type where it is first used."""
    return _without(avro_schema(record_type), ())


def bare_schema(record_type: type[Record]) -> Any:
    """As `plain_schema`, but without its words for people: what a registry and the committed history hold.

    So a sentence put better in ``schemas/avro`` makes no new version.
    """
    return _without(avro_schema(record_type), _NO_MEANING)


def _without(node: Any, keys: tuple[str, ...]) -> Any:
    if isinstance(node, dict):
        kept = {key: value for key, value in node.items() if not key.startswith("__") and key not in keys}
        return {key: value if key == "default" else _without(value, keys) for key, value in kept.items()}
    return [_without(value, keys) for value in node] if isinstance(node, list) else node


def fingerprint_of(parsed: Any) -> bytes:
    """CRC-64-AVRO of a parsed schema's canonical form, little-endian: what names it in single-object encoding."""
    # fastavro prints the eight bytes in the order they are written
    return bytes.fromhex(fingerprint(to_parsing_canonical_form(parsed), "CRC-64-AVRO"))
