"""Verdicts on chunks and calls."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import msgspec
import pytest
from classify_world import both, core, features, head, judged, readable, tone

from features.sound import VERSION
from models.classifier import Judgement
from models.passages.passage import Passage as Heard
from schemas.codec import decode, encode
from schemas.ids import list_key, verdict_id
from schemas.records import (
    ChunkHead,
    Features,
    ListEntry,
    NumberHash,
    Passage,
    ReplayPart,
    SpectrumPart,
    TonesPart,
    Verdict,
)
from streams.classify import ClassifyCore
from streams.lists import ListView
from streams.runtime.acker import PartitionAcker

DEAD = Judgement("dead_air", 0.9, {"dead_air": 0.9}, ["forest"])


class Classified:
    """A core and all its verdicts, delivered at once."""

    def __init__(self, lists: ListView | None = None) -> None:
        self.core: ClassifyCore = core(lists)
        self.acker = PartitionAcker()

    def feed(self, record: Features, judgement: Judgement | None = DEAD) -> list[Verdict]:
        slot = self.acker.add(lambda: None)
        taken = self.core.take(record, slot)
        emissions = list(taken.emissions)
        for pair in taken.pairs:
            failed = pair.spectrum.spectrum and pair.spectrum.spectrum.error
            asked = not pair.spectrum.head.last and not failed
            emissions += self.core.judge(pair, judgement if asked else None)
        slot.release()
        for emission in emissions:
            emission.release()
        return [emission.record for emission in emissions if isinstance(emission.record, Verdict)]

    def run(self, heads: Sequence[ChunkHead], judgement: Judgement | None = DEAD) -> list[Verdict]:
        return [v for at, each in enumerate(heads) for v in self.feed(both(each, at), judgement)]


def changed(of: ChunkHead, **fields: Any) -> ChunkHead:
    return msgspec.structs.replace(of, **fields)


def test_a_chunk_has_a_verdict_and_its_call_too() -> None:
    chunk, call = Classified().feed(both(head(), 0))
    assert (chunk.scope, chunk.cause, chunk.label, chunk.probability) == ("chunk", "audio", "dead_air", 0.9)
    assert (call.scope, call.label, call.last) == ("call", "dead_air", False)
    assert chunk.id == verdict_id("s", 0, "chunk", "audio", "")
    assert call.id == verdict_id("s", 0, "call", "audio", "")


def test_a_mixed_chunks_passages_stand_in_its_verdict_and_not_in_the_calls() -> None:
    parts = (Heard("ringback", 0.0, 1.2, 0.98), Heard("speech", 1.2, 0.8, 0.9))
    chunk, call = Classified().feed(both(head(), 0), replace(DEAD, label="speech", passages=parts))
    assert chunk.passages == [
        Passage(label="ringback", start_s=0.0, duration_s=1.2, probability=0.98),
        Passage(label="speech", start_s=1.2, duration_s=0.8, probability=0.9),
    ]
    assert call.passages == []
    assert decode(encode(chunk), Verdict) == chunk


def test_the_last_chunk_is_judged_only_as_the_end_of_its_call() -> None:
    classified = Classified()
    made = classified.run([head(), head(chunk=1, last=True)])
    assert [(v.scope, v.chunk, v.last) for v in made] == [("chunk", 0, False), ("call", 0, False), ("call", 1, True)]
    assert len(classified.acker) == len(classified.core) == 0


def test_a_repeated_chunk_is_judged_once() -> None:
    classified = Classified()
    assert len(classified.run([head(), head(chunk=1), head(chunk=1), head()])) == 4


@pytest.mark.parametrize("length", [1, 3, 12, 25])
def test_the_tail_of_an_ended_stream_again_makes_nothing_new_and_holds_nothing(length: int) -> None:
    classified = Classified()
    heads = [*(head(chunk=n) for n in range(length)), head(chunk=length, last=True)]
    made = {v.id: v for v in classified.run(heads)}
    again = classified.run([changed(h) for h in heads[length // 2 :]])
    assert again == []  # the same offsets again
    for at, each in enumerate(heads[length // 2 :]):
        for verdict in classified.feed(both(each, 100 + at)):
            assert made[verdict.id] == verdict
    assert len(classified.acker) == len(classified.core) == 0


@pytest.mark.parametrize("stray", [0, 5])
def test_one_chunk_of_an_ended_stream_again_holds_nothing_though_nothing_follows_it(stray: int) -> None:
    classified = Classified()
    classified.run([*(head(chunk=n) for n in range(7)), head(chunk=7, last=True)])
    assert classified.feed(both(head(chunk=stray), 100)) == []
    assert len(classified.acker) == len(classified.core) == 0


def test_an_owner_that_meets_one_chunk_of_a_stream_lets_it_go_when_its_tap_has_told_nothing_more_for_long() -> None:
    classified = Classified()
    classified.feed(both(head("over", chunk=5), 0))
    for at in range(1, 157):  # chunk 155 was captured 300 s after the other stream's chunk 5
        classified.feed(both(head("goes on", chunk=at - 1), at))
    assert (len(classified.core), len(classified.acker)) == (2, 157)
    classified.feed(both(head("goes on", chunk=156), 157))
    assert (len(classified.core), len(classified.acker)) == (1, 8)


def test_an_owner_keeps_streams_of_a_tap_that_is_silent_as_a_whole() -> None:
    classified = Classified()
    classified.feed(both(head("one", chunk=5), 0))
    for at in range(1, 300):
        facts = msgspec.structs.replace(head().facts, tap_id="tap-2")
        classified.feed(both(changed(head("other", chunk=at - 1), facts=facts), at))
    assert len(classified.core) == 2


def test_a_stream_that_no_window_knows_any_more_is_let_go_though_its_tap_is_silent_as_a_whole() -> None:
    classified = Classified()
    classified.feed(both(head("one", chunk=5), 0))
    facts = msgspec.structs.replace(head().facts, tap_id="tap-2")
    for at in range(1, 700):
        classified.feed(both(changed(head("other", chunk=at - 1), facts=facts), at))
    assert (len(classified.core), len(classified.acker)) == (1, 8)


def test_an_outage_of_hours_ends_no_stream() -> None:
    classified = Classified()
    facts = msgspec.structs.replace(head().facts, tap_id="tap-2")
    classified.feed(both(head("one"), 0))
    classified.feed(both(changed(head("other"), facts=facts), 1))
    late = 36_000_000
    classified.feed(both(changed(head("other", chunk=1), facts=facts, closed_ms=late), 2))
    (chunk, _) = classified.feed(both(changed(head("one", chunk=1), closed_ms=late), 3))
    assert (chunk.stream_id, chunk.chunk) == ("one", 1)


def test_an_owner_that_meets_a_stream_in_its_middle_makes_what_comes_eight_chunks_later() -> None:
    made = Classified().run([*(head(chunk=n) for n in range(5, 20)), head(chunk=20, last=True)])
    assert sorted({v.chunk for v in made}) == list(range(13, 21))


def test_a_records_inputs_are_held_for_eight_chunks() -> None:
    classified = Classified()
    for at in range(12):
        classified.feed(both(head(chunk=at), at))
        assert len(classified.acker) == min(at + 1, 8)


def test_a_call_label_looks_back_on_eight_chunks_and_no_more_at_the_end_too() -> None:
    classified = Classified()
    loud = Judgement("speech", 0.9, {"speech": 0.9}, [])
    at = [classified.feed(both(head(), 0), loud)]
    at += [classified.feed(both(head(chunk=n), n)) for n in range(1, 9)]
    assert [verdicts[1].label for verdicts in at] == ["speech"] * 9
    (end,) = classified.feed(both(head(chunk=9, last=True), 9))
    assert end.label == "dead_air"


def test_a_part_with_an_error_is_judged_undecided() -> None:
    classified = Classified()
    record = features(head(), 0, spectrum=SpectrumPart(error="ValueError: run"), tones=TonesPart())
    chunk, call = classified.feed(record)
    assert (chunk.label, chunk.probability, chunk.reasons) == ("undecided", 0.0, ["error", "ValueError: run"])
    assert (call.label, call.reasons) == ("undecided", ["nothing_certain"])


def test_an_unsupported_codec_is_undecided() -> None:
    nothing = Judgement("no_media", 1.0, {"no_media": 1.0}, [])
    chunk, _ = Classified().feed(both(changed(head(), encodings=["unsupported"]), 0), nothing)
    assert (chunk.label, chunk.reasons) == ("undecided", ["unsupported_codec"])


def test_a_chunk_cut_short_by_the_calls_end_is_not_no_media() -> None:
    nothing = Judgement("no_media", 1.0, {"no_media": 1.0}, [])
    chunk, _ = Classified().feed(both(head(reason="end"), 0), nothing)
    assert (chunk.label, chunk.reasons) == ("undecided", ["cut_short"])


def test_a_call_that_ended_without_media_is_no_media() -> None:
    nothing = Judgement("no_media", 1.0, {"no_media": 1.0}, [])
    before = changed(head(), ssrc=0)
    after = changed(head(chunk=1, last=True), ssrc=0, end_reason="bye")
    *_, end = Classified().run([before, after], nothing)
    assert (end.label, end.reasons, end.last) == ("no_media", ["ended_without_media"], True)


def test_a_call_whose_media_started_is_not_no_media() -> None:
    after = changed(head(chunk=0, last=True), ssrc=0, end_reason="media_started")
    (end,) = Classified().run([after])
    assert (end.label, end.reasons) == ("undecided", ["media_started"])


@pytest.mark.parametrize(
    ("symbol", "label"),
    [("cng", "fax"), ("ced", "fax"), ("v21", "fax"), ("sit", "sit"), ("ansam_pr", "fax"), ("modem", "modem")],
)
def test_a_tone_that_says_what_a_call_is_needs_no_history(symbol: str, label: str) -> None:
    (verdict,) = Classified().feed(features(head(chunk=7), 0, tones=TonesPart(tones=[tone(symbol), tone(symbol)])))
    assert (verdict.scope, verdict.cause, verdict.label, verdict.evidence_id) == ("call", "tone", label, symbol)


def test_a_fax_that_answers_as_a_modem_does_is_a_fax() -> None:
    part = TonesPart(tones=[tone("ans_pr"), tone("v21")])
    (verdict,) = Classified().feed(features(head(), 0, tones=part))
    assert verdict.label == "fax"


@pytest.mark.parametrize("symbol", ["beep", "test", "tone", "dial", "busy", "5"])
def test_tones_that_do_not_say_what_a_call_is_make_no_verdict_of_their_own(symbol: str) -> None:
    assert Classified().feed(features(head(), 0, tones=TonesPart(tones=[tone(symbol)]))) == []


def test_an_answer_tone_that_shows_its_kind_late_is_told_then() -> None:
    part = TonesPart(tones=[tone("ans_pr", continued=True)])
    (verdict,) = Classified().feed(features(head(), 0, tones=part))
    assert verdict.label == "modem"


def test_a_tone_that_goes_on_is_not_told_again() -> None:
    part = TonesPart(tones=[tone("cng", continued=True), tone("5")])
    assert Classified().feed(features(head(), 0, tones=part)) == []


def test_a_replay_makes_a_verdict_from_its_own_record() -> None:
    part = ReplayPart(campaign="c1", call_id="x", false_match_probability=0.02)
    classified = Classified()
    (verdict,) = classified.feed(features(head(), 0, replay=part))
    assert (verdict.cause, verdict.label, verdict.evidence_id, verdict.replay) == ("replay", "recording", "c1", part)
    assert verdict.probability == pytest.approx(0.98)
    assert len(classified.acker) == 0


@pytest.mark.parametrize("part", [ReplayPart(error="away"), ReplayPart()])
def test_a_replay_part_that_found_nothing_makes_no_verdict(part: ReplayPart) -> None:
    assert Classified().feed(features(head(), 0, replay=part)) == []


def entry(kind: str, scope: str, value: str) -> ListEntry:
    return msgspec.convert(
        {"kind": kind, "scope": scope, "value": value, "created_ms": 0, "actor": "a", "reason": "r", "confidence": 0.9},
        ListEntry,
    )


def listed(*entries: ListEntry) -> Classified:
    view = ListView()
    for offset, each in enumerate(entries):
        view.apply(list_key(each.kind, each.scope, each.value), each, offset=offset)
    return Classified(view)


CALLED = changed(head(), facts=msgspec.structs.replace(head().facts, caller=NumberHash(number="n", prefixes=["p"])))


def test_a_blacklisted_caller_is_blocked_once_the_call_is_answered() -> None:
    answered = changed(CALLED, sip_call_id="i", facts=msgspec.structs.replace(CALLED.facts, answered_ms=100))
    (verdict,) = listed(entry("black", "caller", "n")).feed(features(answered, 0, spectrum=SpectrumPart()))
    assert (verdict.cause, verdict.action, verdict.phase) == ("black", "block", "answered")
    assert (verdict.evidence_id, verdict.reasons) == ("black:caller:n", ["black_caller", "r"])


def test_a_list_verdict_says_what_its_own_record_hears() -> None:
    listed_caller = entry("black", "caller", "n")
    (silent,) = listed(listed_caller).feed(features(CALLED, 0, spectrum=SpectrumPart()))
    fax = features(CALLED, 0, spectrum=SpectrumPart(), tones=TonesPart(tones=[tone("cng")]))
    _, black, *_ = listed(listed_caller).feed(fax)
    assert (silent.label, silent.probability) == ("undecided", 0.0)
    assert (black.cause, black.label, black.probability) == ("black", "fax", 1.0)
    assert silent.id == black.id == verdict_id("s", 0, "call", "black", "black:caller:n")


@pytest.mark.parametrize("answered_ms", [None, 2_000, 60_000])
def test_in_early_media_nothing_is_blocked(answered_ms: int | None) -> None:
    ringing = changed(CALLED, sip_call_id="i", facts=msgspec.structs.replace(CALLED.facts, answered_ms=answered_ms))
    (verdict,) = listed(entry("black", "caller", "n")).feed(features(ringing, 0, spectrum=SpectrumPart()))
    assert (verdict.phase, verdict.action) == ("early_media", "tag")


def test_the_whitelist_wins() -> None:
    lists = listed(entry("black", "caller", "n"), entry("white", "prefix", "p"))
    (verdict,) = lists.feed(features(CALLED, 0, spectrum=SpectrumPart()))
    assert (verdict.cause, verdict.action) == ("white", "allow")


def test_a_blacklisted_campaign_is_a_recording() -> None:
    record = features(head(), 0, replay=ReplayPart(campaign="c1"))
    replayed, black = listed(entry("black", "campaign", "c1")).feed(record)
    assert (replayed.cause, black.cause, black.label, black.action) == ("replay", "black", "recording", "block")


def test_the_model_is_asked_only_about_what_can_be_measured() -> None:
    part = readable()
    classifier, offsets = core(), count()

    def asked(of: ChunkHead, spectrum: SpectrumPart, tones: TonesPart) -> bool:
        slot = PartitionAcker().add(lambda: None)
        (pair,) = classifier.take(features(of, next(offsets), spectrum=spectrum, tones=tones), slot).pairs
        return classifier.evidence(pair) is not None

    assert asked(head(), part, TonesPart())
    assert not asked(head(last=True), part, TonesPart())
    assert not asked(head(), SpectrumPart(error="x"), TonesPart())
    assert not asked(head(), part, TonesPart(error="x"))
    for odd in ({"bins": 5}, {"features_version": VERSION + 1}, {"sound": b""}, {"blocks": part.blocks[4:]}):
        assert not asked(head(), msgspec.structs.replace(part, **odd), TonesPart())


def test_verdicts_are_functions_of_their_chunks() -> None:
    heads = [*(head(chunk=n) for n in range(12)), head(chunk=12, last=True)]
    first = Classified().run(heads, judged(head()))
    assert first == Classified().run(heads, judged(head()))
    assert len({v.id for v in first}) == len(first)
