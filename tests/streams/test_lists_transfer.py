"""Entries to files and back."""

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from schemas.ids import list_key
from schemas.records import ListEntry
from streams.lists.lines import LONGEST_LINE, Form
from streams.lists.names import names_of
from streams.lists.transfer import Import, read_entries, write_entries
from streams.settings import Settings

SETTINGS = Settings(hmac_key=SecretStr("a key that only tests know"), hmac_key_id="new")
HASH = "0123456789abcdef" * 2
NOW_MS = 1_700_000_000_000


def entry(**more: Any) -> ListEntry:
    told: dict[str, Any] = {
        "kind": "black",
        "scope": "caller",
        "value": HASH,
        "key_id": "new",
        "created_ms": 5,
        "actor": "rule:x@1",
    }
    return ListEntry(**(told | {"reason": 'says "no", twice'} | more))


EVERYTHING = [
    entry(calls=["one", "two"], score=0.75, confidence=0.5, expires_ms=NOW_MS + 1, listed_ms=6, prefixes=["p", "q"]),
    entry(kind="white", reason="a, b; c"),
    entry(kind="protected", scope="trunk", state="disabled"),
    entry(scope="campaign", value="camp", key_id=None, campaign="camp", state="proposed"),
]


def read(text: str, form: Form = "jsonl", known: list[ListEntry] | None = None, keys: Settings = SETTINGS) -> Import:
    keyed = {list_key(one.kind, one.scope, one.value): one for one in known or []}
    return read_entries(io.StringIO(text), form, keys, keyed, importer="person:anna", now_ms=NOW_MS, reason="imported")


def written(entries: list[ListEntry], form: Form) -> str:
    file = io.StringIO(newline="")
    assert write_entries(entries, file, form) == len(entries)
    return file.getvalue()


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_what_was_exported_changes_nothing_where_it_stands_and_is_whole_where_it_does_not(form: Form) -> None:
    text = written(EVERYTHING, form)
    again = read(text, form, EVERYTHING)
    assert (again.same, again.new, again.changed, again.errors) == (len(EVERYTHING), [], [], [])
    elsewhere = read(text, form)
    assert elsewhere.errors == []
    assert [one.actor for one in elsewhere.new] == ["rule:x@1, imported by person:anna"] * 4
    for before, after in zip(EVERYTHING, elsewhere.new, strict=True):
        after.actor = before.actor
        assert after == before


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_a_file_that_was_imported_can_be_imported_again(form: Form) -> None:
    text = written(EVERYTHING, form)
    assert read(text, form, read(text, form).new).same == len(EVERYTHING)
    short = '{"kind": "white", "number": "+49409876543"}'
    first = read(short)
    assert (len(first.new), read(short, known=first.new).same) == (1, 1)


def test_a_number_in_clear_is_hashed_with_the_present_key() -> None:
    (made,) = read('{"kind": "white", "number": "+49 40 9876543", "reason": "ours"}').new
    name = names_of("+49409876543", "caller", SETTINGS)[0]
    assert (made.value, made.key_id, made.actor, made.reason) == (name.value, "new", "person:anna", "ours")
    assert "409876543" not in repr(made)


def test_an_entry_that_differs_is_changed_and_one_past_its_time_left_out() -> None:
    found = read(written([entry(state="disabled"), entry(kind="white", expires_ms=NOW_MS)], "jsonl"), known=[entry()])
    assert ([one.state for one in found.changed], found.expired) == (["disabled"], 1)
    assert found.changed[0].actor == "rule:x@1, imported by person:anna"


def test_a_hash_of_a_key_that_is_not_set_is_refused_with_the_way_out() -> None:
    ((number, message),) = read(written([entry(key_id="theirs")], "jsonl")).errors
    assert number == 1
    assert "'theirs'" in message
    assert "CALLSIEVE_HMAC_OLD_KEY" in message
    old = Settings(hmac_key_id="new", hmac_old_key_id="theirs")
    assert read(written([entry(key_id="theirs")], "jsonl"), keys=old).errors == []
    assert read(written([entry(key_id=None)], "jsonl")).untold == 1


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "no JSON"),
        ("[]", "no JSON object"),
        ('{"value": "x"}', "kind"),
        ('{"kind": "grey", "value": "x"}', "its kind is none of black, white, protected"),
        ('{"kind": "black"}', "either value or number"),
        (f'{{"kind": "black", "value": "{HASH}", "number": "1"}}', "either value or number"),
        ('{"kind": "black", "value": "+49409876543"}', "goes under 'number'"),
        ('{"kind": "black", "number": "not a number"}', "no telephone number"),
        ('{"kind": "black", "number": 49409876543}', "is a text"),
        ('{"kind": "black", "scope": "campaign", "value": "+49409876543"}', "telephone number, which no campaign is"),
        (f'{{"kind": "black", "value": "{HASH}", "expires_ms": "soon"}}', "expires_ms"),
        (f'{{"kind": "black", "value": "{HASH}", "created_ms": -1}}', "created_ms"),
        (f'{{"kind": "black", "value": "{HASH}", "days": 3}}', "fields that no entry has: days"),
        (f'{{"kind": "black", "value": "{HASH}", "reason": "{"r" * 2000}"}}', "reason has 2000"),
        ("x" * (LONGEST_LINE + 5), "longer than"),
    ],
)
def test_a_line_that_is_no_entry_is_told_by_its_number_and_never_repeats_a_telephone_number(
    line: str, message: str
) -> None:
    good = '{"kind": "white", "number": "+49409876543"}'
    found = read(f"{good}\n\n{line}\n")
    ((number, said),) = found.errors
    assert (number, len(found.new)) == (3, 1)
    assert message in said
    assert "9876543" not in said


def test_the_same_entry_twice_in_a_file_is_told() -> None:
    ((number, said),) = read(written([entry(), entry(state="disabled")], "jsonl")).errors
    assert (number, said) == (2, "the same entry as line 1")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kind,colour\nblack,red", "columns that no entry has: colour"),
        ("kind,value\nblack", "1 cells under 2 columns"),
        ('kind,value\nblack,"', "no CSV"),
    ],
)
def test_csv_that_is_none_is_told(text: str, message: str) -> None:
    ((_, said),) = read(text, "csv").errors
    assert message in said


@given(text=st.text(max_size=300) | st.binary(max_size=300).map(lambda raw: raw.decode("utf-8", "replace")))
@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_no_file_breaks_it(form: Form, text: str) -> None:
    assert isinstance(read(text, form), Import)


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=30, deadline=None)
@given(told=st.dictionaries(st.sampled_from([*ListEntry.__struct_fields__, "number"]), json_like))
def test_no_object_breaks_it(told: dict[str, Any]) -> None:
    told = {"kind": "black", "value": HASH} | told
    found = read(json.dumps(told))
    assert len(found.new) + len(found.errors) + found.expired == 1
