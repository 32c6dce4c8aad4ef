"""Two campaigns and a call of neither, for tests of the questions about campaigns. Not a test."""

from typing import Any

import verdict_world
from campaign_world import make_edge

from schemas.ids import list_key
from schemas.records import Facts, ListEntry, NumberHash, Outcome, Verdict
from streams.campaigns import Campaigns, Edge
from streams.sink import SinkCore
from streams.store import Store

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
