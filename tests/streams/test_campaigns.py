"""Campaigns in ClickHouse, through both doors."""

from itertools import permutations

import pytest
from campaign_world import make_edge, opened_ms

from streams.campaigns import Alias, Campaigns, Hearing
from streams.store import Store
from streams.store.base import day_of
from streams.store.queries import ask


def rows(store: Store, table: str) -> int:
    """Distinct rows, as they are after parts have been merged."""
    store.execute(f"OPTIMIZE TABLE {table} FINAL")
    return int(store.query(f"SELECT count() AS n FROM {table}")[0]["n"])  # noqa: S608


TABLES = ("replay_edges", "campaign_members", "campaign_merges")


def test_calls_that_hold_the_same_sound_are_one_campaign_named_after_the_earliest(store: Store) -> None:
    campaigns = Campaigns(store)
    assert campaigns.join([make_edge("c2", "c1")]) == {"c1": "c1", "c2": "c1"}
    assert campaigns.join([make_edge("c3", "c2"), make_edge("c3", "c1")]) == {"c1": "c1", "c2": "c1", "c3": "c1"}
    assert campaigns.of_calls(["c1", "c2", "c3", "c4"]) == {"c1": "c1", "c2": "c1", "c3": "c1"}
    assert campaigns.join([]) == {}
    assert campaigns.join([make_edge("c5", "c5")]) == {}


def test_edges_told_again_add_nothing(store: Store) -> None:
    edges = [make_edge("c2", "c1"), make_edge("c3", "c2", 1), make_edge("c5", "c4"), make_edge("c5", "c2", 2)]
    campaigns = Campaigns(store)
    for edge in edges:
        campaigns.join([edge])
    before = [rows(store, table) for table in TABLES], campaigns.hearings("c1")
    Campaigns(store).join(edges)
    Campaigns(store).join(edges[::-1])
    assert ([rows(store, table) for table in TABLES], campaigns.hearings("c1")) == before
    assert set(campaigns.of_calls(["c1", "c2", "c3", "c4", "c5"]).values()) == {"c1"}


def test_an_edge_between_two_campaigns_merges_the_younger_into_the_older_and_both_ids_resolve(store: Store) -> None:
    campaigns = Campaigns(store)
    campaigns.join([make_edge("c2", "c1")])
    campaigns.join([make_edge("c4", "c3")])
    assert campaigns.root("c3") == "c3"
    assert campaigns.aliases("c3") == []
    assert campaigns.join([make_edge("c4", "c2", 1)]) == {"c4": "c1", "c2": "c1"}
    assert campaigns.roots(["c1", "c3", "c9"]) == {"c1": "c1", "c3": "c1", "c9": "c9"}
    assert campaigns.aliases("c1") == ["c3"]
    assert campaigns.aliases("c3") == ["c1"]
    everywhere = {hearing.call_id for hearing in campaigns.hearings("c1")}
    assert everywhere == {"c1", "c2", "c3", "c4"} == {hearing.call_id for hearing in campaigns.hearings("c3")}
    assert campaigns.count_callers("c3") == 4


def test_three_campaigns_merged_in_any_order_are_the_oldest_one(store: Store) -> None:
    for number, order in enumerate(permutations((make_edge("c12", "c14"), make_edge("c14", "c16")))):
        base = 100 * number
        names = {f"c{place}": f"c{base + place}" for place in (11, 12, 13, 14, 15, 16)}
        campaigns = Campaigns(store)
        for one, other in (("c12", "c11"), ("c14", "c13"), ("c16", "c15")):
            campaigns.join([make_edge(names[one], names[other])])
        for edge in order:
            campaigns.join([make_edge(names[edge.call_id], names[edge.matched_call_id], 3)])
        assert set(campaigns.of_calls(names.values()).values()) == {names["c11"]}
        assert campaigns.aliases(names["c11"]) == [names["c13"], names["c15"]]


def test_hearings_are_each_chunk_once_in_order_of_time_by_one_caller_or_all(store: Store) -> None:
    campaigns = Campaigns(store)
    campaigns.join([make_edge("c2", "c1", chunk) for chunk in (1, 0)])
    campaigns.join([make_edge("c3", "c1", 0, offset_s=3.0), make_edge("c3", "c2", 0, caller="number of c2")])
    places = [(one.call_id, one.chunk) for one in campaigns.hearings("c1")]
    assert places == [("c1", 0), ("c1", 2), ("c1", 1), ("c2", 0), ("c2", 1), ("c3", 0)]
    assert campaigns.hearings_of("c1", "number of c2", "another hash") == [
        Hearing("c1", "number of c2", "c2", 0, opened_ms("c2") + 2000),
        Hearing("c1", "number of c2", "c2", 1, opened_ms("c2") + 4000),
        Hearing("c1", "number of c2", "c3", 0, opened_ms("c3") + 2000),
    ]
    assert campaigns.hearings_of("c1", "") == []


def test_a_member_keeps_the_facts_of_whoever_knew_most(store: Store) -> None:
    campaigns = Campaigns(store)
    campaigns.join([make_edge("c2", "c1")])
    campaigns.join([make_edge("c1", "c2", callee="called", trunk="line")])
    campaigns.join([make_edge("c3", "c1")])
    store.execute("OPTIMIZE TABLE campaign_members FINAL")
    known = store.query("SELECT call_id, caller, callee, trunk FROM campaign_members WHERE call_id = 'c1'")
    assert known == [{"call_id": "c1", "caller": "number of c1", "callee": "called", "trunk": "line"}]


def test_each_hour_counts_distinct_calls_callers_under_either_key_called_numbers_and_trunks(store: Store) -> None:
    campaigns = Campaigns(store)
    campaigns.join([make_edge("c2", "c1", caller="old", callee="x", trunk="t1")])
    campaigns.join([make_edge("c3", "c1", caller="new", callee="y", trunk="t1")])
    campaigns.join([make_edge(call, "c1", chunk) for call in ("c61", "c62") for chunk in (0, 1)])
    campaigns.join([make_edge("c71", "c70")])
    campaigns.join([make_edge("c71", "c3", matched_caller="new")])
    campaigns.note_aliases([Alias("old", "new", day_of(opened_ms("c1")))])
    ever = {"since_ms": 0, "until_ms": 2**53, "limit": 10}
    ids = ["c70", *campaigns.aliases("c70")]
    found = ask(store, "campaign_windows", campaign="c70", campaigns=ids, step_ms=3_600_000, **ever)
    assert [tuple(row[name] for name in ("calls", "callers", "callees", "trunks")) for row in found] == [
        (3, 2, 2, 1),  # c1, c2, c3: by c1's caller and the one with two hashes
        (4, 4, 1, 1),
    ]
    (whole,) = ask(store, "campaigns_heard", campaign="", campaigns=[""], **ever)
    assert (whole["campaign"], whole["calls"], whole["callers"], whole["callees"]) == ("c1", 7, 6, 3)


@pytest.mark.parametrize("rotations", [1, 3])
def test_hashes_of_one_caller_are_followed_to_the_newest_key(store: Store, rotations: int) -> None:
    campaigns = Campaigns(store)
    day = day_of(opened_ms("c1"))
    campaigns.note_aliases([Alias(f"k{key}", f"k{key + 1}", day) for key in range(rotations)])
    newest = f"k{rotations}"
    assert campaigns.aliases_of(["k0", "", "x"])["k0"] == newest
    assert campaigns.aliases_of([newest]) == {}
