"""Limits, dry runs, protections and proposals: what holds rules back."""

import msgspec
import pytest
from msgspec.structs import replace
from rules_world import MINUTE_MS, RulesWorld

from schemas.ids import list_key
from schemas.records import Facts, ListEntry, NumberHash
from streams.lists.actors import confirmed
from streams.lists.recordings import RepeatedRecording
from streams.lists.rules import Limits, Rules

SHIPPED = Rules.load()
HOUR_MS = 60 * MINUTE_MS


def limited(callers: int = 2, campaigns: int = 1) -> Rules:
    return replace(SHIPPED, limits=Limits(callers_per_hour=callers, campaigns_per_hour=campaigns))


def repeat(world: RulesWorld, *callers: str, times: int = 3) -> None:
    """Each caller plays a recording of its own, again and again."""
    for caller in callers:
        for _ in range(times):
            world.play(f"robocall of {caller}", caller, every_ms=10_000)


def test_within_an_hour_no_more_are_listed_than_the_limit() -> None:
    world = RulesWorld(limited(2))
    repeat(world, "a", "b", "c", "d", times=5)
    assert world.acting("caller") == {"a", "b"}
    assert world.maker.withheld == 2


def test_who_was_withheld_is_listed_when_heard_again_after_the_hour() -> None:
    world = RulesWorld(limited(2))
    repeat(world, "a", "b", "c", "d")
    world.now_ms += 2 * HOUR_MS
    repeat(world, "c", "d", "e")
    assert world.acting("caller") == {"a", "b", "c", "d"}


def test_entries_of_another_agent_count() -> None:
    world = RulesWorld(limited(2))
    repeat(world, "a", "b")
    world.use(limited(2))  # another process, on the same list.entries
    repeat(world, "c")
    assert world.acting("caller") == {"a", "b"}


def test_entries_that_list_entries_has_not_brought_back_yet_count() -> None:
    world = RulesWorld(limited(2))
    unseen: list[ListEntry] = []
    world.put = lambda *entries: unseen.extend(entries)  # type: ignore[method-assign]
    repeat(world, "a", "b", "c", "d")
    assert {entry.value for entry in unseen} == {"a", "b"}


def test_an_entry_is_renewed_whatever_the_limit_says() -> None:
    world = RulesWorld(limited(1))
    repeat(world, "a", "b")
    before = world.standing("caller", "a")
    repeat(world, "a", times=2)
    after = world.standing("caller", "a")
    assert before is not None
    assert after is not None
    assert len(after.calls) == 5
    assert after.listed_ms == before.listed_ms


def test_what_somebody_turned_off_still_counts_within_the_hour() -> None:
    world = RulesWorld(limited(1))
    repeat(world, "a")
    entry = world.standing("caller", "a")
    assert entry is not None
    world.put(replace(entry, state="disabled", actor="person:anna"))
    repeat(world, "b")
    assert world.acting("caller") == set()


def test_a_limit_of_none_is_a_kill_switch_of_its_scope() -> None:
    world = RulesWorld(limited(0, 1))
    repeat(world, "a", times=9)
    assert world.acting("caller") == set()


@pytest.mark.parametrize("part", ["the file", "the rule"])
def test_in_a_dry_run_entries_are_proposals_that_act_on_nobody(part: str) -> None:
    rule = SHIPPED.repeated_recording
    dry = replace(SHIPPED, dry_run=True) if part == "the file" else replace(
        SHIPPED, repeated_recording=replace(rule, dry_run=True)
    )  # fmt: skip
    world = RulesWorld(dry)
    repeat(world, "a", times=4)
    entry = world.standing("caller", "a")
    assert entry is not None
    assert (entry.state, len(entry.calls)) == ("proposed", 4)
    assert not [e for e in world.lists.entries() if e.state == "active"]


def test_a_dry_run_that_begins_leaves_what_is_in_force_and_goes_on_renewing_it() -> None:
    world = RulesWorld()
    repeat(world, "a")
    world.use(replace(SHIPPED, dry_run=True))
    repeat(world, "a", "b")
    a, b = world.standing("caller", "a"), world.standing("caller", "b")
    assert a is not None
    assert b is not None
    assert (a.state, len(a.calls), b.state) == ("active", 6, "proposed")


def test_when_a_dry_run_ends_a_proposal_comes_into_force_with_the_next_call() -> None:
    world = RulesWorld(replace(SHIPPED, dry_run=True))
    repeat(world, "a")
    world.use(SHIPPED)
    assert world.acting("caller") == set()
    repeat(world, "a", times=1)
    assert world.acting("caller") == {"a"}


def test_an_accepted_proposal_stays_the_rules_own_and_tells_who_accepted_it() -> None:
    dry = replace(SHIPPED, dry_run=True)
    world = RulesWorld(dry)
    repeat(world, "a")
    entry = world.standing("caller", "a")
    assert entry is not None
    world.put(replace(entry, state="active", actor=confirmed(entry.actor, "accepted", "person:anna")))
    repeat(world, "a", times=2)
    after = world.standing("caller", "a")
    assert after is not None
    assert (after.state, len(after.calls)) == ("active", 5)
    assert after.actor == "rule:repeated-recording@1, accepted by person:anna"


def test_a_proposal_turned_down_is_not_made_again() -> None:
    world = RulesWorld(replace(SHIPPED, dry_run=True))
    repeat(world, "a")
    entry = world.standing("caller", "a")
    assert entry is not None
    world.put(replace(entry, state="disabled"))
    repeat(world, "a", times=4)
    assert world.standing("caller", "a") == replace(entry, state="disabled")


def test_a_rule_that_is_off_makes_nothing() -> None:
    off = msgspec.structs.replace(SHIPPED.repeated_recording, enabled=False)
    world = RulesWorld(replace(SHIPPED, repeated_recording=off))
    repeat(world, "a", times=9)
    assert len(world.lists) == 0


@pytest.mark.parametrize(("scope", "value"), [("caller", "a"), ("prefix", "of a"), ("campaign", "message")])
def test_what_is_protected_is_never_listed(scope: str, value: str) -> None:
    world = RulesWorld()
    world.say("protected", scope, value)
    for _ in range(9):
        world.play("message", "a", prefixes=["of a"])
    assert world.acting("caller") == set()


def test_a_protection_that_ended_or_was_turned_off_holds_nobody_back() -> None:
    world = RulesWorld()
    world.say("protected", "caller", "a", expires_ms=1)
    world.say("protected", "caller", "b", state="disabled")
    repeat(world, "a", "b")
    assert world.acting("caller") == {"a", "b"}


def test_a_protected_number_that_a_person_lists_is_judged_as_ever() -> None:
    world = RulesWorld()
    world.say("protected", "caller", "a")
    world.say("black", "caller", "a")
    facts = Facts(direction="caller", opened_ms=0, tap_id="tap", caller=NumberHash(number="a"))
    hit = world.lists.match(facts, None, world.now_ms)
    assert hit is not None
    assert (hit.kind, hit.key) == ("black", list_key("black", "caller", "a"))


def test_a_caller_who_stops_is_forgotten_and_a_campaign_stays_known_under_new_numbers() -> None:
    world = RulesWorld()
    day_ms = 24 * HOUR_MS
    for n in range(12):
        for _ in range(3):
            world.play("message", f"caller-{n}", every_ms=10_000)
    for _ in range(6):  # a number a day, each new
        world.play("message", f"new-{world.calls}", every_ms=6 * day_ms)
    campaign, caller = world.standing("campaign", "message"), world.standing("caller", "caller-0")
    assert campaign is not None
    assert caller is not None
    assert (campaign.expires_ms or 0) > world.now_ms
    assert (caller.expires_ms or 0) < world.now_ms


def test_files_of_before_limits_are_read_as_they_were() -> None:
    old = msgspec.yaml.decode(
        "version: 1\nrepeated_recording: {version: 1, calls: 3, chunks: 5, expires_days: 30}", type=Rules
    )
    assert (old.limits, old.dry_run, old.caller_range, old.trunk) == (None, False, None, None)
    assert isinstance(old.repeated_recording, RepeatedRecording)


def test_the_shipped_rules_leave_ranges_and_trunks_off() -> None:
    assert SHIPPED.caller_range is not None
    assert SHIPPED.trunk is not None
    assert not SHIPPED.caller_range.enabled
    assert not SHIPPED.trunk.enabled
