"""What people said of a campaign holds when it turns out to be one with another."""

from typing import Any

import pytest
from msgspec.structs import replace
from rules_world import RulesWorld

from streams.lists.rules import Limits, Rules


def merged(**said: Any) -> RulesWorld:
    """Two campaigns, of which somebody said something of the second; then they turn out to be one."""
    world = RulesWorld()
    for n in range(3):
        world.play("old", f"a-{n}")
        world.play("young", f"b-{n}")
    world.say(scope="campaign", value="young", **said)
    world.campaigns.merged["young"] = "old"
    return world


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "white"},
        {"kind": "protected"},
        {"kind": "black", "state": "disabled"},
        {"kind": "black"},
    ],
)
def test_a_persons_entry_is_written_again_for_the_campaign_that_is_left(said: dict[str, Any]) -> None:
    world = merged(**said)
    for n in range(20):
        world.play("old", f"c-{n}")
    entry = world.standing("campaign", "old", said["kind"])
    assert entry is not None
    assert (entry.actor, entry.state) == ("person:anna", said.get("state", "active"))
    assert "carried over from young" in entry.reason
    rules_own = [one for one in world.lists.entries() if one.scope == "campaign" and one.actor.startswith("rule:")]
    assert rules_own == []


def test_it_holds_from_the_first_chunk_on() -> None:
    world = merged(kind="white")
    made = [entry for n in range(3) for entry in world.play("old", "d") if entry.kind == "black"]
    assert made == []


def test_the_old_entry_goes_on_acting_for_whoever_knows_the_old_id() -> None:
    world = merged(kind="white")
    world.play("old", "c")
    entry = world.standing("campaign", "young", "white")
    assert entry is not None
    assert (entry.state, entry.campaign) == ("active", "old")


def test_it_is_carried_over_once() -> None:
    world = merged(kind="white")
    first = world.play("old", "c")
    assert sorted(entry.value for entry in first) == ["old", "young"]
    assert world.play("old", "c") == []
    world.remove("white:campaign:old")  # by a person
    world.play("old", "c")
    assert world.standing("campaign", "old", "white") is None


def test_what_a_person_said_of_the_campaign_that_is_left_stays() -> None:
    world = merged(kind="black")
    own = world.say("black", "campaign", "old", state="disabled", reason="mine")
    world.play("old", "c")
    assert world.standing("campaign", "old") == own


def test_of_two_old_entries_the_disabled_one_goes_first() -> None:
    world = merged(kind="black")
    world.campaigns.merged["third"] = "old"
    world.say("black", "campaign", "third", state="disabled")
    world.play("old", "c")
    entry = world.standing("campaign", "old")
    assert entry is not None
    assert entry.state == "disabled"


def test_a_chain_of_merges_carries_it_on() -> None:
    world = merged(kind="white")
    world.play("old", "c")
    world.play("oldest", "c")
    world.campaigns.merged["old"] = "oldest"
    world.play("oldest", "c")
    entry = world.standing("campaign", "oldest", "white")
    assert entry is not None
    assert entry.reason.startswith("because")


def test_a_rules_entry_is_made_anew_for_the_campaign_that_is_left_and_takes_no_room_of_the_limit() -> None:
    limits = Limits(callers_per_hour=0, campaigns_per_hour=1)
    world = RulesWorld(replace(Rules.load(), limits=limits))
    for n in range(12):
        world.play("young", f"b-{n}")
    world.play("old", "a")
    world.campaigns.merged["young"] = "old"
    world.play("old", "c")
    assert world.acting("campaign") == {"young", "old"}
