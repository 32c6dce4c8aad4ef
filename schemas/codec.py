"""One codec for every record: Avro single-object encoding (Avro 1.11 specification, "Single-object encoding")."""

import io
import json
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

import fastavro
import msgspec
from fastavro.repository import AbstractSchemaRepository
from fastavro.schema import fingerprint, load_schema, to_parsing_canonical_form

from schemas.records import Chunk, Features, FrameBatch, ListEntry, Outcome, Record, Verdict

MARKER = b"\xc3\x01"
HEADER_BYTES = 10
MAX_RECORD_BYTES = 8 << 20

R = TypeVar("R", bound=Record)

SCHEMA_NAMES: dict[type[Record], str] = {
    FrameBatch: "frame_batch",
    Chunk: "chunk",
    Features: "features",
    Verdict: "verdict",
    ListEntry: "list_entry",
    Outcome: "outcome",
}


class BrokenRecordError(ValueError):
    """Bytes that are not a record of the expected kind; the message says why."""


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

    def plain(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: plain(value) for key, value in node.items() if not key.startswith("__")}
        return [plain(value) for value in node] if isinstance(node, list) else node

    return plain(avro_schema(record_type))


@cache
def header(record_type: type[Record]) -> bytes:
    """Ten bytes that begin every encoded record: marker and CRC-64-AVRO of the canonical schema, little-endian."""
    canonical = to_parsing_canonical_form(avro_schema(record_type))
    # fastavro prints the eight bytes in the order they are written
    return MARKER + bytes.fromhex(fingerprint(canonical, "CRC-64-AVRO"))


def encode(record: Record) -> bytes:
    """Encode a record.

    Parameters
    ----------
    record
        An instance of one of the classes in ``SCHEMA_NAMES``.

    Raises
    ------
    ValueError, TypeError, OverflowError
        If a field is of another type than its schema says, or a number needs more than 64 bits.
    """
    record_type = type(record)
    out = io.BytesIO()
    out.write(header(record_type))
    plain = msgspec.to_builtins(record, builtin_types=(bytes,))
    fastavro.schemaless_writer(out, avro_schema(record_type), plain)
    return out.getvalue()


def decode(value: bytes | None, record_type: type[R]) -> R:
    """Decode one record.

    Parameters
    ----------
    value
        What stood in the topic.
    record_type
        The class expected there.

    Raises
    ------
    BrokenRecordError
        For anything but one whole record of that class; nothing else is raised.
    """
    if value is None or len(value) < HEADER_BYTES:
        raise BrokenRecordError("too short for a record")
    if len(value) > MAX_RECORD_BYTES:
        raise BrokenRecordError(f"longer than {MAX_RECORD_BYTES} bytes")
    if value[:HEADER_BYTES] != header(record_type):
        if value[:2] != MARKER:
            raise BrokenRecordError("not Avro single-object encoding")
        raise BrokenRecordError(f"written with another schema than {SCHEMA_NAMES[record_type]}")
    body = io.BytesIO(value)
    body.seek(HEADER_BYTES)
    try:
        plain = fastavro.schemaless_reader(body, avro_schema(record_type), None)
        if body.read(1):
            raise BrokenRecordError("bytes left over after the record")
        return msgspec.convert(plain, record_type)
    except BrokenRecordError:
        raise
    except Exception as error:  # fastavro raises whatever the broken bytes lead it to
        raise BrokenRecordError(f"{type(error).__name__}: {error}"[:200]) from error
