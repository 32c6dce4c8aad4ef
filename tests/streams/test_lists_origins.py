"""Ranges of numbers and trunks most of whose callers are listed."""

from typing import Any

import pytest
from msgspec.structs import replace
from rules_world import RulesWorld, Street

from schemas.records import ListEntry
from streams.lists.origins import CallerRange, Trunk
from streams.lists.rules import Rules

RANGE = CallerRange(version=4, callers=4, share=0.5, expires_days=3)
TRUNK = Trunk(version=2, callers=4, share=0.5, expires_days=1)
DAY_MS = 86_400_000
OF_RANGE = ["wider", "range", "narrower"]  # prefixes of a number: the last one but one leaves two digits open


def rules(**more: Any) -> Rules:
    return replace(Rules.load(), **({"caller_range": RANGE, "trunk": None} | more))


def robocalls(world: RulesWorld, callers: int, *, first: int = 0, **facts: Any) -> None:
    """So many callers, each of whom plays a recording of its own three times."""
    for n in range(first, first + callers):
        for _ in range(3):
            world.play(f"robocall {n}", f"caller-{n}", **({"prefixes": OF_RANGE} | facts))


def test_a_range_most_of_whose_callers_are_listed_is_listed() -> None:
    world = RulesWorld(rules(), Street(heard={"range": 6}))
    robocalls(world, 3)
    assert world.acting("prefix") == set()
    robocalls(world, 1, first=3)
    entry = world.standing("prefix", "range")
    assert entry is not None
    assert (entry.state, entry.actor, entry.key_id) == ("active", "rule:caller-range@4", "k1")
    assert len(entry.calls) == 4
    assert "4 of 6 callers" in entry.reason
    assert entry.expires_ms == (entry.listed_ms or 0) + 3 * DAY_MS


def test_a_range_where_many_others_call_from_is_not() -> None:
    world = RulesWorld(rules(), Street(heard={"range": 9}))
    robocalls(world, 4)
    assert world.acting("prefix") == set()


def test_where_nobody_knows_who_calls_from_it_no_range_is_listed() -> None:
    world = RulesWorld(rules())
    robocalls(world, 9)
    assert world.acting("prefix") == set()


def test_callers_whom_people_listed_and_whose_entries_ended_do_not_count() -> None:
    world = RulesWorld(rules(), Street(heard={"range": 4}))
    robocalls(world, 3)
    for n in range(5):
        world.say("black", "caller", f"by-hand-{n}", prefixes=OF_RANGE)
    world.now_ms += 40 * DAY_MS
    robocalls(world, 1, first=3)
    assert world.acting("prefix") == set()


@pytest.mark.parametrize(
    "guard",
    [
        {"kind": "protected", "scope": "prefix", "value": "range"},
        {"kind": "protected", "scope": "caller", "value": "a bank in it", "prefixes": OF_RANGE},
        {"kind": "white", "scope": "caller", "value": "a friend in it", "prefixes": OF_RANGE},
        {"kind": "black", "scope": "prefix", "value": "range", "state": "disabled"},
    ],
)
def test_a_range_that_is_protected_or_holds_a_protected_number_is_never_listed(guard: dict[str, Any]) -> None:
    world = RulesWorld(rules(), Street(heard={"range": 4}))
    world.say(**guard)
    robocalls(world, 8)
    assert world.acting("prefix") == set()


def test_a_range_is_renewed_by_its_listed_callers_at_most_once_an_hour() -> None:
    world = RulesWorld(rules(), Street(heard={"range": 4}))
    robocalls(world, 4)
    first = world.standing("prefix", "range")
    robocalls(world, 4)
    assert world.standing("prefix", "range") == first
    world.now_ms += 2 * 3_600_000
    robocalls(world, 1)
    later = world.standing("prefix", "range")
    assert first is not None
    assert later is not None
    assert (later.expires_ms or 0) > (first.expires_ms or 0)
    assert later.listed_ms == first.listed_ms


def test_a_trunk_through_which_next_to_nobody_else_calls_is_listed() -> None:
    world = RulesWorld(rules(trunk=TRUNK, caller_range=None), Street(heard={"trunk": 5}))
    robocalls(world, 4, trunk="trunk")
    assert world.acting("trunk") == {"trunk"}
    assert world.acting("prefix") == set()


def test_a_protected_trunk_is_not_but_who_calls_through_it_may_be() -> None:
    world = RulesWorld(rules(trunk=TRUNK), Street(heard={"trunk": 4}))
    world.say("protected", "trunk", "trunk")
    robocalls(world, 4, trunk="trunk")
    assert world.acting("trunk") == set()
    assert len(world.acting("caller")) == 4


def test_a_range_in_a_dry_run_is_proposed() -> None:
    world = RulesWorld(rules(caller_range=replace(RANGE, dry_run=True)), Street(heard={"range": 4}))
    robocalls(world, 4)
    entry: ListEntry | None = world.standing("prefix", "range")
    assert entry is not None
    assert entry.state == "proposed"


def test_short_numbers_have_no_range() -> None:
    assert RANGE.range_of(["one"]) is None
    assert RANGE.range_of(OF_RANGE) == "range"
