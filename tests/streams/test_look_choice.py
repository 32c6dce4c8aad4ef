"""Which verdicts are shown: filters, repeats within a bounded memory, records that are none."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from look_world import make_verdict

from schemas.codec import encode
from streams.look.choice import RecentIds, VerdictChoice, VerdictFilter


@pytest.mark.parametrize(
    ("wanted", "passes"),
    [
        (VerdictFilter(), True),
        (VerdictFilter(labels=frozenset({"fax", "speech"})), True),
        (VerdictFilter(labels=frozenset({"fax"})), False),
        (VerdictFilter(actions=frozenset({"block"})), False),
        (VerdictFilter(causes=frozenset({"audio"})), True),
        (VerdictFilter(causes=frozenset({"replay"})), False),
        (VerdictFilter(scopes=frozenset({"chunk"})), False),
        (VerdictFilter(call="abcd"), True),
        (VerdictFilter(call="bcd"), False),
        (VerdictFilter(call="sip-1@host"), True),
        (VerdictFilter(call="sip-1"), False),
        (VerdictFilter(min_probability=0.75), True),
        (VerdictFilter(min_probability=0.76), False),
        (VerdictFilter(labels=frozenset({"speech"}), actions=frozenset({"block"})), False),
    ],
)
def test_a_filter_lets_through_what_fits_all_its_choices(wanted: VerdictFilter, passes: bool) -> None:
    assert wanted.passes(make_verdict("abcdef", sip_call_id="sip-1@host")) is passes


def test_repeats_are_dropped_and_counted() -> None:
    choice = VerdictChoice(VerdictFilter())
    first, second = encode(make_verdict()), encode(make_verdict(chunk=1))
    assert [verdict.chunk for verdict in choice.feed([first, second, first, first])] == [0, 1]
    assert (choice.shown, choice.repeats, choice.broken) == (2, 2, 0)


def test_repeats_are_remembered_within_a_bounded_memory() -> None:
    recent = RecentIds(3)
    assert [recent.is_new(each) for each in ("a", "b", "a", "c", "d", "b", "a")] == [
        True, True, False, True, True, False, True,
    ]  # fmt: skip
    assert len(recent) == 3
    with pytest.raises(ValueError, match="at least one"):
        RecentIds(0)


def test_what_a_filter_holds_back_is_no_repeat() -> None:
    choice = VerdictChoice(VerdictFilter(labels=frozenset({"fax"})))
    assert not list(choice.feed([encode(make_verdict())] * 2))
    assert choice.repeats == 0


def test_no_more_than_the_limit_is_let_through() -> None:
    choice = VerdictChoice(VerdictFilter(), limit=2)
    values = [encode(make_verdict(chunk=chunk)) for chunk in range(5)]
    assert not choice.full
    assert [verdict.chunk for verdict in choice.feed(values)] == [0, 1]
    assert choice.full


@given(st.lists(st.one_of(st.none(), st.binary(max_size=100)), max_size=5))
def test_records_that_are_no_verdicts_are_counted(values: list[Any]) -> None:
    choice = VerdictChoice(VerdictFilter())
    assert not list(choice.feed(values))
    assert choice.broken == len(values)
    assert [verdict.id for verdict in choice.feed([encode(make_verdict())])] == [make_verdict().id]
