"""Versions of schemas: today's is committed, and reads whatever an older one wrote."""

import copy
import io
import json
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

import fastavro
import pytest
from fastavro.utils import generate_many
from schema_evolution import why_unreadable

from schemas.catalogue import SCHEMA_NAMES, bare_schema, fingerprint_of
from schemas.codec import MARKER, BrokenRecordError, Codec, header
from schemas.history import committed, freeze, writers
from schemas.records import Chunk, Facts, FrameBatch, ListEntry, Outcome, Record

RECORD_TYPES = list(SCHEMA_NAMES)
VERSIONS = [(record_type, number) for record_type in RECORD_TYPES for number in committed(record_type)]


@pytest.mark.parametrize("record_type", RECORD_TYPES)
def test_the_newest_committed_version_is_todays(record_type: type[Record]) -> None:
    versions = committed(record_type)
    assert list(versions) == list(range(1, len(versions) + 1))
    assert versions[len(versions)] == bare_schema(record_type), (
        f"the schema {SCHEMA_NAMES[record_type]} has changed: run 'callsieve schema freeze' and commit what it makes "
        "in schemas/history (where the newest was made for a change that nobody has yet, delete that one first)"
    )


@pytest.mark.parametrize("record_type", RECORD_TYPES)
def test_every_version_reads_all_before_it(record_type: type[Record]) -> None:
    for (old, writer), (new, reader) in combinations(committed(record_type).items(), 2):
        assert why_unreadable(reader, writer) == [], f"{SCHEMA_NAMES[record_type]} {new:03} can't read {old:03}"


@pytest.mark.parametrize(("record_type", "number"), VERSIONS)
def test_records_of_every_version_are_read(record_type: type[Record], number: int) -> None:
    schema = fastavro.parse_schema(committed(record_type)[number])
    for plain in generate_many(schema, 20):
        assert isinstance(Codec().decode(written(plain, schema), record_type), record_type)


def test_a_field_that_came_later_has_its_default() -> None:
    facts = {"direction": "caller", "opened_ms": 1, "tap_id": "t", "key_id": "k"}
    segment = {"kind": "open", "call_id": "c", "direction": "caller", "ssrc": 0, "anchor": 0, "chunk": 0, "begun": -1}
    names = ("sequence", "timestamp", "arrival", "marker", "payload_type", "encoding", "length", "payload")
    segment |= {"captured_ms": 3, "facts": facts} | dict.fromkeys(names, b"")
    batch = {"tap_id": "t", "tap_epoch": 1, "clock_ms": 2, "segments": [segment]}
    found = Codec().decode(written(batch, fastavro.parse_schema(committed(FrameBatch)[1])), FrameBatch)
    assert found.segments[0].facts == Facts(direction="caller", opened_ms=1, tap_id="t", key_id="k", old_key_id=None)


def test_an_older_record_is_read_as_no_other_kind() -> None:
    value = MARKER + fingerprint_of(fastavro.parse_schema(committed(Chunk)[1])) + bytes(50)
    for record_type in (FrameBatch, ListEntry, Outcome):
        with pytest.raises(BrokenRecordError, match="another schema"):
            Codec().decode(value, record_type)


def test_an_older_record_that_is_broken_is_refused() -> None:
    older = next(schema for mark, schema in writers(Chunk).items() if mark != header(Chunk)[2:])
    value = written(next(iter(generate_many(older, 1))), older)
    random = Random(7)
    for _ in range(200):
        broken = bytearray(value)
        broken[random.randrange(10, len(value))] = random.randrange(256)
        for cut in (bytes(broken), bytes(broken[: random.randrange(10, len(value))])):
            try:
                Codec().decode(cut, Chunk)
            except BrokenRecordError:
                continue


def test_a_change_makes_the_next_version_and_no_change_makes_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert freeze(Outcome, tmp_path) is None
    changed = bare_schema(Outcome)
    changed["fields"].append({"name": "cost", "type": "float", "default": 0.0})
    monkeypatch.setattr("schemas.history.bare_schema", lambda _: changed)
    path = freeze(Outcome, tmp_path)
    assert path == tmp_path / "outcome" / f"{len(committed(Outcome)) + 1:03}.avsc"
    assert json.loads(path.read_text()) == changed


def written(plain: Any, schema: Any) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, schema, plain)
    return MARKER + fingerprint_of(schema) + out.getvalue()


def field(schema: Any, name: str) -> dict[str, Any]:
    return next(each for each in schema["fields"] if each["name"] == name)


def without_a_field(schema: Any) -> None:
    schema["fields"].remove(field(schema, "reported_ms"))


def with_a_field_that_has_no_default(schema: Any) -> None:
    schema["fields"].append({"name": "cost", "type": "float"})


def with_a_narrower_type(schema: Any) -> None:
    field(schema, "reported_ms")["type"] = "int"


def with_another_type(schema: Any) -> None:
    field(schema, "reported_ms")["type"] = "string"


def without_a_symbol(schema: Any) -> None:
    field(schema, "ivr_result")["type"]["symbols"].remove("failed")


def without_null(schema: Any) -> None:
    field(schema, "call_id")["type"] = "string"


def under_another_name(schema: Any) -> None:
    schema["name"] = "callsieve.Result"


def with_a_field_that_has_a_default(schema: Any) -> None:
    schema["fields"].append({"name": "cost", "type": "float", "default": 0.0})


def with_a_wider_type(schema: Any) -> None:
    field(schema, "reported_ms")["type"] = "double"


def with_another_symbol(schema: Any) -> None:
    field(schema, "ivr_result")["type"]["symbols"].append("unclear")


@pytest.mark.parametrize(
    "change",
    [
        with_a_field_that_has_no_default,
        with_a_narrower_type,
        with_another_type,
        without_a_symbol,
        without_null,
        under_another_name,
    ],
)
def test_the_check_finds_a_change_that_breaks(change: Callable[[Any], None]) -> None:
    assert why_unreadable(changed_by(change), bare_schema(Outcome)) != []


@pytest.mark.parametrize(
    "change", [without_a_field, with_a_field_that_has_a_default, with_a_wider_type, with_another_symbol]
)
def test_the_check_lets_a_harmless_change_pass(change: Callable[[Any], None]) -> None:
    assert why_unreadable(changed_by(change), bare_schema(Outcome)) == []


def changed_by(change: Callable[[Any], None]) -> Any:
    schema = copy.deepcopy(bare_schema(Outcome))
    change(schema)
    return schema
