"""From outcomes to the review queue, and from there to what the next training learns, through each door."""

from typing import Any

import numpy as np
import pytest
from chunk_world import chunk, run
from learning_world import NOON, feed_call, feed_tones, make_facts, make_features, make_verdict, spectrum
from look_world import make_tone
from rich.console import Console

from models.evidence import FAMILIES
from models.vector import FEATURE_NAMES, feature_matrix
from schemas.records import Outcome
from streams.learning import LearningError
from streams.learning.measured import KEPT_COLUMNS, chunk_features_row, model_row
from streams.learning.reviews import (
    Candidate,
    accept,
    candidate_of,
    find_call,
    kept_chunks,
    reject,
    review_queue,
    reviewed_examples,
    reviews_of,
)
from streams.look.learning import call_view, queue_table
from streams.sink import SinkCore
from streams.spectrum import evidence_of, spectrum_part
from streams.store import Store
from streams.store.queries import ask

SPAN = {"since_ms": NOON - 1000, "until_ms": NOON + 100_000}


def told(call: str, **changes: Any) -> Outcome:
    return Outcome(**({"reported_ms": NOON + 5000, "call_id": call} | changes))


def silent(call: str, **changes: Any) -> Outcome:
    return told(call, ivr_result="failed", speech_count=0, **changes)


def fed(store: Store, *calls: tuple[str, str, Outcome | None], times: int = 2) -> None:
    core = SinkCore()
    for _ in range(times):  # everything comes twice
        for call, label, outcome in calls:
            feed_call(core, call, label)
            if outcome is not None:
                core.feed_outcome(outcome)
        core.write(store)


def queue(store: Store, **changes: Any) -> list[Candidate]:
    return review_queue(store, **({**SPAN, "limit": 100} | changes))


def shown(view: Any) -> str:
    console = Console(width=140, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(view)
    return console.export_text()


def test_calls_whose_outcome_says_something_are_queued_the_valuable_mistakes_first(store: Store) -> None:
    fed(
        store,
        ("agreed", "dead_air", silent("agreed")),
        ("missed", "speech", silent("missed")),
        ("passed", "dead_air", told("passed", ivr_result="passed")),
        ("spoke", "dead_air", told("spoke", ivr_result="failed", speech_count=3)),
        ("speaker", "speech", told("speaker", ivr_result="passed", speech_count=3)),
        ("music", "music_or_hold", silent("music")),  # nobody has to speak in music
        ("zeros", "digital_silence", silent("zeros")),  # which follows from its definition
        ("nothing", "dead_air", None),
        ("unknown", "dead_air", told("unknown")),
    )
    found = queue(store)
    assert [(each.kind, each.call_id, each.suggested) for each in found] == [
        ("mistake", "passed", "speech"),
        ("mistake", "spoke", "speech"),
        ("missed", "missed", "dead_air"),
        ("agreed", "agreed", "dead_air"),
    ]
    assert [each.call_id for each in queue(store, limit=1)] == ["passed"]
    assert queue(store, since_ms=NOON + 50_000) == []
    text = shown(queue_table(found))
    assert "mistake" in text
    assert "dead_air 0.90" in text


@pytest.mark.slow
def test_a_silent_call_that_was_loud_is_suggested_to_be_noise(store: Store) -> None:
    core = SinkCore()
    feed_call(core, "loud", "speech", part=spectrum(-30.0))
    core.feed_outcome(silent("loud"))
    core.write(store)
    assert [(each.suggested, round(each.rms_dbfs)) for each in queue(store)] == [("noise", -30)]


@pytest.mark.slow
def test_an_outcome_may_name_sips_call_id_alone_and_come_in_parts(store: Store) -> None:
    core = SinkCore()
    feed_call(core, "known", "dead_air", sip_call_id="abc@host")
    core.feed_outcome(Outcome(reported_ms=NOON + 1, sip_call_id="abc@host", ivr_result="failed", speech_count=0))
    core.feed_outcome(Outcome(reported_ms=NOON + 2, sip_call_id="abc@host", ended_by="callee"))
    core.feed_outcome(Outcome(reported_ms=NOON + 2, sip_call_id="other@host", ivr_result="passed"))
    core.write(store)
    assert [(each.kind, each.ivr_result, each.ended_by, each.speech_count) for each in queue(store)] == [
        ("agreed", "failed", "callee", 0)
    ]
    assert find_call(store, "abc@host") == ("known", NOON)
    assert len(ask(store, "outcomes_of_call", call_id="known")) == 2


@pytest.mark.slow
def test_the_first_chunk_that_was_judged_dead_air_is_the_mistake(store: Store) -> None:
    core = SinkCore()
    for number, label in enumerate(("speech", "dead_air", "dead_air", "dead_air")):
        core.feed_features(make_features("call", number))
        core.feed_verdict(make_verdict("call", label, number))
    core.feed_verdict(make_verdict("call", "dead_air", 3, scope="call"))
    core.feed_features(make_features("call", stream_id="callee's", facts=make_facts("call", "callee")))
    core.feed_outcome(told("call", ivr_result="passed"))
    core.write(store)
    assert [(each.chunk, each.stream_id) for each in queue(store)] == [(1, "stream of call")]
    chunks = [(each.stream_id, each.chunk) for each in kept_chunks(store, "call")]
    assert sorted(chunks) == [("callee's", 0), *(("stream of call", number) for number in range(3))]


def test_what_is_accepted_becomes_an_example_with_the_models_own_columns(store: Store) -> None:
    tones = [make_tone("5"), make_tone("busy", start_s=1.5, duration_s=0.7)]
    core = SinkCore()
    feed_call(core, "passed", "dead_air")
    feed_tones(core, "passed", *tones)
    core.feed_outcome(told("passed", ivr_result="passed"))
    core.write(store)
    call_id, review = accept(store, "pass", label=None, chunk=None, reviewer="person:me", now_ms=NOON)
    assert (call_id, review.label, review.chunk) == ("passed", "speech", 0)
    features = make_features("passed")
    examples = reviewed_examples(store)
    assert (examples.labels, examples.calls, examples.left_out) == (["speech"], ["passed"], 0)
    assert features.spectrum is not None
    expected = feature_matrix([evidence_of(features.head, features.spectrum, tones)])
    np.testing.assert_array_equal(examples.rows, expected)
    assert queue(store) == []  # asked no more
    assert [each.reviewer for each in reviews_of(store, "passed")] == ["person:me"]


@pytest.mark.slow
def test_what_is_rejected_is_neither_asked_nor_learnt_and_the_newest_word_counts(store: Store) -> None:
    fed(store, ("one", "dead_air", silent("one")))
    _, review = reject(store, "one", reason="a test call", reviewer="me", now_ms=NOON)
    assert (review.state, review.label) == ("rejected", "dead_air")
    assert queue(store) == []
    assert reviewed_examples(store).labels == []
    accept(store, "one", label="noise", chunk=0, reviewer="another", now_ms=NOON + 1)
    assert reviewed_examples(store).labels == ["noise"]
    reject(store, "one", reason="no", reviewer="me", now_ms=NOON + 2)
    assert reviewed_examples(store).labels == []


@pytest.mark.slow
def test_a_chunk_that_is_named_is_the_callers_where_the_callee_has_one_of_that_number_too(store: Store) -> None:
    core = SinkCore()
    for outcome in (None, told("call", ivr_result="passed")):
        core.feed_features(make_features("call", stream_id="a callee's", facts=make_facts("call", "callee")))
        feed_call(core, "call", "dead_air")
        if outcome is not None:
            core.feed_outcome(outcome)
        core.write(store)
        _, review = accept(store, "call", label="speech", chunk=0, reviewer="me", now_ms=NOON)
        assert review.stream_id == "stream of call"
        store.execute("TRUNCATE TABLE reviews")


@pytest.mark.slow
def test_a_review_that_cannot_be_made_says_why(store: Store) -> None:
    fed(store, ("abc1", "dead_air", silent("abc1")), ("abc2", "speech", None))

    def asked(begin: str, label: str | None = None, chunk: int | None = None) -> str:
        with pytest.raises(LearningError) as error:
            accept(store, begin, label=label, chunk=chunk, reviewer="me", now_ms=NOON)
        return str(error.value)

    assert "no call 'xyz'" in asked("xyz")
    assert "no call ''" in asked("")
    assert "more than one call" in asked("abc")
    assert "say --label" in asked("abc2")
    assert "nothing is learnt of 'digital_silence'" in asked("abc1", "digital_silence")
    assert "a chunk can be dead_air, noise, speech" in asked("xyz", "banana")  # before the call is looked for
    assert "there are 0" in asked("abc1", chunk=7)
    store.insert("chunk_features", {"call_id": ["old"], "features_version": [999]})
    assert "version 999" in asked("old", "speech")
    assert reviewed_examples(store).labels == []


@pytest.mark.slow
def test_examples_of_another_version_are_counted_and_left_out(store: Store) -> None:
    row: dict[str, list[Any]] = {"call_id": ["a"], "stream_id": ["s"], "chunk": [0], "label": ["speech"]}
    row |= {"state": ["accepted"], "reviewed_ms": [NOON], "features_version": [999], "values": [[1.0, 2.0]]}
    store.insert("reviews", row)
    found = reviewed_examples(store)
    assert (found.rows.shape, found.labels, found.left_out) == ((0, len(FEATURE_NAMES)), [], 1)


@pytest.mark.slow
def test_a_reviewer_sees_all_that_is_known(store: Store) -> None:
    fed(store, ("one", "dead_air", silent("one", ended_by="platform")))
    accept(store, "one", label=None, chunk=None, reviewer="person:me", now_ms=NOON)
    heard = find_call(store, "one")[1]
    view = call_view(
        "one",
        candidate_of(store, "one", heard),
        kept_chunks(store, "one"),
        ask(store, "verdicts_of_call", call_id="one"),
        ask(store, "outcomes_of_call", call_id="one"),
        reviews_of(store, "one"),
    )
    text = shown(view)
    for said in ("-65", "dead_air", "menu failed, ended by platform, utterances 0", "accepted by person:me"):
        assert said in text


def test_tables_2_and_3_count_calls_by_kind_and_by_who_ended_them(store: Store) -> None:
    core = SinkCore()
    for call, label, action, ended, result in (
        ("a", "dead_air", "challenge", "caller", "failed"),
        ("b", "dead_air", "challenge", "caller", "failed"),
        ("c", "fax", "divert", "platform", "failed"),
        ("d", "speech", "allow", "callee", "passed"),
        ("e", "speech", "allow", "caller", "unknown"),
        ("f", "sit", "tag", None, None),
    ):
        core.feed_verdict(make_verdict(call, label, scope="call", action=action))
        if ended:
            core.feed_outcome(told(call, ended_by=ended, ivr_result=result))
    for _ in range(2):
        core.write(store)
    kinds = ask(store, "unwanted_kinds", **SPAN)
    assert [(row["kind"], row["calls"], row["share"]) for row in kinds] == [
        ("silent", 2, 0.5), ("fax", 1, 0.25), ("tones", 1, 0.25),
    ]  # fmt: skip
    ended = ask(store, "ended_by_result", **SPAN)
    assert [tuple(row.values()) for row in ended] == [
        ("caller", 0, 2, 1, 3, 0.6), ("callee", 1, 0, 0, 1, 0.2), ("platform", 0, 1, 0, 1, 0.2),
    ]  # fmt: skip
    labels = ask(store, "ended_by_result_of_labels", **SPAN)
    assert [(row["label"], row["ended_by"], row["failed"], row["share"]) for row in labels] == [
        ("dead_air", "caller", 2, 1.0),
        ("speech", "callee", 0, 0.5),
        ("speech", "caller", 0, 0.5),
        ("fax", "platform", 1, 1.0),
    ]


@pytest.mark.slow
def test_the_store_reckons_tones_as_the_model_does(store: Store) -> None:
    symbols = ("5", "?", "busy", "reorder", "ringback", "cng", "ced", "v21", "sit", "dial", "425", "ans_pr", "beep")
    core = SinkCore()
    for number, symbol in enumerate(symbols):
        feed_call(core, f"call {number}", "speech")
        feed_tones(
            core, f"call {number}", make_tone(symbol, start_s=-0.1, duration_s=0.5), make_tone(symbol, start_s=1.9)
        )
    core.write(store)
    rows = ask(store, "measured", features_version=spectrum().features_version, columns=KEPT_COLUMNS, **SPAN)
    expected = [
        model_row(
            np.zeros(KEPT_COLUMNS),
            1.0,
            [make_tone(symbol, start_s=-0.1, duration_s=0.5), make_tone(symbol, start_s=1.9)],
        )[KEPT_COLUMNS:]
        for symbol in symbols
    ]
    found = [row["numbers"][KEPT_COLUMNS:] for row in rows]
    np.testing.assert_allclose(sorted(found), sorted(each.tolist() for each in expected), atol=1e-6)
    assert len(found[0]) == 1 + len(FAMILIES)


def test_a_chunk_of_which_nothing_was_measured_leaves_no_row() -> None:
    failed = make_features("call", part=spectrum_part(chunk(run(np.zeros(5, np.int16), start=16_000))))
    assert failed.spectrum is not None
    assert failed.spectrum.error is not None
    assert chunk_features_row(failed) is None
    core = SinkCore(feature_chunks=1)
    foreign = make_features("call")
    foreign.spectrum = type(spectrum())(rms_dbfs=-20.0, features_version=999)
    core.feed_features(foreign)
    core.feed_features(make_features("call", 1))
    assert core.unmeasured == 1
    assert "chunk_features" not in core.flush()
