"""Verdicts, campaigns and entries for people to look at."""

from typing import Any

import verdict_world
from campaign_world import make_edge
from verdict_world import NOON

from schemas.ids import list_key
from schemas.records import Facts, ListEntry, NumberHash, Outcome, ReplayPart, Tone, Verdict
from streams.campaigns.tables import write_edges
from streams.sink import SinkCore
from streams.store import Store
from streams.store.base import day_of


def make_tone(symbol: str = "5", **changes: Any) -> Tone:
    values: dict[str, Any] = {"symbol": symbol, "start_s": 0.25, "duration_s": 0.1, "level_dbm0": -7.5, "twist_db": 0.5}
    values |= {"frequency_error": 0.001, "snr_db": 30.0, "source": "inband", "continued": False, "continues": False}
    return Tone(**(values | changes))


def make_verdict(call: str = "call-1", chunk: int = 0, *, caller: str = "hash-a", **changes: Any) -> Verdict:
    facts = Facts(direction="caller", opened_ms=NOON, tap_id="tap", caller=NumberHash(number=caller))
    return verdict_world.make_verdict(call, chunk, **({"facts": facts} | changes))


def fill(store: Store) -> None:
    """Four calls: speech, dead air that is challenged, and a recording played to two by a caller who is listed."""
    core = SinkCore()
    replay = ReplayPart(campaign="camp-1", call_id="call-3", score=0.9, offset_s=1.5)
    for verdict in (
        make_verdict("call-1", caller="hash-a"),
        make_verdict("call-1", scope="chunk", caller="hash-a"),
        make_verdict("call-2", label="dead_air", action="challenge", caller="hash-b", coverage=0.0),
        make_verdict("call-3", caller="hash-c"),
        make_verdict(
            "call-4", 3, cause="replay", label="recording", action="challenge", replay=replay, caller="hash-c"
        ),
    ):
        core.feed_verdict(verdict)
    entry = ListEntry(
        kind="black", scope="caller", value="hash-c", created_ms=NOON, actor="rule-1", reason="heard twice",
        campaign="camp-1", calls=["call-3", "call-4"], expires_ms=NOON + 1_000_000,
    )  # fmt: skip
    core.feed_entry(list_key("black", "caller", "hash-c"), entry, recorded_ms=NOON, offset=1)
    core.feed_outcome(Outcome(reported_ms=NOON, call_id="call-1", ivr_result="passed"))
    core.write(store)
    heard = [NOON, NOON + 2000, NOON + 8000]
    members = {
        "campaign": ["camp-1"] * 3,
        "caller": ["hash-c"] * 3,
        "call_id": ["call-3", "call-3", "call-4"],
        "chunk": [0, 1, 3],
        "call": [3, 3, 4],
        "heard_ms": heard,
        "captured_date": [day_of(each) for each in heard],
    }
    store.insert("campaign_calls", members)
    match = make_edge(
        "call-4",
        "call-3",
        3,
        caller="hash-c",
        matched_caller="hash-c",
        opened_ms=NOON,
        heard_ms=NOON + 8000,
        matched_opened_ms=NOON,
        matched_heard_ms=NOON + 2000,
        offset_s=1.5,
    )
    write_edges(store, [match])
