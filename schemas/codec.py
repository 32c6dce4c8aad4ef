"""One codec for every record, with two frames.

Without a schema registry a value is Avro's single-object encoding (Avro 1.11 specification, "Single-object encoding"):
C3 01, the eight bytes of the schema's fingerprint, the body. With one it is Confluent's frame: a zero, the schema's id
in the registry (four bytes, big-endian), the body. Both are read always, for a topic can hold both during a switch.
"""

import io
from functools import cache
from typing import Any, Final, Protocol, TypeVar

import fastavro
import msgspec

from schemas.catalogue import SCHEMA_NAMES, avro_schema, fingerprint_of
from schemas.foreign import UnusableSchemaError
from schemas.history import writers
from schemas.records import Chunk, Features, FrameBatch, ListEntry, Outcome, Record, Verdict

MARKER: Final = b"\xc3\x01"
HEADER_BYTES: Final = 10
CONFLUENT_MARKER: Final = b"\0"
CONFLUENT_HEADER_BYTES: Final = 5
MAX_BYTES: Final[dict[type[Record], int]] = {
    FrameBatch: 2 << 20,
    Chunk: 512 << 10,
    Features: 256 << 10,
    Verdict: 256 << 10,
    ListEntry: 256 << 10,
    Outcome: 64 << 10,
}
"""Bytes of an encoded record, several times what is ever written: a byte can become a hundred in memory."""

R = TypeVar("R", bound=Record)


class BrokenRecordError(ValueError):
    """Bytes that are not a record of the expected kind; the message says why."""


class SchemaIds(Protocol):
    """What a codec asks of a schema registry; answers come from memory, at once."""

    def id_for(self, topic: str) -> int:
        """Schema id that records written to a topic (its name without prefix) carry."""

    def writer(self, schema_id: int) -> Any:
        """Parsed schema of an id; `UnusableSchemaError` where there is none to read with."""


@cache
def header(record_type: type[Record]) -> bytes:
    """Ten bytes that begin a record in single-object encoding: marker and schema fingerprint, little-endian."""
    return MARKER + fingerprint_of(avro_schema(record_type))


def schema_id(value: bytes | None) -> int | None:
    """Registry's schema id of a value in Confluent's frame; None where it is in no such frame."""
    if value is None or len(value) < CONFLUENT_HEADER_BYTES or value[:1] != CONFLUENT_MARKER:
        return None
    return int.from_bytes(value[1:CONFLUENT_HEADER_BYTES], "big")


class Codec:
    """Records to bytes and back.

    Parameters
    ----------
    ids
        Schema ids of a registry: records are written in Confluent's frame. None: in single-object encoding, and
        records in Confluent's frame can't be read.
    """

    __slots__ = ("_ids",)

    def __init__(self, ids: SchemaIds | None = None) -> None:
        self._ids = ids

    def encode(self, record: Record, topic: str) -> bytes:
        """Encode a record for a topic.

        Parameters
        ----------
        record
            An instance of one of the classes in ``SCHEMA_NAMES``.
        topic
            Name without prefix.

        Raises
        ------
        ValueError, TypeError, OverflowError
            If a field is of another type than its schema says, or a number needs more than 64 bits.
        """
        if self._ids is None:
            return encode(record)
        return _encoded(CONFLUENT_MARKER + self._ids.id_for(topic).to_bytes(4, "big"), record)

    def decode(self, value: bytes | None, record_type: type[R]) -> R:
        """Decode one record in either frame, written with any schema that today's can read.

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
        if value is None or value[:1] != CONFLUENT_MARKER:
            return decode(value, record_type)
        number = schema_id(value)
        if number is None:
            raise BrokenRecordError("too short for a record")
        if self._ids is None:
            raise BrokenRecordError("Confluent's frame, but no registry is set (CALLSIEVE_SCHEMA_REGISTRY)")
        try:
            writer = self._ids.writer(number)
        except UnusableSchemaError as error:
            raise BrokenRecordError(f"schema {number}: {error}") from error
        return _decoded(value, CONFLUENT_HEADER_BYTES, writer, record_type)


def encode(record: Record) -> bytes:
    """Encode a record in single-object encoding; see `Codec.encode`."""
    return _encoded(header(type(record)), record)


def decode(value: bytes | None, record_type: type[R]) -> R:
    """Decode a record in single-object encoding, written with any committed version; see `Codec.decode`."""
    if value is not None and value[:HEADER_BYTES] == header(record_type):
        return _decoded(value, HEADER_BYTES, avro_schema(record_type), record_type)
    if value is None or len(value) < HEADER_BYTES:
        raise BrokenRecordError("too short for a record")
    if value[:2] != MARKER:
        raise BrokenRecordError("neither Avro single-object encoding nor Confluent's frame")
    writer = writers(record_type).get(value[2:HEADER_BYTES])
    if writer is None:
        raise BrokenRecordError(f"written with another schema than {SCHEMA_NAMES[record_type]}")
    return _decoded(value, HEADER_BYTES, writer, record_type)


def _encoded(begin: bytes, record: Record) -> bytes:
    out = io.BytesIO()
    out.write(begin)
    plain = msgspec.to_builtins(record, builtin_types=(bytes,))
    fastavro.schemaless_writer(out, avro_schema(type(record)), plain)
    return out.getvalue()


def _decoded(value: bytes, begin: int, writer: Any, record_type: type[R]) -> R:
    if len(value) > MAX_BYTES[record_type]:
        raise BrokenRecordError(f"longer than {MAX_BYTES[record_type]} bytes")
    current = avro_schema(record_type)
    try:
        if writer is not current and (not isinstance(writer, dict) or writer.get("name") != current["name"]):
            raise BrokenRecordError(f"written with another schema than {SCHEMA_NAMES[record_type]}")
        body = io.BytesIO(value)
        body.seek(begin)
        plain = fastavro.schemaless_reader(body, writer, None if writer is current else current)
        if body.read(1):
            raise BrokenRecordError("bytes left over after the record")
        return msgspec.convert(plain, record_type)
    except BrokenRecordError:
        raise
    except Exception as error:  # fastavro raises whatever the broken bytes lead it to
        raise BrokenRecordError(f"{type(error).__name__}: {error}"[:200]) from error
