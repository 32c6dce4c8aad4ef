"""Schemas of other programs: what they may say, and what is made of them."""

import io
import json
from typing import Any

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.catalogue import SCHEMA_NAMES, avro_schema, bare_schema, plain_schema
from schemas.foreign import MAX_DEPTH, MAX_SCHEMA_CHARACTERS, UnusableSchemaError, parse_foreign
from schemas.records import Outcome, Record


@pytest.mark.parametrize("record_type", list(SCHEMA_NAMES))
def test_a_schema_equal_to_ours_is_ours(record_type: type[Record]) -> None:
    for schema in (plain_schema(record_type), bare_schema(record_type)):
        assert parse_foreign(json.dumps(schema)) is avro_schema(record_type)


def record(*types: Any) -> dict[str, Any]:
    fields = [{"name": f"f{number}", "type": each} for number, each in enumerate(types)]
    return {"type": "record", "name": "R", "fields": fields}


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        (record(["null", "R"]), "contains itself"),
        (record({"type": "array", "items": "R"}), "contains itself"),
        (record({"type": "record", "name": "x.R2", "fields": [{"name": "a", "type": ["null", "R"]}]}), "itself"),
        (record("null"), "no bytes"),
        (record({"type": "array", "items": "null"}), "no bytes"),
        (record({"type": "map", "values": {"type": "null"}}), "no bytes"),
        (record(), "no bytes"),
        (record({"type": "fixed", "name": "F", "size": 0}), "no bytes"),
        (record("callsieve.Elsewhere"), "not a whole Avro schema"),
        (record({"type": "enum", "name": "E", "symbols": ["a", "a"]}), "not a whole Avro schema"),
        (record({"type": "enum", "name": "E"}), "not a whole Avro schema"),
        (record(7), "neither a name"),
        (record(None), "neither a name"),
        ({"type": "record", "name": "R", "fields": ["f"]}, "no bytes"),
        ({}, "neither a name"),
        ("null", "no bytes"),
    ],
)
def test_a_schema_that_a_reader_could_not_walk_in_peace_is_refused(schema: Any, why: str) -> None:
    with pytest.raises(UnusableSchemaError, match=why):
        parse_foreign(json.dumps(schema))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[" * 100_000,
        '{"type":' * (MAX_DEPTH + 2) + '"int"' + "}" * (MAX_DEPTH + 2),
        json.dumps(bare_schema(Outcome)) + " " * MAX_SCHEMA_CHARACTERS,
    ],
)
def test_a_schema_too_long_too_deep_or_no_json_is_refused(text: str) -> None:
    with pytest.raises(UnusableSchemaError):
        parse_foreign(text)


def test_doubling_records_are_read_at_the_cost_of_their_bytes() -> None:
    schema: Any = "boolean"
    for level in range(20):
        fields = [{"name": "a", "type": schema}, {"name": "b", "type": f"L{level - 1}" if level else "boolean"}]
        schema = {"type": "record", "name": f"L{level}", "fields": fields}
    parsed = parse_foreign(json.dumps(schema))
    with pytest.raises(EOFError):
        fastavro.schemaless_reader(io.BytesIO(bytes(10)), parsed, None)


def test_what_has_no_bearing_on_the_bytes_is_left_out() -> None:
    schema = bare_schema(Outcome)
    for field in schema["fields"]:
        if field["name"] == "reported_ms":
            field["type"] = {"type": "long", "logicalType": "timestamp-millis"}
    assert parse_foreign(json.dumps(schema)) is avro_schema(Outcome)


scalars = st.sampled_from(["null", "int", "string", "R", "record", "array", "enum", "fixed", "map"]) | st.integers()
keys = st.sampled_from(["type", "name", "fields", "items", "values", "symbols", "size", "namespace", "default"])
schemas = st.recursive(
    scalars | st.none(), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4)
)


@settings(deadline=None, max_examples=200)
@given(schemas)
def test_any_json_is_a_schema_or_refused(schema: Any) -> None:
    try:
        parse_foreign(json.dumps(schema))
    except UnusableSchemaError:
        return
