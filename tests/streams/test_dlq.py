"""Dead letters without Kafka: what is told of them, and which go back."""

import json

import msgspec
import pytest
from classify_world import both, head, tone
from hypothesis import given
from hypothesis import strategies as st
from window_world import T0, frame, segment, talk

from schemas.codec import Codec, encode
from schemas.foreign import parse_foreign
from schemas.ids import partition_of
from schemas.records import FrameBatch, ListEntry, Outcome, TonesPart
from streams.dlq.letters import Letter, Marks, Place, Sent, letter_of, mark_of
from streams.dlq.overview import overview
from streams.dlq.retry import MOST_TIMES, Newest, RetryPlan, decisions
from streams.dlq.summary import masked, reason_of, summary
from streams.topics import CHUNKS, ENTRIES, FEATURES, FRAMES, OUTCOMES, RECORDS

SECRET = b"\x55secret audio"


def letter(
    offset: int = 0,
    value: bytes = b"broken",
    topic: str = OUTCOMES,
    reason: str = "why 12",
    origin: Place | None = None,
) -> Letter:
    origin = origin or Place(1, 70 + offset)
    return Letter(Place(0, offset), T0 + offset, b"key", value, reason, topic, origin, None)


def plan(topic: str = OUTCOMES, marks: Marks | None = None, newer: Newest | None = None) -> RetryPlan:
    return RetryPlan(topic, 4, marks or Marks(), Codec(), newer)


def test_a_letter_goes_back_once_and_its_mark_keeps_it_from_going_again() -> None:
    first = plan().decide(letter())
    assert (first.refused, first.times) == (None, 1)
    marks = Marks()
    marks.read(0, mark_of([Sent(0, Place(1, 99), 1)])["retried"])
    assert plan(marks=marks).decide(letter()).refused == "was sent back before"
    assert plan(marks=marks).decide(letter(1)).refused is None


def test_what_is_buried_again_and_again_stays() -> None:
    marks = Marks()
    origin = Place(1, 70)
    for times in range(1, MOST_TIMES + 1):
        decision = plan(marks=marks).decide(letter(times, origin=origin))
        assert (decision.refused, decision.times) == (None, times)
        origin = Place(1, 70 + times)
        marks.add(0, Sent(times, origin, decision.times))
    assert "came back" in (plan(marks=marks).decide(letter(9, origin=origin)).refused or "")


def test_of_two_roles_letters_of_one_record_one_goes() -> None:
    both_of_it = [letter(0, origin=Place(1, 5)), letter(1, origin=Place(1, 5))]
    made = list(decisions(plan(), both_of_it, reason=None, most=1))
    assert [(each.refused, each.again) for each in made] == [(None, False), (None, True)]


def test_only_as_many_go_as_are_asked_for_and_only_of_the_reason() -> None:
    letters = [letter(offset, reason="a" if offset % 2 else "b") for offset in range(10)]
    assert [each.letter.place.offset for each in decisions(plan(), letters, reason="a", most=3)] == [1, 3, 5]


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        ({"truncated_from": 1 << 21}, "is cut"),
        ({"topic": None}, "does not say"),
        ({"topic": "another"}, "does not say"),
        ({"origin": None}, "does not say"),
        ({"origin": Place(4, 1)}, "came from partition 4"),
    ],
)
def test_a_letter_that_cannot_go_back_is_refused_with_the_reason(odd: dict[str, object], why: str) -> None:
    whole = letter()
    fields = {name: getattr(whole, name) for name in Letter.__slots__} | odd
    assert why in (plan().decide(Letter(**fields)).refused or "")


def batch(*calls: str) -> bytes:
    segments = [segment(0, talk(0, 320), kind="open", begun=-1, call=call) for call in calls]
    return encode(FrameBatch(tap_id="tap-1", tap_epoch=1, clock_ms=T0, segments=segments))


def test_a_segment_alone_goes_where_its_call_belongs_and_nowhere_else() -> None:
    home = partition_of("call-1", 4)
    right = letter(value=batch("call-1"), topic=FRAMES, origin=Place(home, 1))
    wrong = letter(value=batch("call-1"), topic=FRAMES, origin=Place((home + 1) % 4, 1))
    assert plan(FRAMES).decide(right).refused is None
    assert f"partition {home}" in (plan(FRAMES).decide(wrong).refused or "")
    assert "no segment" in (plan(FRAMES).decide(letter(value=batch(), topic=FRAMES)).refused or "")


def test_an_old_version_of_a_list_entry_does_not_come_after_a_newer_one() -> None:
    newer = Newest()
    newer.note(b"key", Place(1, 80))
    assert "older" in (plan(ENTRIES, newer=newer).decide(letter(topic=ENTRIES)).refused or "")
    assert plan(ENTRIES, newer=newer).decide(letter(20, topic=ENTRIES)).refused is None


def test_audio_numbers_and_digits_are_not_told() -> None:
    calls = [segment(0, [frame(0, SECRET)], kind="open", begun=-1, call="+4930123456")]
    frames = encode(FrameBatch(tap_id="tap-1", tap_epoch=1, clock_ms=T0, segments=calls))
    told = repr(summary(letter(value=frames), FRAMES, Codec()))
    assert "secret" not in told
    assert "4930" not in told
    dialled = msgspec.structs.replace(both(head(), 1), tones=TonesPart(tones=[tone("7")]))
    assert "'7'" not in repr(summary(letter(value=encode(dialled)), FEATURES, Codec()))
    plain = ListEntry(kind="black", scope="caller", value="4930123456", created_ms=0, actor="a", reason="r")
    assert "4930" not in repr(summary(letter(value=encode(plain)), ENTRIES, Codec()))
    assert "4930" not in reason_of(letter(reason="not the key of an entry: black:caller:+4930123456"))


class OddIds:
    """A registry whose schema says what no terminal should obey."""

    def id_for(self, topic: str) -> int:
        return 1

    def writer(self, schema_id: int) -> object:
        evil = "\x1b[2J+49301234567"
        return parse_foreign(json.dumps({"type": "record", "name": evil, "fields": [{"name": "a", "type": evil}]}))


def test_why_a_record_is_unreadable_neither_steers_the_terminal_nor_tells_a_number() -> None:
    told = summary(letter(value=b"\0\0\0\0\1x"), OUTCOMES, Codec(OddIds()))["unreadable"]
    assert "contains itself" in told
    assert told.isprintable()
    assert "4930" not in told


def test_a_hash_of_ours_is_told_whole() -> None:
    assert masked("0123456789abcdef0123456789abcdef") == "0123456789abcdef0123456789abcdef"
    assert masked("call-17\x1b[2J") == "call-##?[#J"


@given(st.binary(max_size=200), st.sampled_from(sorted(RECORDS)))
def test_whatever_lies_there_is_told_or_called_unreadable(value: bytes, topic: str) -> None:
    told = summary(letter(value=value), topic, Codec())
    assert told["bytes"] == len(value)
    assert "unreadable" in told or "record" in told


@given(st.dictionaries(st.sampled_from(["reason", "topic", "partition", "offset", "truncated_from"]), st.binary()))
def test_whatever_its_headers_are_a_letter_is_read(headers: dict[str, bytes]) -> None:
    found = letter_of(Place(0, 1), 5, None, None, headers)
    plan().decide(found)
    reason_of(found)


@given(st.binary(max_size=100))
def test_a_mark_that_is_none_counts_for_nothing(header: bytes) -> None:
    Marks().read(0, header)


def test_letters_are_counted_by_reason_without_its_numbers() -> None:
    marks = Marks({Place(0, 1)}, {})
    found = overview(CHUNKS, [letter(offset, reason=f"chunk {offset} too far") for offset in range(3)], marks)
    assert (found.letters, found.retried, found.oldest_ms, found.newest_ms) == (3, 1, T0, T0 + 2)
    assert found.kinds == {"chunk N too far": 3}


def test_a_record_is_told_by_its_fields() -> None:
    told = summary(letter(value=encode(Outcome(reported_ms=T0, speech_count=3))), OUTCOMES, Codec())
    assert (told["record"], told["speech_count"]) == ("Outcome", 3)
