"""Records that their schema allows and nobody means: each costs itself, and leaves the others of its batch alone."""

from random import Random
from typing import Any

import msgspec
import pytest
from classify_world import both, features, head
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codec import BrokenRecordError, decode, encode
from schemas.records import (
    Chunk,
    Facts,
    Features,
    ListEntry,
    NumberHash,
    Outcome,
    Record,
    ReplayPart,
    Run,
    SpectrumPart,
    TelephoneEvent,
    Tone,
    TonesPart,
    Verdict,
)
from streams.audio import chunk_audio
from streams.classify import ClassifyCore
from streams.classify.known import KnownStreams
from streams.classify.verdicts import VerdictMaker
from streams.limits import (
    MAX_AHEAD_MS,
    OutOfBoundsError,
    check_chunk,
    check_entry,
    check_features,
    check_outcome,
    check_verdict,
)
from streams.lists import ListView
from streams.policy import Policy
from streams.roles.analysis import features_of
from streams.runtime.acker import PartitionAcker

NOW = 1_700_000_000_000
LONG = st.integers(-(2**63), 2**63 - 1)
DOUBLE = st.floats()
LONGS = ["chunk", "ssrc", "lost", "tapped_ms", "captured_ms", "anchor"]
TEXTS = ["stream_id", "call_id", "sip_call_id", "end_reason"]
TEXT = st.one_of(st.text(max_size=8), st.integers(129, 5_000).map(lambda size: "x" * size))


@pytest.mark.parametrize(
    "odd",
    [
        {"chunk": 1 << 31},
        {"chunk": -1},
        {"ssrc": 1 << 32},
        {"lost": -1},
        {"stream_id": "x" * 129},
        {"call_id": "x" * 129},
        {"sip_call_id": "x" * 4_097},
        {"encodings": ["pcmu"] * 17},
        {"coverage": float("nan")},
        {"captured_ms": -1},
        {"tapped_ms": NOW + MAX_AHEAD_MS},
        {"facts": Facts(direction="caller", opened_ms=-1, tap_id="t")},
        {"facts": Facts(direction="caller", opened_ms=0, tap_id="t", old_trunk="x" * 129)},
        {"facts": Facts(direction="caller", opened_ms=0, tap_id="t", old_caller=NumberHash(number="x" * 129))},
        {"facts": Facts(direction="caller", opened_ms=0, tap_id="t", caller=NumberHash(number="x" * 129))},
        {
            "facts": Facts(
                direction="caller", opened_ms=0, tap_id="t", caller=NumberHash(number="", prefixes=["1"] * 33)
            )
        },
    ],
)
def test_a_head_that_cannot_be_meant_is_told_by_field(odd: dict[str, Any]) -> None:
    good = head()
    check_features(features(good, 0), NOW)
    bad = msgspec.structs.replace(good, **odd)
    with pytest.raises(OutOfBoundsError):
        check_features(features(bad, 0), NOW)
    with pytest.raises(OutOfBoundsError):
        check_chunk(Chunk(head=bad, runs=[]), NOW)


@pytest.mark.parametrize(
    "part",
    [
        {"tones": TonesPart(error="x" * 1_001)},
        {"spectrum": SpectrumPart(bases=bytes(1 + (1 << 16)))},
        {"spectrum": SpectrumPart(blocks=bytes(1 + (1 << 16)))},
        {"spectrum": SpectrumPart(features_version=-1)},
        {"spectrum": SpectrumPart(singular_values=[1.0] * 1_025)},
        {"replay": ReplayPart(campaign="x" * 129)},
        {"replay": ReplayPart(score=float("inf"))},
        {"replay": ReplayPart(tempo=float("nan"))},
        {"replay": ReplayPart(query_end_s=float("-inf"))},
    ],
)
def test_parts_are_bounded(part: dict[str, Any]) -> None:
    with pytest.raises(OutOfBoundsError):
        check_features(features(head(), 0, **part), NOW)


def entry(**fields: Any) -> ListEntry:
    return ListEntry(
        **{"kind": "black", "scope": "caller", "value": "v", "created_ms": 0, "actor": "a", "reason": "r"} | fields
    )


@pytest.mark.parametrize(
    "odd",
    [
        {"value": "x" * 129},
        {"actor": "x" * 1_001},
        {"calls": ["c"] * 1_025},
        {"expires_ms": -1},
        {"score": float("nan")},
    ],
)
def test_an_entry_that_cannot_be_meant_is_refused(odd: dict[str, Any]) -> None:
    check_entry(entry())
    with pytest.raises(OutOfBoundsError):
        check_entry(entry(**odd))


@pytest.mark.parametrize("odd", [{"call_id": "x" * 129}, {"speech_count": -1}, {"duration_s": float("inf")}])
def test_an_outcome_that_cannot_be_meant_is_refused(odd: dict[str, Any]) -> None:
    check_outcome(Outcome(reported_ms=NOW))
    with pytest.raises(OutOfBoundsError):
        check_outcome(Outcome(reported_ms=NOW, **odd))


def core() -> ClassifyCore:
    return ClassifyCore(VerdictMaker(Policy.load(), "model", lambda: 5), ListView())


def test_verdicts_that_classify_makes_are_within_bounds() -> None:
    acker, made = PartitionAcker(), []
    classify = core()
    for offset, last in enumerate((False, True)):
        taken = classify.take(both(head(chunk=offset, last=last), offset), acker.add(lambda: None))
        made += [emission.record for pair in taken.pairs for emission in classify.judge(pair, None)]
    assert len(made) == 3
    for verdict in made:
        assert isinstance(verdict, Verdict)
        check_verdict(verdict)
        with pytest.raises(OutOfBoundsError):
            check_verdict(msgspec.structs.replace(verdict, label="x" * 129))


@st.composite
def absurd_features(draw: st.DrawFn) -> Features:
    """Features with absurd fields here and there."""
    good = head(stream=draw(st.sampled_from("ab")), chunk=draw(st.integers(0, 12)), last=draw(st.booleans()))
    longs = st.dictionaries(
        st.sampled_from(["chunk", "ssrc", "lost", "tapped_ms", "captured_ms", "anchor"]), LONG, max_size=1
    )
    texts = st.dictionaries(st.sampled_from(["stream_id", "call_id", "sip_call_id", "end_reason"]), TEXT, max_size=1)
    odd = msgspec.structs.replace(good, **draw(longs), **draw(texts), coverage=draw(DOUBLE), jitter_ms=draw(DOUBLE))
    tone = Tone(
        symbol=draw(st.sampled_from(["cng", "sit", "5", "x" * 200])),
        start_s=draw(DOUBLE),
        duration_s=draw(DOUBLE),
        level_dbm0=draw(DOUBLE),
        twist_db=0.0,
        frequency_error=0.0,
        snr_db=0.0,
        source="inband",
        continued=draw(st.booleans()),
        continues=False,
    )
    spectrum = SpectrumPart(
        bins=draw(LONG), bases=draw(st.binary(max_size=60)), singular_values=draw(st.lists(DOUBLE, max_size=4))
    )
    replay = ReplayPart(campaign=draw(st.none() | TEXT), false_match_probability=draw(DOUBLE), score=draw(DOUBLE))
    parts = {"spectrum": spectrum, "tones": TonesPart(tones=[tone]), "replay": replay}
    chosen = draw(st.sets(st.sampled_from(sorted(parts))))
    return features(odd, draw(st.integers(0, 30) | LONG), **{name: parts[name] for name in chosen})


@settings(deadline=None, max_examples=40)
@given(st.lists(absurd_features(), max_size=8))
def test_classify_takes_or_refuses_whatever_features_say(records: list[Features]) -> None:
    acker, classify = PartitionAcker(), core()
    for record in records:
        try:
            value = encode(record)
        except ValueError:  # nor does the schema allow it
            continue
        slot = acker.add(lambda: None)
        try:
            read = decode(value, Features)
            check_features(read, NOW)
        except BrokenRecordError:
            slot.release()
            continue
        taken = classify.take(read, slot)
        made = list(taken.emissions)
        for pair in taken.pairs:
            classify.evidence(pair)
            made += classify.judge(pair, None)
        for emission in made:
            assert emission.record is not None
            encode(emission.record)
            emission.release()
        slot.release()
    assert len(classify) <= len(records)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.builds(
            Run,
            start=st.integers(-2_000, 17_000) | LONG.filter(lambda n: abs(n) < 2**31),
            length=st.integers(-1, 17_000) | LONG.filter(lambda n: abs(n) < 2**31),
            encoding=st.sampled_from(["pcmu", "pcma", "l16", "comfort_noise", "unsupported"]),
            data=st.binary(max_size=50),
        ),
        max_size=4,
    )
)
def test_analysis_measures_or_gives_an_error_for_whatever_runs_say(runs: list[Run]) -> None:
    chunk = decode(encode(Chunk(head=head(), runs=runs, lead_in=runs[:1])), Chunk)
    check_chunk(chunk, NOW)
    made = features_of(chunk, 0, ("spectrum", "tones"), show_digits=False, clock=lambda: 1.0)
    assert made.spectrum is not None
    assert made.tones is not None
    try:
        chunk_audio(chunk)
    except ValueError:
        assert made.spectrum.error
        assert made.tones.error


@pytest.mark.parametrize("record", [features(head(), 0), Chunk(head=head(), runs=[]), Outcome(reported_ms=NOW)])
def test_a_count_without_end_is_a_broken_record(record: Record) -> None:
    """Avro's counts are numbers like others: one can say 2**60 and be followed by nothing, or by anything."""
    whole = encode(record)
    rng = Random(1)
    for at in range(10, len(whole)):
        for bomb in (b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01", b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"):
            try:
                decode(whole[:at] + bomb + rng.randbytes(20), type(record))
            except BrokenRecordError:
                continue


def test_a_flood_of_streams_goes_and_the_call_in_progress_stays() -> None:
    acker, known = PartitionAcker(), KnownStreams(most=50)
    for chunk in range(3):
        stream = known.at(head(chunk=chunk))
        assert stream is not None
        stream.begin(chunk, [])
    for number in range(500):
        slot = acker.add(lambda: None)
        stray = known.at(head(f"stray-{number}"))
        assert stray is not None
        stray.begin(0, [slot])
        for hold in known.silent():
            hold.release()
    assert len(known) == 50
    assert known.crowded_out == 451
    assert len(acker) == 49
    again = known.at(head(chunk=3))
    assert again is not None
    assert again.is_due(3)


@pytest.mark.parametrize("odd", [{"event": 256}, {"start": -(1 << 20)}, {"duration": -1}, {"volume": 64}])
def test_an_event_that_no_window_makes_is_refused(odd: dict[str, int]) -> None:
    sound = {"event": 5, "start": 0, "duration": 800, "volume": 10, "ended": True, "continued": False}
    check_chunk(Chunk(head=head(), runs=[], events=[TelephoneEvent(**sound)] * 128), NOW)
    with pytest.raises(OutOfBoundsError):
        check_chunk(Chunk(head=head(), runs=[], events=[TelephoneEvent(**(sound | odd))]), NOW)
    with pytest.raises(OutOfBoundsError):
        check_chunk(Chunk(head=head(), runs=[], events=[TelephoneEvent(**sound)] * 129), NOW)
