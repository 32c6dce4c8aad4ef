"""Classify without Kafka when something fails that nobody thought of: it costs one record, and nothing is held."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

import msgspec
import pytest
from classify_world import both, head, readable, tone
from role_world import Role

from models.classifier import ChunkClassifier, Evidence, Judgement
from models.library import Library
from schemas.codec import Codec
from schemas.records import Features, ReplayPart, TonesPart, Verdict
from streams.classify import core as classify_core
from streams.classify.served import ServedModels
from streams.classify.verdicts import Finding, VerdictMaker
from streams.lists import ListView
from streams.policy import Policy
from streams.roles.classify import ClassifyStage
from streams.runtime.stage import Outcome

ODD_DBFS = -77.0
REASON = "ZeroDivisionError: what nobody thought of"


@pytest.fixture
def executor() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as made:
        yield made


def role(executor: Executor) -> Role:
    return Role(ClassifyStage(ServedModels(Library()), Policy.load(), ListView(), Codec(), executor))


def measured(stream: str, chunk: int, offset: int, *, last: bool = False) -> Features:
    part = readable(rms_dbfs=ODD_DBFS if stream == "odd" else -30.0)
    return msgspec.structs.replace(both(head(stream, chunk, last=last), offset), spectrum=part)


def two_calls(at: int, chunk: int, *, last: bool = False) -> list[Features]:
    return [measured(stream, chunk, at + place, last=last) for place, stream in enumerate(("odd", "good"))]


def verdicts(outcome: Outcome, stream: str) -> list[tuple[str, int]]:
    made = [e.record for e in outcome.emissions if isinstance(e.record, Verdict)]
    return [(verdict.scope, verdict.chunk) for verdict in made if verdict.stream_id == stream]


def reasons(outcome: Outcome) -> list[str]:
    return [letter.reason for _, letter in outcome.broken]


def fail() -> Any:
    raise ZeroDivisionError("what nobody thought of")


def test_a_model_that_fails_on_one_chunk_leaves_that_undecided(
    executor: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = ChunkClassifier.classify

    def classify(self: ChunkClassifier, evidence: Sequence[Evidence]) -> list[Judgement]:
        return fail() if any(one.rms_dbfs == ODD_DBFS for one in evidence) else true(self, evidence)

    monkeypatch.setattr(ChunkClassifier, "classify", classify)
    there = role(executor)
    outcome = there.process(two_calls(0, 0))
    assert reasons(outcome) == [REASON]
    labels = {v.stream_id: v.label for e in outcome.emissions if isinstance(v := e.record, Verdict)}
    assert labels["odd"] == "undecided"
    assert verdicts(outcome, "good") == [("chunk", 0), ("call", 0)]
    there.process(two_calls(2, 1, last=True))
    assert there.held == 0


def test_evidence_that_fails_leaves_its_chunk_undecided(executor: Executor, monkeypatch: pytest.MonkeyPatch) -> None:
    true = classify_core.evidence_of
    monkeypatch.setattr(
        classify_core, "evidence_of", lambda of, *parts: fail() if of.stream_id == "odd" else true(of, *parts)
    )
    there = role(executor)
    outcome = there.process(two_calls(0, 0))
    assert reasons(outcome) == [REASON]
    assert verdicts(outcome, "odd") == verdicts(outcome, "good") == [("chunk", 0), ("call", 0)]


@pytest.mark.parametrize("fails_at", [0, 1, 2])
def test_a_verdict_that_cannot_be_made_costs_its_chunk_and_holds_nothing(
    fails_at: int, executor: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = VerdictMaker.make

    def make(self: VerdictMaker, of: Features, finding: Finding, **rest: Any) -> Verdict:
        odd = of.head.stream_id == "odd" and of.head.chunk == fails_at and finding.scope == "call"
        return fail() if odd else true(self, of, finding, **rest)

    monkeypatch.setattr(VerdictMaker, "make", make)
    there = role(executor)
    made = [there.process(two_calls(2 * chunk, chunk, last=chunk == 2)) for chunk in range(3)]
    for chunk, outcome in enumerate(made):
        ends = [("call", chunk)] if chunk == 2 else [("chunk", chunk), ("call", chunk)]
        assert verdicts(outcome, "good") == ends
        assert verdicts(outcome, "odd") == ([] if chunk == fails_at else ends)
        assert reasons(outcome) == ([REASON] if chunk == fails_at else [])
    assert there.held == 0


def test_a_record_whose_own_verdicts_fail_is_a_dead_letter_and_holds_nothing(
    executor: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = VerdictMaker.make

    def make(self: VerdictMaker, of: Features, finding: Finding, **rest: Any) -> Verdict:
        return fail() if finding.cause == "replay" else true(self, of, finding, **rest)

    monkeypatch.setattr(VerdictMaker, "make", make)
    there = role(executor)
    replayed = msgspec.structs.replace(
        measured("odd", 0, 0), tones=TonesPart(tones=[tone("cng")]), replay=ReplayPart(campaign="c")
    )
    outcome = there.process([replayed, measured("good", 0, 1), measured("good", 1, 2, last=True)])
    assert reasons(outcome) == [REASON]
    assert verdicts(outcome, "odd") == []
    assert verdicts(outcome, "good") == [("chunk", 0), ("call", 0), ("call", 1)]
    assert there.held == 0
