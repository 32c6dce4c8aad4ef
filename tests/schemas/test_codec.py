"""Records and their bytes."""

import json
import struct
from importlib.resources import files
from typing import Any, get_args, get_type_hints

import msgspec
import pytest
from fastavro.schema import fingerprint
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas import records
from schemas.catalogue import SCHEMA_NAMES, avro_schema
from schemas.codec import HEADER_BYTES, MARKER, MAX_BYTES, BrokenRecordError, decode, encode, header
from schemas.records import FrameBatch, Record

RECORD_TYPES = list(SCHEMA_NAMES)
INTS, LONGS = st.integers(-(2**31), 2**31 - 1), st.integers(-(2**63), 2**63 - 1)
FLOATS = st.floats(allow_nan=False, width=32)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


def schema_fields(name: str) -> dict[str, dict[str, Any]]:
    snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
    schema = json.loads(files("schemas").joinpath("avro", f"{snake}.avsc").read_text())
    return {field["name"]: field for field in schema["fields"]}


def values(hint: Any, avro: Any = None) -> st.SearchStrategy[Any]:
    arguments = get_args(hint)
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return instances(hint)
    if type(None) in arguments:
        branch = next(b for b in avro if b != "null") if isinstance(avro, list) else avro
        return st.none() | values(next(a for a in arguments if a is not type(None)), branch)
    if arguments and getattr(hint, "__origin__", None) is list:
        items = avro.get("items") if isinstance(avro, dict) else None
        return st.lists(values(arguments[0], items), max_size=3)
    if arguments and getattr(hint, "__origin__", None) is dict:
        return st.dictionaries(TEXTS, values(arguments[1]), max_size=3)
    if arguments:
        return st.sampled_from(arguments)
    of: dict[Any, st.SearchStrategy[Any]] = {
        int: LONGS if avro == "long" else INTS,
        float: FLOATS,
        bool: st.booleans(),
        str: TEXTS,
        bytes: st.binary(max_size=16),
    }
    return of[hint]


def instances(record_type: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    fields, hints = schema_fields(record_type.__name__), get_type_hints(record_type)
    return st.builds(record_type, **{name: values(hints[name], fields[name]["type"]) for name in fields})


STRUCTS = [
    each
    for each in vars(records).values()
    if isinstance(each, type) and issubclass(each, msgspec.Struct) and each is not Record
]
any_record = st.sampled_from(RECORD_TYPES).flatmap(instances)
relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@pytest.mark.parametrize("record_type", RECORD_TYPES)
def test_a_record_comes_back_as_it_was(record_type: type[Record]) -> None:
    @settings(relaxed, max_examples=60)
    @given(instances(record_type))
    def comes_back(record: Record) -> None:
        assert decode(encode(record), record_type) == record

    comes_back()


@settings(relaxed, max_examples=300)
@given(st.sampled_from(RECORD_TYPES), st.binary(max_size=200))
def test_any_bytes_are_a_record_or_broken(record_type: type[Record], body: bytes) -> None:
    for value in (body, header(record_type) + body):
        try:
            record = decode(value, record_type)
        except BrokenRecordError:
            continue
        assert type(record) is record_type


@settings(relaxed, max_examples=150)
@given(any_record, st.data())
def test_a_record_with_changed_bytes_is_a_record_or_broken(record: Record, data: st.DataObject) -> None:
    value = bytearray(encode(record))
    for _ in range(data.draw(st.integers(1, 3))):
        value[data.draw(st.integers(0, len(value) - 1))] = data.draw(st.integers(0, 255))
    try:
        decode(bytes(value), type(record))
    except BrokenRecordError:
        return


@settings(relaxed, max_examples=100)
@given(any_record, st.data())
def test_a_record_cut_short_or_with_more_behind_it_is_broken(record: Record, data: st.DataObject) -> None:
    value = encode(record)
    with pytest.raises(BrokenRecordError):
        decode(value[: data.draw(st.integers(0, len(value) - 1))], type(record))
    with pytest.raises(BrokenRecordError, match="left over"):
        decode(value + b"\0", type(record))


def test_a_null_is_broken() -> None:
    with pytest.raises(BrokenRecordError, match="too short"):
        decode(None, FrameBatch)


def test_a_record_beyond_the_size_limit_is_broken_before_it_is_read() -> None:
    with pytest.raises(BrokenRecordError, match="longer than"):
        decode(header(FrameBatch) + bytes(MAX_BYTES[FrameBatch]), FrameBatch)


def test_an_array_that_claims_more_items_than_there_are_bytes_is_broken() -> None:
    batch = encode(FrameBatch(tap_id="t", tap_epoch=1, clock_ms=2, segments=[]))
    claim = b"\xfe\xff\xff\xff\xff\xff\xff\x7f"  # a block of 2**54 items
    with pytest.raises(BrokenRecordError):
        decode(batch[:-1] + claim, FrameBatch)


@pytest.mark.parametrize("written", RECORD_TYPES)
def test_a_record_written_with_another_schema_is_refused(written: type[Record]) -> None:
    for expected in RECORD_TYPES:
        if expected is not written:
            with pytest.raises(BrokenRecordError, match=f"another schema than {SCHEMA_NAMES[expected]}"):
                decode(header(written) + bytes(100), expected)


def test_a_number_out_of_its_schemas_range_is_not_written() -> None:
    with pytest.raises(OverflowError):
        encode(FrameBatch(tap_id="t", tap_epoch=2**63, clock_ms=0, segments=[]))


def crc_64_avro(text: bytes) -> int:
    """Rabin fingerprint as the Avro specification gives it, bit by bit."""
    empty = 0xC15D213AA4D7A795
    crc = empty
    for byte in text:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (empty if crc & 1 else 0)
    return crc


def test_the_checksum_agrees_with_the_specifications_value_for_int() -> None:
    assert crc_64_avro(b'"int"') == 0x7275D51A3F395C8F
    assert bytes.fromhex(fingerprint('"int"', "CRC-64-AVRO")) == struct.pack("<Q", 0x7275D51A3F395C8F)


@pytest.mark.parametrize("record_type", RECORD_TYPES)
def test_a_header_is_the_marker_and_the_checksum_of_the_canonical_schema(record_type: type[Record]) -> None:
    assert header(record_type) == MARKER + struct.pack("<Q", crc_64_avro(canonical(record_type).encode()))
    assert len(header(record_type)) == HEADER_BYTES


def canonical(record_type: type[Record]) -> str:
    """Parsing canonical form, written from the specification: whole names, only what matters, in its order."""
    seen: set[str] = set()

    def of(schema: Any) -> Any:
        if isinstance(schema, list):
            return [of(each) for each in schema]
        if isinstance(schema, str) or schema.get("name") in seen:
            return schema if isinstance(schema, str) else schema["name"]
        seen.update({schema["name"]} if "name" in schema else ())
        made = {key: schema[key] for key in ("name", "type") if key in schema}
        if "fields" in schema:
            made["fields"] = [{"name": field["name"], "type": of(field["type"])} for field in schema["fields"]]
        if "symbols" in schema:
            made["symbols"] = schema["symbols"]
        made.update({key: of(schema[key]) for key in ("items", "values") if key in schema})
        return made["type"] if len(made) == 1 else made

    return json.dumps(of(avro_schema(record_type)), separators=(",", ":"))


@pytest.mark.parametrize("record_type", STRUCTS)
def test_a_class_has_the_fields_and_defaults_of_its_schema(record_type: type[msgspec.Struct]) -> None:
    fields = schema_fields(record_type.__name__)
    info = {field.name: field for field in msgspec.structs.fields(record_type)}
    assert set(info) == set(fields)
    for name, field in info.items():
        if "default" in fields[name]:
            told = fields[name]["default"]
            made = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
            assert made == (told.encode("latin-1") if isinstance(made, bytes) else told), name


@pytest.mark.parametrize("record_type", STRUCTS)
def test_a_choice_has_the_symbols_of_its_schema(record_type: type[msgspec.Struct]) -> None:
    hints = get_type_hints(record_type)
    for name, field in schema_fields(record_type.__name__).items():
        choices = [a for a in get_args(hints[name]) if isinstance(a, str)]
        if choices:
            avro = field["type"]
            symbols = avro["symbols"] if isinstance(avro, dict) else _named()[avro]
            assert choices == symbols, name


def _named() -> dict[str, list[str]]:
    schema = json.loads(files("schemas").joinpath("avro", "direction.avsc").read_text())
    return {f"callsieve.{schema['name']}": schema["symbols"]}
