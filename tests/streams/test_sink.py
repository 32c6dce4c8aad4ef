"""The sink: records in, rows out, and the questions asked of them, alike through both doors."""

from dataclasses import replace
from typing import Any

import learning_world
import msgspec
import pytest
import verdict_world
from campaign_world import make_edge
from empty_store import empty
from learning_world import feed_call, spectrum
from look_world import make_tone
from verdict_world import NOON

from features.sound import VERSION
from models.vector import FEATURE_NAMES
from schemas.ids import list_key
from schemas.records import (
    ChunkHead,
    Facts,
    Features,
    ListEntry,
    NumberHash,
    Outcome,
    Passage,
    ReplayPart,
    TonesPart,
    Verdict,
)
from streams.campaigns import Campaigns
from streams.sink import SinkCore, write_batch
from streams.store import Store, StoreError, open_store
from streams.store.base import day_of
from streams.store.migrations import migrate
from streams.store.queries import ask, named_queries
from streams.store.rows import masked

DAY_MS = 86_400_000
ALL_TIME = {"since_ms": 0, "until_ms": 2**62}


def make_facts(caller: str | None = "hash-a") -> Facts:
    number = NumberHash(number=caller, prefixes=[f"{caller}-5", f"{caller}-6"]) if caller else None
    return Facts(direction="caller", opened_ms=NOON - 500, tap_id="tap", key_id="k1", caller=number)


def make_verdict(call: str = "call-1", chunk: int = 0, **changes: Any) -> Verdict:
    values: dict[str, Any] = {"ssrc": 2**32 - 1, "probabilities": {"speech": 0.75, "noise": 0.25}, "dry_run": True}
    values |= {"model": "m1", "lists": "0:7", "facts": make_facts(), "reasons": ["steady"]}
    return verdict_world.make_verdict(call, chunk, **(values | changes))


def make_features(call: str = "call-1", chunk: int = 0, **parts: Any) -> Features:
    head = ChunkHead(
        stream_id=f"stream of {call}",
        call_id=call,
        ssrc=1,
        anchor=0,
        tap_epoch=1,
        chunk=chunk,
        facts=make_facts(),
        encodings=["pcmu"],
        coverage=0.98,
        received=98,
        lost=2,
        jitter_ms=1.5,
        close_reason="complete",
        last=False,
        captured_ms=NOON,
        tapped_ms=NOON,
        closed_ms=NOON,
    )
    return Features(head=head, source_offset=1, features_ms=NOON, **parts)


def make_entry(value: str = "hash-a", **changes: Any) -> ListEntry:
    values: dict[str, Any] = {"kind": "black", "scope": "caller", "created_ms": NOON, "actor": "rule-1"}
    return ListEntry(**(values | {"reason": "replays", "calls": ["call-1"], "value": value} | changes))


def feed_entry(core: SinkCore, entry: ListEntry | None, offset: int, value: str = "hash-a") -> None:
    core.feed_entry(list_key("black", "caller", value), entry, recorded_ms=NOON + offset, offset=offset)


def feed_everything(core: SinkCore) -> None:
    replay = ReplayPart(campaign="call-1", call_id="call-1", score=0.9, offset_s=1.5, fingerprint_version=1)
    core.feed_verdict(make_verdict())
    core.feed_verdict(make_verdict(chunk=1, label="dead_air", action="tag", tones=[make_tone(), make_tone("cng")]))
    core.feed_verdict(make_verdict(scope="chunk"))
    core.feed_verdict(make_verdict("call-2", chunk=3, cause="replay", label="recording", replay=replay))
    core.feed_verdict(make_verdict("call-2", chunk=5, facts=make_facts(None)))
    core.feed_features(make_features(spectrum=spectrum()))
    core.feed_features(make_features(tones=TonesPart(tones=[make_tone(), make_tone("9"), make_tone("cng")])))
    core.feed_features(make_features(chunk=1, tones=TonesPart(tones=[make_tone("cng", continued=True)])))
    feed_entry(core, make_entry(), 0)
    feed_entry(core, make_entry("hash-b", campaign="c1", expires_ms=NOON + DAY_MS), 1, "hash-b")
    core.feed_outcome(Outcome(reported_ms=NOON, call_id="call-1", ivr_result="failed", speech_count=0))
    core.feed_outcome(Outcome(reported_ms=NOON, sip_call_id="abc@host", duration_s=12.5))
    feed_call(core, "call-5", "speech")
    for scope in ("chunk", "call"):
        core.feed_shadow(learning_world.make_verdict("call-5", "dead_air", scope=scope, model="shadow"))
    core.feed_outcome(Outcome(reported_ms=NOON, call_id="call-5", ivr_result="failed", speech_count=0))


def fill_reviews(store: Store) -> None:
    review: dict[str, list[Any]] = {"call_id": ["call-1"], "stream_id": ["stream of call-1"], "chunk": [0]}
    review |= {"label": ["noise"], "state": ["accepted"], "reviewer": ["person:me"], "reason": [""]}
    store.insert("reviews", review | {"reviewed_ms": [NOON], "features_version": [1], "values": [[0.5, -1.0]]})


def fill_doubts(store: Store) -> None:
    """A rule's entry that a person turned off, and a blocked call that passed the voice menu."""
    core = SinkCore()
    listed = ListEntry(kind="black", scope="caller", value="hash-d", created_ms=NOON, actor="rule:x@1", reason="heard")
    core.feed_entry(list_key("black", "caller", "hash-d"), listed, recorded_ms=NOON, offset=91)
    turned_off = msgspec.structs.replace(listed, state="disabled", actor="person:me")
    core.feed_entry(list_key("black", "caller", "hash-d"), turned_off, recorded_ms=NOON + 1000, offset=92)
    core.feed_verdict(make_verdict("call-8", cause="black", action="block", dry_run=False))
    core.feed_outcome(Outcome(reported_ms=NOON, call_id="call-8", ivr_result="passed"))
    core.write(store)


def fill_fingerprints(store: Store) -> None:
    edges = [
        make_edge("call-2", "call-1", 1, score=0.5),
        make_edge("call-2", "call-1", 2, score=0.75),
        make_edge("call-3", "call-2", 1, score=0.5),
        make_edge("call-5", "call-4", 1, score=0.25),
    ]
    campaigns = Campaigns(store)
    campaigns.join([replace(edge, caller="a", matched_caller="") for edge in edges])
    campaigns.join([make_edge("call-7", "call-6")])
    campaigns.join([make_edge("call-7", "call-5")])
    aliases = {"old_caller": ["b before"], "caller": ["b"], "captured_date": [day_of(NOON)]}
    store.insert("caller_aliases", aliases)


def answers(store: Store) -> dict[str, list[dict[str, Any]]]:
    parameters: dict[str, object] = {**ALL_TIME, "limit": 100, "call_id": "call-1", "calls": 2}
    parameters |= {"campaign": "call-1", "campaigns": ["call-1", "c1"]}
    parameters |= {"base_ms": NOON, "step_ms": 1000, "begin": "c"}
    parameters |= {"now_ms": NOON + 1000, "kind": "black", "scope": "caller", "value": "hash-a"}
    parameters |= {"values": ["hash-a"], "callers": ["hash-a"]}
    parameters |= {"quiet_dbfs": -55.0, "min_coverage": 0.25, "chunks": 3}
    parameters |= {"features_version": VERSION, "columns": FEATURE_NAMES.index("coverage")}
    parameters |= {f"{end}_{edge}": [0.0] * len(FEATURE_NAMES) for end in ("low", "high") for edge in range(1, 10)}
    found = {name: ask(store, name, **parameters) for name in named_queries() if name != "review_queue"}
    found["review_queue"] = ask(store, "review_queue", **parameters | {"call_id": ""})
    for name in ("current", "told", "measured", "judged_twice", "heard"):
        found[name].sort(key=str)
    found["view"] = store.query("SELECT * FROM calls ORDER BY call_id")
    return found


def test_every_question_has_an_answer_and_feeding_all_again_changes_none(store: Store) -> None:
    core = SinkCore()
    feed_everything(core)
    fill_fingerprints(store)
    fill_reviews(store)
    fill_doubts(store)
    assert core.write(store) == 22
    before = answers(store)
    assert before["merged"] == [{"old_campaign": "call-6", "root": "call-4"}]
    assert [name for name, rows in before.items() if not rows] == []
    for _ in range(2):
        feed_everything(core)
        core.write(store)
        fill_fingerprints(store)
        fill_reviews(store)
        fill_doubts(store)
    assert answers(store) == before
    store.execute("OPTIMIZE TABLE verdicts FINAL")
    assert answers(store) == before


@pytest.mark.slow
def test_every_question_has_equal_answers_through_both_doors(clickhouse_server: Any) -> None:
    found = []
    for url in ("chdb://", clickhouse_server.url("both_doors")):
        opened = open_store(url)
        migrate(opened)
        core = SinkCore()
        feed_everything(core)
        core.write(opened)
        fill_fingerprints(opened)
        fill_reviews(opened)
        fill_doubts(opened)
        found.append(answers(opened))
        empty(opened)
        opened.close()
    assert found[0] == found[1]


def test_the_current_verdict_is_of_the_highest_cause_then_of_the_latest_chunk(store: Store) -> None:
    core = SinkCore()
    for cause, chunk, label in [("audio", 1, "speech"), ("audio", 9, "noise"), ("replay", 4, "recording")]:
        core.feed_verdict(make_verdict("call-1", chunk, cause=cause, label=label))
    core.feed_verdict(make_verdict("call-1", 2, cause="replay", label="recording", evidence_id="older"))
    core.feed_verdict(make_verdict("call-2", 1, cause="white", label="speech", action="allow"))
    core.feed_verdict(make_verdict("call-2", 8, cause="black", label="recording", action="block"))
    core.feed_verdict(make_verdict("call-3", 1, label="speech"))
    core.feed_verdict(make_verdict("call-4", 9, cause="black", label="undecided", action="block"))
    core.feed_verdict(make_verdict("call-4", 2, cause="tone", label="fax"))
    core.feed_verdict(make_verdict("call-4", 8, label="noise"))
    core.feed_verdict(make_verdict("call-3", 10, label="dead_air"))
    core.feed_verdict(make_verdict("call-3", 11, scope="chunk", label="noise"))
    core.write(store)
    rows = store.query("SELECT call_id, cause, chunk, label, action FROM calls ORDER BY call_id")
    assert [tuple(row.values())[:4] for row in rows] == [
        ("call-1", "replay", 4, "recording"),
        ("call-2", "white", 1, "speech"),  # nothing heard yet
        ("call-3", "audio", 10, "dead_air"),
        ("call-4", "black", 9, "fax"),  # what a list says hides nothing
    ]
    assert rows[3]["action"] == "block"


def test_a_verdict_keeps_every_field_of_its_record(store: Store) -> None:
    replay = ReplayPart(
        campaign="c",
        call_id="d",
        score=0.5,
        offset_s=-1.5,
        pitch=1.01,
        tempo=0.99,
        query_end_s=2.0,
        fingerprint_version=3,
    )
    core = SinkCore(unmask=True)
    tones = [make_tone("5"), make_tone("cng", continues=True)]
    passages = [
        Passage(label="ringback", start_s=0.0, duration_s=1.2, probability=0.9),
        Passage(label="speech", start_s=1.2, duration_s=0.8, probability=0.75),
    ]
    core.feed_verdict(make_verdict(chunk=7, replay=replay, tones=tones, passages=passages))
    batch = core.flush()["verdicts"]
    assert {name.split(".")[0] for name in batch if not name.startswith(("replay_", "c"))} >= {
        name for name in Verdict.__struct_fields__ if name not in ("facts", "replay") and not name.startswith("c")
    }
    write_batch(store, {"verdicts": batch})
    names = ", ".join(f"`{name}` AS c{number}" for number, name in enumerate(batch))
    row = store.query(f"SELECT {names} FROM verdicts")[0]  # noqa: S608
    assert list(row.values()) == [values[0] for values in batch.values()]


def test_digits_are_masked_at_rest_and_names_are_not(store: Store) -> None:
    core = SinkCore()
    feed_everything(core)
    core.write(store)
    assert ask(store, "tones_by_symbol", **ALL_TIME) == [
        {"symbol": "?", "source": "inband", "tones": 2, "calls": 1},
        {"symbol": "cng", "source": "inband", "tones": 1, "calls": 1},
    ]
    rows = store.query("SELECT `tones.symbol` AS symbols FROM verdicts WHERE notEmpty(`tones.symbol`)")
    assert rows == [{"symbols": ["?", "cng"]}]


@pytest.mark.parametrize("symbol", [*"0123456789*#ABCD"])
def test_every_dtmf_symbol_is_masked_unless_asked_for(symbol: str) -> None:
    assert masked(symbol) == "?"
    assert masked(symbol, unmask=True) == symbol
    assert masked("cng") == "cng"


def test_the_newest_version_of_an_entry_is_in_force_until_it_expires_is_disabled_or_removed(store: Store) -> None:
    core = SinkCore()
    feed_entry(core, make_entry(score=0.25), 0)
    feed_entry(core, make_entry(score=0.75, expires_ms=NOON + 100), 10)
    core.write(store)

    def scores(now_ms: int) -> list[float]:
        return [row["score"] for row in ask(store, "entries_in_force", now_ms=now_ms)]

    assert scores(NOON + 5) == [0.25]
    assert scores(NOON + 50) == [0.75]
    assert scores(NOON + 100) == []
    feed_entry(core, make_entry(state="disabled"), 20)
    feed_entry(core, make_entry(score=0.5), 30)
    feed_entry(core, None, 40)
    core.write(store)
    assert scores(NOON + 25) == []
    assert scores(NOON + 35) == [0.5]
    assert scores(NOON + 45) == []
    history = ask(store, "history_of_entry", kind="black", scope="caller", value="hash-a")
    assert [row["removed"] for row in history] == [0, 0, 0, 0, 1]


def test_two_versions_of_one_millisecond_are_told_apart_by_their_offsets(store: Store) -> None:
    core = SinkCore()
    key = list_key("black", "caller", "hash-a")
    core.feed_entry(key, None, recorded_ms=NOON, offset=8)
    core.feed_entry(key, make_entry(), recorded_ms=NOON, offset=7)
    core.write(store)
    assert ask(store, "entries_in_force", now_ms=NOON) == []


@pytest.mark.parametrize(
    ("key", "entry"),
    [
        ("", None),
        ("black", None),
        ("black:caller:", None),
        ("grey:caller:x", None),
        ("black:colour:x", None),
        ("black:caller:other", make_entry()),
    ],
)
def test_an_entry_whose_key_is_wrong_is_refused_and_nothing_is_taken(key: str, entry: ListEntry | None) -> None:
    core = SinkCore()
    with pytest.raises(ValueError, match="key"):
        core.feed_entry(key, entry, recorded_ms=NOON, offset=1)
    assert core.flush() == {}


def test_a_value_with_colons_stays_whole() -> None:
    core = SinkCore()
    core.feed_entry("white:campaign:a:b", None, recorded_ms=NOON, offset=1)
    assert core.flush()["list_entries"]["value"] == ["a:b"]


def test_rows_of_more_days_than_one_insert_takes_are_all_written(store: Store) -> None:
    core = SinkCore()
    for number in range(100):
        core.feed_verdict(make_verdict(f"call-{number}", captured_ms=NOON + number * DAY_MS))
    assert core.write(store) == 100
    assert store.query("SELECT uniqExact(call_id) AS calls, uniqExact(captured_date) AS days FROM verdicts") == [
        {"calls": 100, "days": 100}
    ]


@pytest.mark.parametrize("moment", [-(2**63), 0, 2**63 - 1])
def test_a_verdict_of_an_impossible_time_is_written_all_the_same(store: Store, moment: int) -> None:
    core = SinkCore()
    core.feed_verdict(make_verdict(captured_ms=moment, judged_ms=moment))
    core.write(store)
    assert store.query("SELECT captured_ms FROM verdicts") == [{"captured_ms": moment}]


def test_what_could_not_be_written_is_kept_for_the_next_time() -> None:
    class Away:
        def insert(self, *_: object) -> int:
            raise StoreError("away")

    core = SinkCore()
    feed_everything(core)
    with pytest.raises(StoreError):
        core.write(Away())  # type: ignore[arg-type]
    assert len(core) == 22
    assert {
        table: len(columns["call_id" if "call_id" in columns else "value"]) for table, columns in core.flush().items()
    } == {
        "verdicts": 7,
        "levels": 2,
        "tones": 4,
        "list_entries": 2,
        "outcomes": 3,
        "chunk_features": 2,
        "shadow_verdicts": 2,
    }


def test_only_the_span_asked_for_is_counted(store: Store) -> None:
    core = SinkCore()
    for number in range(4):
        core.feed_verdict(make_verdict(f"call-{number}", captured_ms=NOON + number * DAY_MS))
    core.write(store)
    rows = ask(store, "calls_by_label", since_ms=NOON + DAY_MS, until_ms=NOON + 3 * DAY_MS)
    assert rows == [{"label": "speech", "action": "allow", "calls": 2, "callers": 1}]


def test_campaigns_count_distinct_calls_the_first_one_too(store: Store) -> None:
    fill_fingerprints(store)
    rows = ask(store, "campaigns_heard", campaign="", campaigns=[""], limit=2, **ALL_TIME)
    known = [(row["campaign"], row["calls"], row["callers"], row["callees"], row["best_score"]) for row in rows]
    assert known == [("call-4", 4, 4, 1, 0.9), ("call-1", 3, 1, 1, 0.75)]
    best = ask(store, "calls_of_campaign", campaigns=["call-1"], limit=10)
    assert [(row["call_id"], row["chunk"], row["score"]) for row in best] == [("call-2", 2, 0.75), ("call-3", 1, 0.5)]
    callers = ask(store, "callers_of_campaigns", campaign="", campaigns=[""], calls=2, limit=10, **ALL_TIME)
    assert [(row["campaign"], row["caller"], row["calls"]) for row in callers] == [("call-1", "a", 2)]


def test_latency_is_from_the_last_sample_to_the_first_verdict(store: Store) -> None:
    core = SinkCore()
    core.feed_verdict(make_verdict(scope="chunk"))
    core.feed_verdict(make_verdict(scope="chunk", judged_ms=NOON + 90_000))
    core.write(store)
    store.execute("OPTIMIZE TABLE verdicts FINAL")
    row = ask(store, "latency_by_cause", **ALL_TIME)[0]
    assert (row["verdicts"], row["p50_ms"], row["p99_ms"], row["classify_p50_ms"]) == (1, 100, 100, 20)


def test_a_question_nobody_knows_is_an_error_that_names_those_known(store: Store) -> None:
    with pytest.raises(StoreError, match="calls_by_label"):
        ask(store, "nonsense")
    with pytest.raises(StoreError, match="since_ms"):
        ask(store, "calls_by_label")
