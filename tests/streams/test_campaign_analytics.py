"""The questions about campaigns, through each door."""

import pytest
from analytics_world import FIRST, HOUR, NOON, SPAN, at, edge_of, entry, feed_entries, fill

from streams.campaigns import Campaigns
from streams.store import Store
from streams.store.base import Row
from streams.store.queries import ask


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
        (9, entry("ann", campaign="c1", state="proposed", created_ms=NOON), entry("ann")),  # proposals act on nobody
        (11, entry("ann", campaign="c1", created_ms=NOON + 11 * 60_000), entry("ann")),
        (12, entry("ann", campaign="c1", created_ms=NOON + 12 * 60_000), entry("ann")),  # renewed
        (60, entry("c1", scope="campaign", created_ms=NOON + HOUR), entry("c1", scope="campaign")),
    )
    first, other = asked(store, "campaign_delays")
    assert (first["campaign"], first["calls"], first["first_ms"]) == ("c1", 4, at("c1") + 2000)
    assert first["entry_ms"] == NOON + 11 * 60_000
    assert (first["challenged_ms"], first["blocked_ms"]) == (at("c2") + 4000, at("c3") + 4000)
    assert (other["campaign"], other["entry_ms"], other["challenged_ms"], other["blocked_ms"]) == ("d1", 0, 0, 0)


def test_a_merged_campaign_keeps_its_entries_and_counts_once(store: Store) -> None:
    fill(store)
    listed = entry("d1", scope="campaign", created_ms=NOON + 11 * 60_000)
    feed_entries(store, (12, listed, listed))
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


@pytest.mark.slow
def test_a_span_without_campaigns_has_no_rows(store: Store) -> None:
    fill(store)
    before = {"since_ms": 0, "until_ms": 1000, "step_ms": HOUR}
    for name in ("campaigns_by_step", "campaign_callers_by_step", "campaign_trunks", "calls_touched"):
        assert asked(store, name, **before) == []
