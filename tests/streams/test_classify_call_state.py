"""What a call is, from what its chunks were."""

from itertools import takewhile

import pytest
from classify_world import both, head
from hypothesis import given, settings
from hypothesis import strategies as st

from models.call_state import ChunkLabel, call_label
from models.classifier import LABELS
from schemas.records import Cause, Scope, Verdict
from streams.classify.current import CurrentVerdicts
from streams.classify.verdicts import Finding, VerdictMaker
from streams.policy import Policy

MAKER = VerdictMaker(Policy.load(), "model", lambda: 5)


def labels(text: str, probability: float = 0.9) -> list[ChunkLabel]:
    return [ChunkLabel(label, probability) for label in text.split()]


@pytest.mark.parametrize(
    ("history", "label", "row", "reason"),
    [
        ("dead_air dead_air dead_air", "dead_air", 3, "heard"),
        ("speech dead_air dead_air", "speech", 0, "spoke"),
        ("speech dead_air dead_air dead_air dead_air dead_air dead_air", "speech", 0, "spoke"),
        ("ringback dead_air", "ringback", 0, "heard"),
        ("ringback dead_air dead_air dead_air", "dead_air", 3, "heard"),
        ("dead_air speech", "speech", 1, "heard"),
        ("ringback dead_air ringback speech speech", "speech", 2, "heard"),
        ("music_or_hold music_or_hold speech", "speech", 1, "spoke"),
        ("noise noise speech", "noise", 0, "heard"),
        ("noise busy busy", "busy", 2, "heard"),
        ("fax modem modem", "fax", 0, "heard"),
        ("undecided undecided", "undecided", 2, "nothing_certain"),
        ("undecided digital_silence", "digital_silence", 1, "heard"),
        ("digital_silence no_media no_media", "no_media", 2, "heard"),
    ],
)
def test_a_calls_label_follows_from_its_chunks(history: str, label: str, row: int, reason: str) -> None:
    judged = call_label(labels(history))
    assert (judged.label, judged.chunks, judged.reasons) == (label, row, [reason])


def test_uncertain_speech_in_one_chunk_does_not_make_a_speaker() -> None:
    assert call_label([*labels("dead_air dead_air dead_air"), ChunkLabel("speech", 0.5)]).label == "dead_air"


def test_a_chunk_that_may_be_two_things_counts_for_both() -> None:
    torn = ChunkLabel("music_or_hold", 0.5, {"music_or_hold": 0.5, "speech": 0.5})
    assert call_label([*labels("speech"), torn]).label == "speech"
    assert call_label([*labels("music_or_hold"), torn]).label == "music_or_hold"


def test_the_call_is_surer_the_more_chunks_agree() -> None:
    sure = [call_label(labels("dead_air " * count, 0.97)).probability for count in (1, 2, 3)]
    assert 0.5 < sure[0] < sure[1] < sure[2] <= 0.97


def test_a_call_is_no_surer_than_its_surest_chunk() -> None:
    assert call_label(labels("dead_air " * 9, 0.6)).probability == 0.6


@settings(deadline=None)
@given(st.lists(st.builds(ChunkLabel, st.sampled_from(LABELS), st.floats(0.0, 1.0)), min_size=1, max_size=9))
def test_whatever_the_chunks_the_label_is_one_and_its_probabilities_are_some(history: list[ChunkLabel]) -> None:
    judged = call_label(history)
    assert judged.label in LABELS
    assert 0.0 <= judged.probability <= 1.0
    assert sum(judged.probabilities.values()) <= 1.0 + 1e-9
    assert judged.chunks == sum(1 for _ in takewhile(lambda one: one.label == judged.label, reversed(history)))


def test_a_call_without_chunks_cannot_be_judged() -> None:
    with pytest.raises(ValueError, match="without chunks"):
        call_label([])


def verdict(cause: Cause, chunk: int, label: str = "noise", scope: Scope = "call") -> Verdict:
    record = both(head(chunk=chunk), chunk)
    return MAKER.make(record, Finding(scope, cause, label, 1.0, []), tones=[], lists="")


def test_the_current_verdict_is_of_the_highest_cause_then_of_the_latest_chunk() -> None:
    current = CurrentVerdicts()
    told = [verdict("audio", 3), verdict("audio", 2), verdict("tone", 1), verdict("audio", 9), verdict("white", 0)]
    assert [current.feed(each) for each in told] == [True, False, True, False, True]
    assert current["call-s"].id == told[-1].id
    assert [each.id for each in current.calls()] == [told[-1].id]


def test_a_list_does_not_hide_what_is_heard() -> None:
    current = CurrentVerdicts()
    told = [("black", 0, "undecided"), ("audio", 0, "noise"), ("replay", 1, "recording"), ("audio", 2, "speech")]
    seen = []
    for cause, chunk, label in told:
        assert current.feed(verdict(cause, chunk, label)) is (label != "speech")  # type: ignore[arg-type]
        seen.append((current["call-s"].cause, current["call-s"].label, current["call-s"].action))
    assert seen == [("black", label, "block") for label in ("undecided", "noise", "recording", "recording")]


def test_a_verdict_on_a_chunk_is_nobodys_current_verdict() -> None:
    assert not CurrentVerdicts().feed(verdict("white", 0, scope="chunk"))
