"""Outcomes written as lines: what is read, what is refused, and that nothing else happens."""

import io
from typing import Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import Outcome
from streams.learning import LearningError
from streams.learning.outcome_lines import MAX_LINE, RefusedLine, read_outcomes

NOW = 1_700_000_000_000
Form = Literal["jsonl", "csv"]


def read(text: str | bytes, form: Form = "jsonl") -> list[Outcome | RefusedLine]:
    source = io.BytesIO(text.encode() if isinstance(text, str) else text)
    return list(read_outcomes(source, form, now_ms=NOW))


def test_an_object_a_line_is_an_outcome_each() -> None:
    told = Outcome(reported_ms=5, call_id="a", ivr_result="failed", ended_by="caller", speech_count=0, duration_s=7.5)
    assert read(msgspec.json.encode(told) + b'\n\n{"sip_call_id": "x@y", "ivr_result": "passed"}') == [
        told,
        Outcome(reported_ms=NOW, sip_call_id="x@y", ivr_result="passed"),  # reported when it was sent
    ]


def test_a_table_with_named_columns_says_the_same() -> None:
    text = '\ufeffsip_call_id, ivr_result,speech_count,duration_s\n"a,b@c",failed,0,\nd@e,,,12.5\n'
    assert read(text, "csv") == [
        Outcome(reported_ms=NOW, sip_call_id="a,b@c", ivr_result="failed", speech_count=0),
        Outcome(reported_ms=NOW, sip_call_id="d@e", duration_s=12.5),
    ]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("nonsense", "malformed"),
        ("[]", "not a JSON object"),
        ("{}", "names no call"),
        ("[" * 60_000, "nested too deeply"),
        ('{"call_id": ""}', "names no call"),
        ('{"call_id": "a", "ivr": "failed"}', "no field 'ivr'"),
        ('{"call_id": "a", "ivr_result": "lost"}', "ivr_result is 'lost', not one of passed, failed, unknown"),
        ('{"call_id": "a", "ended_by": "me"}', "ended_by is 'me', not one of caller, callee, platform, unknown"),
        ('{"call_id": "a", "ended_by": 1}', "ended_by"),
        ('{"call_id": "a", "speech_count": "0"}', "speech_count"),
        ('{"call_id": "a", "speech_count": -1}', "speech_count is -1"),
        ('{"call_id": "a", "reported_ms": -1}', "reported_ms is -1"),
        ('{"call_id": "' + "a" * 200 + '"}', "call_id has 200 characters"),
        ('{"call_id": "' + "a" * MAX_LINE + '"}', "longer than"),
    ],
)
def test_a_line_that_is_none_is_told_with_its_number_and_the_rest_is_read(line: str, why: str) -> None:
    good = '{"call_id": "a"}'
    before, refused, after = read(f"{good}\n{line}\n{good}\n")
    assert isinstance(refused, RefusedLine)
    assert refused.number == 2
    assert why in refused.reason
    assert before == after == Outcome(reported_ms=NOW, call_id="a")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("a,failed,0", "3 values for 2 fields"),
        ('"a', "unexpected end"),
        ("a,lost", "ivr_result"),
        (",failed", "no call"),
    ],
)
def test_a_row_that_is_none_is_told_with_its_number_too(line: str, why: str) -> None:
    refused, good = read(f"call_id,ivr_result\n{line}\na,passed", "csv")
    assert isinstance(refused, RefusedLine)
    assert refused.number == 2
    assert why in refused.reason
    assert isinstance(good, Outcome)


@pytest.mark.parametrize("parted", [";", "\t"])
def test_the_first_line_shows_what_parts_the_values(parted: str) -> None:
    lines = [("call_id", "ivr_result", "speech_count"), ("a,b", "failed", ""), ("", "", "1")]
    good, refused = read("\r\n".join(map(parted.join, lines)), "csv")
    assert good == Outcome(reported_ms=NOW, call_id="a,b", ivr_result="failed")
    assert isinstance(refused, RefusedLine)
    assert "no call" in refused.reason


@pytest.mark.parametrize("form", ["jsonl", "csv"])
@pytest.mark.parametrize("line", [b"\xff\xfec\x00a\x00", b"\x00\x00", b"M\xfcller"])
def test_nothing_is_read_from_the_first_line_on_that_is_no_text(line: bytes, form: Form) -> None:
    head = b'{"call_id": "a"}\n' if form == "jsonl" else b"call_id\na\n"
    good, refused = read(head + (line + b"\n") * 30 + head, form)
    assert isinstance(good, Outcome)
    assert isinstance(refused, RefusedLine)
    assert (refused.number, "not UTF-8 text" in refused.reason) == (1 + head.count(b"\n"), True)


@pytest.mark.parametrize(
    ("text", "form", "why"),
    [
        ('{"call_id": "a"}', "csv", "--format jsonl"),
        ("call_id,ivr_result\na,failed", "jsonl", "--format csv"),
        ('"ivr_result";"sip_call_id"', "jsonl", "--format csv"),
        ("call_id,\rivr_result", "csv", "can't be read"),
        ("call_id|ivr_result", "csv", "with commas between them"),
    ],
)
def test_a_file_of_another_form_is_refused_at_its_first_line(text: str, form: Form, why: str) -> None:
    with pytest.raises(LearningError, match=why):
        read(text, form)


@pytest.mark.parametrize("first", ["call_id,ivr", "call_id;ivr", "ivr_result", "call_id,call_id", "a"])
def test_a_table_of_other_columns_is_refused_as_a_whole(first: str) -> None:
    with pytest.raises(LearningError, match="first line"):
        read(f"{first}\nx,y", "csv")


@given(st.binary(max_size=300), st.sampled_from(["jsonl", "csv"]))
def test_whatever_is_fed_becomes_outcomes_or_refusals(text: bytes, form: Form) -> None:
    try:
        found = read(b"call_id,ivr_result\n" * (form == "csv") + text, form)
    except LearningError:
        return
    assert all(isinstance(each, Outcome | RefusedLine) for each in found)
