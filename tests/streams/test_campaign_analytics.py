"""The questions about campaigns, through each door."""

from typing import Any

import verdict_world
from campaign_world import make_edge

from schemas.ids import list_key
from schemas.records import Facts, ListEntry, NumberHash, Outcome, Verdict
from streams.campaigns import Campaigns, Edge
from streams.sink import SinkCore
from streams.store import Store
from streams.store.base import Row
from streams.store.queries import ask

HOUR = 3_600_000
NOON = 1_700_049_600_000
FIRST = NOON // HOUR
SPAN = {"since_ms": NOON - HOUR, "until_ms": NOON + 24 * HOUR}
WORLD = {  # call: its caller, its trunk, and how many minutes after noon it was made
    "c1": ("ann", "north", 5),
    "c2": ("ann", "north", 10),
    "c3": ("bob", "south", 130),
    "c4": ("bob", "", 140),
    "d1": ("cleo", "south", 20),
    "d2": ("dan", "south", 25),
    "x1": ("eve", "north", 30),
}


def at(call: str) -> int:
    return NOON + 60_000 * WORLD[call][2]


def edge_of(call: str, matched: str) -> Edge:
    caller, trunk, _ = WORLD[call]
    return make_edge(
        call,
        matched,
        caller=caller,
        trunk=trunk,
        opened_ms=at(call),
        heard_ms=at(call) + 2000,
        matched_caller=WORLD[matched][0],
        matched_opened_ms=at(matched),
        matched_heard_ms=at(matched) + 2000,
    )


def verdict_of(call: str, **changes: Any) -> Verdict:
    facts = Facts(direction="caller", opened_ms=at(call), tap_id="tap", caller=NumberHash(number=WORLD[call][0]))
    return verdict_world.make_verdict(call, facts=facts, **({"captured_ms": at(call) + 4000} | changes))


def entry(value: str, **changes: Any) -> ListEntry:
    values: dict[str, Any] = {"kind": "black", "scope": "caller", "value": value, "created_ms": at("c2")}
    return ListEntry(**(values | {"actor": "rule:repeated-recording@1", "reason": "heard again"} | changes))


def fill(store: Store) -> None:
    """A campaign of two callers over three hours, who are stopped; another that nobody stops; a call of neither."""
    edges = [edge_of(call, matched) for call, matched in (("c2", "c1"), ("c3", "c1"), ("c4", "c3"), ("d2", "d1"))]
    Campaigns(store).join(edges)
    core = SinkCore()
    for call in WORLD:
        core.feed_verdict(verdict_of(call))
    core.feed_verdict(verdict_of("c2", cause="replay", label="recording", action="challenge"))
    core.feed_verdict(verdict_of("c3", cause="black", label="recording", action="block"))
    core.feed_verdict(verdict_of("c4", cause="black", label="recording", action="block", dry_run=True))
    for call, result in (("c2", "failed"), ("c3", "passed"), ("c4", "passed"), ("x1", "passed")):
        core.feed_outcome(Outcome(reported_ms=NOON, call_id=call, ivr_result=result))
    core.write(store)


def feed_entries(store: Store, *entries: tuple[int, ListEntry | None, ListEntry]) -> None:
    """Write versions of entries in order: minutes after noon, what was written (None: removed), and of which."""
    core = SinkCore()
    for offset, (minutes, written, of) in enumerate(entries):
        key = list_key(of.kind, of.scope, of.value)
        core.feed_entry(key, written, recorded_ms=NOON + 60_000 * minutes, offset=offset)
    core.write(store)


def asked(store: Store, name: str, **parameters: object) -> list[Row]:
    return ask(store, name, campaign="", campaigns=[""], limit=100, **(SPAN | parameters))


def test_campaigns_by_hour_count_each_call_where_it_was_first_heard(store: Store) -> None:
    fill(store)
    fill(store)  # all of it came twice
    rows = asked(store, "campaigns_by_step", step_ms=HOUR)
    assert rows == [
        {"step": FIRST, "campaigns": 2, "calls": 4, "callers": 3, "new_campaigns": 2},
        {"step": FIRST + 2, "campaigns": 1, "calls": 2, "callers": 1, "new_campaigns": 0},
    ]


def test_callers_of_a_campaign_over_time_tell_who_is_new(store: Store) -> None:
    fill(store)
    rows = asked(store, "campaign_callers_by_step", step_ms=HOUR)
    assert [tuple(row.values()) for row in rows] == [
        ("c1", FIRST, 2, 1, 1),
        ("c1", FIRST + 2, 2, 1, 1),
        ("d1", FIRST, 2, 2, 2),
    ]
    by_minute = asked(store, "campaign_callers_by_step", step_ms=60_000)
    assert [row["new_callers"] for row in by_minute if row["campaign"] == "c1"] == [1, 0, 1, 0]


def test_a_campaigns_spread_over_trunks_adds_up(store: Store) -> None:
    fill(store)
    rows = [row for row in asked(store, "campaign_trunks") if row["campaign"] == "c1"]
    assert sum(row["calls"] for row in rows) == 4
    assert sum(row["share"] for row in rows) == 1.0
    assert {row["trunk"]: row["calls"] for row in rows} == {"north": 1, "south": 1, "": 2}  # c1's was never told


def test_calls_touched_are_those_of_campaigns_and_dry_runs_stop_nobody(store: Store) -> None:
    fill(store)
    assert asked(store, "calls_touched", step_ms=HOUR) == [
        {"step": FIRST, "calls": 5, "touched": 4, "challenged": 1, "blocked": 0},
        {"step": FIRST + 2, "calls": 2, "touched": 2, "challenged": 0, "blocked": 1},
    ]


def test_from_the_first_call_to_the_first_entry_and_block(store: Store) -> None:
    fill(store)
    feed_entries(
        store,
        (9, entry("ann", campaign="c1", state="proposed"), entry("ann")),  # proposals act on nobody
        (11, entry("ann", campaign="c1"), entry("ann")),
        (60, entry("c1", scope="campaign"), entry("c1", scope="campaign")),
    )
    first, other = asked(store, "campaign_delays")
    assert (first["campaign"], first["calls"], first["first_ms"]) == ("c1", 4, at("c1") + 2000)
    assert first["entry_ms"] == NOON + 11 * 60_000
    assert (first["challenged_ms"], first["blocked_ms"]) == (at("c2") + 4000, at("c3") + 4000)
    assert (other["campaign"], other["entry_ms"], other["challenged_ms"], other["blocked_ms"]) == ("d1", 0, 0, 0)


def test_a_merged_campaign_keeps_its_entries_and_counts_once(store: Store) -> None:
    fill(store)
    feed_entries(store, (11, entry("d1", scope="campaign"), entry("d1", scope="campaign")))
    Campaigns(store).join([edge_of("d2", "c1")])
    (row,) = asked(store, "campaign_delays")
    assert (row["campaign"], row["calls"], row["entry_ms"]) == ("c1", 6, NOON + 11 * 60_000)
    assert store.query("SELECT campaign, count() AS calls FROM campaign_hearings GROUP BY campaign") == [
        {"campaign": "c1", "calls": 6}
    ]
    hours = store.query("SELECT calls, callers FROM campaigns_hourly ORDER BY hour")
    assert hours == [{"calls": 4, "callers": 3}, {"calls": 2, "callers": 1}]


def test_doubted_entries_are_a_rules_that_people_took_back(store: Store) -> None:
    by_hand = {"actor": "person:ann", "reason": "a school"}
    feed_entries(
        store,
        (1, entry("early", kind="white", **by_hand), entry("early", kind="white")),
        (2, entry("early"), entry("early")),  # whitelisted before, not since
        (3, entry("off"), entry("off")),
        (4, entry("off", state="disabled", **by_hand), entry("off")),
        (5, entry("gone"), entry("gone")),
        (6, entry("gone", state="disabled", **by_hand), entry("gone")),
        (6, None, entry("gone")),
        (7, entry("white"), entry("white")),
        (8, entry("white", kind="white", **by_hand), entry("white", kind="white")),
        (9, entry("expired"), entry("expired")),
        (10, None, entry("expired")),
        (11, entry("own", actor="person:ann"), entry("own")),
        (12, entry("own", state="disabled", **by_hand), entry("own")),
    )
    rows = asked(store, "entries_doubted")
    assert [(row["value"], row["doubt"], row["stands"], row["changed_by"], row["why"]) for row in rows] == [
        ("white", "whitelisted", "active", "person:ann", "a school"),
        ("gone", "turned off", "removed", "person:ann", "a school"),
        ("off", "turned off", "disabled", "person:ann", "a school"),
    ]
    assert {row["rule"] for row in rows} == {"rule:repeated-recording@1"}
    assert [row["listed_ms"] - NOON for row in rows] == [7 * 60_000, 5 * 60_000, 3 * 60_000]


def test_who_was_stopped_and_passes_the_voice_menu_is_told_with_the_campaign(store: Store) -> None:
    fill(store)
    (row,) = asked(store, "stopped_and_passed")
    assert (row["caller"], row["cause"], row["action"], row["campaign"], row["calls"]) == (
        "bob", "black", "block", "c1", 1,
    )  # fmt: skip


def test_a_span_without_campaigns_has_no_rows(store: Store) -> None:
    fill(store)
    before = {"since_ms": 0, "until_ms": 1000, "step_ms": HOUR}
    for name in ("campaigns_by_step", "campaign_callers_by_step", "campaign_trunks", "calls_touched"):
        assert asked(store, name, **before) == []
