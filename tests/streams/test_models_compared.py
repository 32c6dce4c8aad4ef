"""A live model and its shadow, compared in the store: who agrees, on what not, and what would be done otherwise."""

from typing import Any

import pytest
from msgspec.structs import replace
from verdict_world import NOON, make_verdict

from schemas.records import Passage, Verdict
from streams.look.models import compare_models
from streams.sink import SinkCore
from streams.store import Store

pytestmark = pytest.mark.slow  # each file that opens a store of its own takes a second; test_sink asks every question


def make(call: str = "call-1", chunk: int = 0, **changes: Any) -> Verdict:
    return make_verdict(call, chunk, **({"model": "old"} | changes))


def both(core: SinkCore, verdict: Verdict, shadow: str = "new", **differing: Any) -> None:
    core.feed_verdict(verdict)
    core.feed_shadow(replace(verdict, model=shadow, dry_run=True, **differing))


def test_agreement_counts_each_pair_of_verdicts_once_however_often_they_come(store: Store) -> None:
    core = SinkCore()
    for _ in range(2):
        both(core, make(scope="chunk"))
        both(core, make(scope="chunk", chunk=1), label="noise")
        both(core, make(chunk=1), label="noise")
    core.feed_verdict(make(scope="chunk", chunk=2))  # the shadow began later, or is off by now
    core.feed_shadow(make(scope="chunk", chunk=3, model="new"))
    core.write(store)
    (found,) = compare_models(store, since_ms=0)
    assert (found.live, found.shadow, found.calls) == ("old", "new", 1)
    assert (found.chunks, found.chunks_alike) == (2, 1)
    assert (found.verdicts, found.verdicts_alike, found.actions_alike) == (1, 0, 1)
    assert [(c.live_label, c.shadow_label, c.chunks) for c in found.confused] == [
        ("speech", "noise", 1),
        ("speech", "speech", 1),
    ]
    assert found.changed == []


def test_a_call_is_changed_where_the_severest_actions_differ_and_nothing_else_decides(store: Store) -> None:
    core = SinkCore()
    quiet = {"label": "dead_air", "action": "challenge"}
    both(core, make("milder", 1, **quiet), label="noise", action="allow")
    both(core, make("stricter", 1), **quiet)
    both(core, make("stricter", 2))  # what was challenged once is challenged, whatever comes later
    both(core, make("same", 1, **quiet))
    both(core, make("same", 2), **quiet)
    both(core, make("listed", 1), **quiet)
    core.feed_verdict(make("listed", 1, cause="black", action="block"))
    core.write(store)
    (found,) = compare_models(store, since_ms=0)
    assert {(c.call_id, c.live_action, c.shadow_action, c.live_label, c.shadow_label) for c in found.changed} == {
        ("milder", "challenge", "allow", "dead_air", "noise"),
        ("stricter", "allow", "challenge", "speech", "dead_air"),
    }
    assert found.actions_changed == {("challenge", "allow"): 1, ("allow", "challenge"): 1}


def test_every_pair_of_models_is_compared_by_itself_the_latest_first_and_only_in_its_span(store: Store) -> None:
    core = SinkCore()
    both(core, make("a"), shadow="first")
    both(core, make("a"), shadow="second")
    both(core, make("b", captured_ms=NOON + 60_000, model="second"), shadow="third")
    core.write(store)
    found = compare_models(store, since_ms=0)
    assert [(c.live, c.shadow) for c in found] == [("second", "third"), ("old", "first"), ("old", "second")]
    assert [(c.live, c.shadow) for c in compare_models(store, since_ms=NOON + 1)] == [("second", "third")]
    assert compare_models(store, since_ms=NOON + 60_001) == []


def test_a_shadow_verdict_keeps_the_columns_of_a_verdict(store: Store) -> None:
    core = SinkCore()
    passages = [Passage(label="speech", start_s=0.5, duration_s=1.5, probability=0.5)]
    both(core, make(scope="chunk", passages=passages))
    core.write(store)
    asked = "SELECT id, label, dry_run, model, `passages.label` AS labels FROM"
    live, shadow = (store.query(f"{asked} {table}")[0] for table in ("verdicts", "shadow_verdicts"))
    assert shadow == live | {"dry_run": 1, "model": "new"}
    assert shadow["labels"] == ["speech"]
