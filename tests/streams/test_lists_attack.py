"""Somebody plays a bank's announcement from many numbers, to get the bank listed: what happens, and what protects."""

import pytest
from msgspec.structs import replace
from rules_world import RulesWorld, Street

from schemas.records import ListEntry
from streams.lists.rules import Limits, Rules
from streams.policy import Policy

ATTACKERS = [f"attacker-{n}" for n in range(30)]
BANK = "the bank"
ANNOUNCEMENT = "please hold the line"


def attacked(world: RulesWorld, *, own_calls: int = 2, calls_each: int = 1) -> RulesWorld:
    """The bank calls some customers with its announcement, then attackers play it to others."""
    for _ in range(own_calls):
        world.play(ANNOUNCEMENT, BANK, prefixes=["of the bank"])
    for _ in range(calls_each):
        for attacker in ATTACKERS:
            world.play(ANNOUNCEMENT, attacker)
    return world


def action(entry: ListEntry) -> str:
    """What the shipped policy does about a call that an entry speaks of."""
    return Policy.load().decide(
        cause="black", label="recording", probability=entry.confidence, chunks=1, phase="answered", entry=entry
    )


def test_unprotected_the_recording_is_listed_and_whoever_plays_it_is_challenged_but_not_blocked() -> None:
    world = attacked(RulesWorld())
    entry = world.standing("campaign", ANNOUNCEMENT)
    assert entry is not None
    assert entry.state == "active"
    assert action(entry) == "challenge"


def test_calls_of_others_never_list_a_number() -> None:
    world = attacked(RulesWorld(), own_calls=2, calls_each=3)
    assert world.acting("caller") == set(ATTACKERS)


def test_a_caller_who_repeats_itself_is_listed_and_a_protected_or_white_one_is_not() -> None:
    assert BANK in attacked(RulesWorld(), own_calls=5).acting("caller")
    for kind in ("protected", "white"):
        world = RulesWorld()
        world.say(kind, "caller", BANK)
        assert BANK not in attacked(world, own_calls=5).acting("caller")


@pytest.mark.parametrize("kind", ["protected", "white"])
def test_a_recording_that_a_protected_caller_plays_is_proposed_and_acts_on_nobody(kind: str) -> None:
    world = RulesWorld()
    world.say(kind, "caller", BANK)
    attacked(world)
    entry = world.standing("campaign", ANNOUNCEMENT)
    assert entry is not None
    assert entry.state == "proposed"
    assert "1 of the callers are protected or on the whitelist" in entry.reason
    assert world.acting("campaign") == set()


def test_a_protected_range_protects_as_its_numbers_do_where_it_is_known_who_calls_from_it() -> None:
    world = RulesWorld(neighbours=Street(prefixes={BANK: ["of the bank"]}))
    world.say("protected", "prefix", "of the bank")
    attacked(world, own_calls=5)
    assert BANK not in world.acting("caller")
    assert world.acting("campaign") == set()


def test_a_protection_under_the_key_before_makes_a_proposal_too() -> None:
    world = RulesWorld()
    world.campaigns.renamed["the bank, under the old key"] = BANK
    world.say("protected", "caller", "the bank, under the old key", key_id="k0")
    attacked(world)
    assert world.acting("campaign") == set()


def test_a_proposal_stays_one_however_often_it_is_heard_and_its_records_are_few() -> None:
    world = RulesWorld()
    world.say("protected", "caller", BANK)
    attacked(world)
    made = [
        entry for attacker in ATTACKERS for entry in world.play(ANNOUNCEMENT, attacker) if entry.scope == "campaign"
    ]
    assert {entry.state for entry in made} == {"proposed"}
    assert len(made) <= len(ATTACKERS)  # one a call, not one a chunk


def test_an_allowed_recording_lists_nobody() -> None:
    world = RulesWorld()
    world.say("white", "campaign", ANNOUNCEMENT)
    attacked(world, own_calls=5, calls_each=3)
    assert world.acting("campaign") | world.acting("caller") == set()


def test_a_protected_recording_lists_nobody_and_its_calls_are_judged_as_ever() -> None:
    world = RulesWorld()
    world.say("protected", "campaign", ANNOUNCEMENT)
    attacked(world, own_calls=5, calls_each=3)
    assert world.acting("campaign") | world.acting("caller") == set()
    world.say("black", "campaign", ANNOUNCEMENT)
    world.play(ANNOUNCEMENT, BANK)
    entry = world.standing("campaign", ANNOUNCEMENT)
    assert entry is not None
    assert (entry.actor, action(entry)) == ("person:anna", "block")


def test_forged_calls_in_the_banks_name_list_its_number_unless_it_is_protected() -> None:
    """A calling number proves nothing: only who is protected is safe from calls in its name."""
    for kind, listed in (("", {BANK}), ("protected", set[str]()), ("white", set[str]())):
        world = RulesWorld()
        if kind:
            world.say(kind, "caller", BANK)
        for _ in range(4):
            world.play("an attacker's robocall", BANK)
        assert world.acting("caller") == listed


def test_a_flood_of_attackers_lists_no_more_than_the_limit_in_an_hour_and_is_counted() -> None:
    limits = Limits(callers_per_hour=10, campaigns_per_hour=1)
    world = attacked(RulesWorld(replace(Rules.load(), limits=limits)), calls_each=0)
    for _ in range(4):
        for attacker in ATTACKERS:
            world.play(ANNOUNCEMENT, attacker, every_ms=1000)
    assert len(world.acting("caller")) == 10
    assert world.maker.withheld == len(ATTACKERS) - 10
