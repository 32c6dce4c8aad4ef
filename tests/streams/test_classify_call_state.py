"""What a call is, from what its chunks were."""

import pytest
from classify_world import both, head

from models.call_state import ChunkLabel, call_label
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
        ("dead_air dead_air dead_air", "dead_air", 3, "quiet"),
        ("dead_air speech dead_air", "speech", 0, "spoke"),
        ("dead_air ringback dead_air dead_air", "dead_air", 2, "quiet"),
        ("dead_air ringback dead_air", "ringback", 0, "active"),
        ("noise busy busy", "busy", 2, "active"),
        ("undecided undecided", "undecided", 2, "nothing_certain"),
        ("undecided digital_silence", "digital_silence", 1, "quiet"),
        ("digital_silence no_media no_media", "no_media", 2, "quiet"),
    ],
)
def test_a_calls_label_follows_from_its_chunks(history: str, label: str, row: int, reason: str) -> None:
    judged = call_label(labels(history))
    assert (judged.label, judged.chunks, judged.reasons) == (label, row, [reason])


def test_uncertain_speech_in_one_chunk_does_not_make_a_speaker() -> None:
    history = [*labels("dead_air dead_air dead_air"), ChunkLabel("speech", 0.6)]
    assert call_label(history).label == "dead_air"


def test_the_probability_is_that_of_the_chunks_that_agree() -> None:
    judged = call_label([ChunkLabel("dead_air", 0.8), ChunkLabel("dead_air", 0.6), ChunkLabel("noise", 0.1)])
    assert judged.probability == pytest.approx(0.7)


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
