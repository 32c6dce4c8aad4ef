"""What is left undone in ClickHouse, and mended."""

from campaign_world import NOON, make_edge, opened_ms
from look_world import make_verdict

from schemas.records import Facts, NumberHash
from streams.campaigns import Campaigns, Edge, repair
from streams.campaigns.records import Name
from streams.campaigns.repair import summary
from streams.campaigns.tables import Call, write_edges, write_memberships
from streams.sink import SinkCore
from streams.store import Store


def test_a_process_that_died_after_its_edges_is_made_up_for(store: Store) -> None:
    write_edges(store, [make_edge("c2", "c1"), make_edge("c3", "c2", 1)])
    said: list[str] = []
    found = repair(store, since_ms=NOON, tell=said.append)
    assert (found.calls, found.links, found.joined, found.merged, found.heard) == (3, 2, 3, 0, 2)
    assert "3 calls were in no campaign" in said
    campaigns = Campaigns(store)
    assert set(campaigns.of_calls(["c1", "c2", "c3"]).values()) == {"c1"}
    assert [(one.call_id, one.chunk) for one in campaigns.hearings("c1")] == [
        ("c1", 0), ("c2", 0), ("c2", 1), ("c3", 1),
    ]  # fmt: skip
    again = repair(store, since_ms=NOON)
    assert again.mended == 0
    assert "nothing to mend" in summary(again)
    assert "3 calls joined" in summary(found)


def test_two_that_wrote_at_once_are_merged_and_their_ids_go_on_resolving(store: Store) -> None:
    campaigns = Campaigns(store)
    campaigns.join([make_edge("c2", "c1")])
    campaigns.join([make_edge("c5", "c4")])
    write_edges(store, [make_edge("c4", "c2", 1)])
    write_memberships(
        store, [(Call("c2", 1), Name(opened_ms("c4"), "c4")), (Call("c9", 1), Name(opened_ms("c9"), "c9"))]
    )
    found = repair(store, since_ms=NOON)
    assert (found.joined, found.merged) == (0, 1)
    assert campaigns.root("c4") == "c1"
    assert set(campaigns.of_calls(["c1", "c2", "c4", "c5"]).values()) == {"c1"}
    assert campaigns.of_calls(["c9"]) == {"c9": "c9"}


def test_what_verdicts_know_of_a_first_call_is_added_to_its_membership(store: Store) -> None:
    Campaigns(store).join([make_edge("c2", "c1")])
    core = SinkCore()
    facts = Facts(direction="caller", opened_ms=NOON, tap_id="tap", callee=NumberHash(number="called"), trunk="line")
    core.feed_verdict(make_verdict("c1", facts=facts, captured_ms=NOON + 60_000))
    core.write(store)
    assert repair(store, since_ms=NOON).told == 1
    assert repair(store, since_ms=NOON).told == 0
    known = store.query(
        "SELECT max(callee) AS callee, max(caller) AS caller FROM campaign_members WHERE call_id = 'c1'"
    )
    assert known == [{"callee": "called", "caller": "number of c1"}]


def test_edges_before_the_moment_asked_for_are_left_alone(store: Store) -> None:
    edges: list[Edge] = [make_edge("c2", "c1"), make_edge("c4000", "c3999")]
    write_edges(store, edges)
    assert repair(store, since_ms=NOON + 3_000 * 60_000).joined == 2
    assert repair(store, since_ms=NOON + 9_000 * 60_000).calls == 0
    assert Campaigns(store).of_calls(["c1", "c4000"]) == {"c4000": "c3999"}
