"""The two frames that a record's bytes stand in."""

import io
import json
import struct
from typing import Any

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.catalogue import SCHEMA_NAMES, bare_schema
from schemas.codec import MARKER, BrokenRecordError, Codec, schema_id
from schemas.foreign import UnusableSchemaError, parse_foreign
from schemas.history import committed
from schemas.records import Chunk, FrameBatch, Outcome, Record

OUTCOME = Outcome(reported_ms=1_700_000_000_000, call_id="c", ivr_result="failed")
TOPIC = "call.outcomes"


class Ids:
    """Schema ids, as a registry has given them."""

    def __init__(self, written: int, **schemas: Any) -> None:
        self._written = written
        self._writers = {int(name[1:]): parse_foreign(json.dumps(schema)) for name, schema in schemas.items()}

    def id_for(self, topic: str) -> int:
        assert topic == TOPIC
        return self._written

    def writer(self, number: int) -> Any:
        if number not in self._writers:
            raise UnusableSchemaError("nobody knows it")
        return self._writers[number]


def with_registry(**schemas: Any) -> Codec:
    return Codec(Ids(7, _7=bare_schema(Outcome), **schemas))


def framed(number: int, schema: Any, plain: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), plain)
    return struct.pack(">bI", 0, number) + out.getvalue()


def test_with_a_registry_a_record_begins_with_a_zero_and_the_id_of_its_schema() -> None:
    value = with_registry().encode(OUTCOME, TOPIC)
    assert value[:5] == bytes([0, 0, 0, 0, 7])
    assert value[5:] == Codec().encode(OUTCOME, TOPIC)[10:]
    assert schema_id(value) == 7


def test_both_frames_are_read_with_a_registry() -> None:
    codec = with_registry()
    assert codec.decode(codec.encode(OUTCOME, TOPIC), Outcome) == OUTCOME
    assert codec.decode(Codec().encode(OUTCOME, TOPIC), Outcome) == OUTCOME


def test_without_a_registry_confluents_frame_is_refused_with_the_way_out() -> None:
    with pytest.raises(BrokenRecordError, match="CALLSIEVE_SCHEMA_REGISTRY"):
        Codec().decode(with_registry().encode(OUTCOME, TOPIC), Outcome)


def test_an_id_that_nobody_knows_is_broken() -> None:
    with pytest.raises(BrokenRecordError, match="schema 8: nobody knows it"):
        with_registry().decode(bytes([0, 0, 0, 0, 8, 1, 2]), Outcome)


def test_a_schema_of_another_record_is_broken() -> None:
    codec = with_registry(_8=bare_schema(Chunk))
    with pytest.raises(BrokenRecordError, match="another schema than outcome"):
        codec.decode(bytes([0, 0, 0, 0, 8]) + bytes(100), Outcome)


@pytest.mark.parametrize("number", sorted(committed(FrameBatch)))
def test_records_of_every_version_are_read_by_id(number: int) -> None:
    schema = committed(FrameBatch)[number]
    value = framed(9, schema, {"tap_id": "t", "tap_epoch": 1, "clock_ms": 2, "segments": []})
    assert Codec(Ids(9, _9=schema)).decode(value, FrameBatch).tap_id == "t"


def test_a_newer_writers_field_is_passed_over() -> None:
    newer = bare_schema(Outcome)
    newer["fields"].insert(0, {"name": "cost", "type": {"type": "array", "items": "double"}, "default": []})
    value = framed(8, newer, {"cost": [1.0, 2.0], "reported_ms": 5, "ivr_result": "passed", "ended_by": "caller"})
    found = with_registry(_8=newer).decode(value, Outcome)
    assert (found.reported_ms, found.ivr_result, found.ended_by) == (5, "passed", "caller")


def test_another_programs_own_schema_of_the_record_is_read() -> None:
    """Fewer fields, another order, other integers, its own words and logical types: what Avro's rules let pass."""
    theirs = {
        "type": "record",
        "name": "Outcome",
        "namespace": "callsieve",
        "fields": [
            {"name": "call_id", "type": "string"},
            {"name": "reported_ms", "type": {"type": "long", "logicalType": "timestamp-millis"}, "doc": "when"},
            {"name": "speech_count", "type": "int"},
            *(field for field in bare_schema(Outcome)["fields"] if field["name"] in ("ivr_result", "ended_by")),
        ],
    }
    told = {"call_id": "c", "reported_ms": 1_700_000_000_000, "speech_count": 3}
    value = framed(8, theirs, told | {"ivr_result": "unknown", "ended_by": "unknown"})
    assert with_registry(_8=theirs).decode(value, Outcome) == Outcome(
        reported_ms=1_700_000_000_000, call_id="c", speech_count=3
    )


def test_a_schema_that_todays_cannot_be_had_from_is_broken() -> None:
    theirs = {"type": "record", "name": "callsieve.Outcome", "fields": [{"name": "call_id", "type": "string"}]}
    with pytest.raises(BrokenRecordError, match="No default value for field"):
        with_registry(_8=theirs).decode(framed(8, theirs, {"call_id": "c"}), Outcome)


def test_more_bytes_than_the_record_are_broken_in_either_frame() -> None:
    codec = with_registry()
    for value in (codec.encode(OUTCOME, TOPIC), Codec().encode(OUTCOME, TOPIC)):
        with pytest.raises(BrokenRecordError, match="left over"):
            codec.decode(value + b"\0", Outcome)


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from(list(SCHEMA_NAMES)), st.sampled_from([b"", bytes(5), bytes([0, 0, 0, 0, 7]), MARKER]), st.binary()
)
def test_any_bytes_are_a_record_or_broken(record_type: type[Record], begin: bytes, body: bytes) -> None:
    codec = Codec(Ids(7, _7=bare_schema(record_type)))
    try:
        record = codec.decode(begin + body, record_type)
    except BrokenRecordError:
        return
    assert type(record) is record_type


def test_what_is_too_short_for_a_frame_has_no_id() -> None:
    assert [schema_id(value) for value in (None, b"", bytes(4), b"\xc3\x01" + bytes(20))] == [None] * 4
    assert schema_id(bytes(5)) == 0
