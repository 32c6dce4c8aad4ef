"""A shadow model: the same chunks, verdicts of its own in its own topic, and no harm to the live ones."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from random import Random
from typing import Any

import msgspec
import pytest
from classify_world import ClassifyOwner, core, features, features_log, head, judged, readable, tone
from delivery_world import Partition, content
from role_world import Role

from models.classifier import ChunkClassifier, Evidence, Judgement
from models.library import Library
from schemas.codec import Codec
from schemas.records import ChunkHead, Features, Record, ReplayPart, TonesPart, Verdict
from streams.classify.ask import Answer
from streams.classify.served import ServedModels
from streams.classify.shadow import Asked, Shadow
from streams.classify.verdicts import VerdictMaker
from streams.lists import ListView
from streams.policy import Policy
from streams.roles.classify import ClassifyStage
from streams.runtime.acker import PartitionAcker, Slot
from streams.runtime.emission import Emission
from streams.runtime.stage import Outcome
from streams.topics import SHADOW_VERDICTS, VERDICTS


class Second(ChunkClassifier):
    """A model of another version, which hears speech everywhere, or fails."""

    def __init__(self, *, fails: bool = False) -> None:
        self.version = "second"
        self._fails = fails

    def classify(self, evidence: Sequence[Evidence]) -> list[Judgement]:
        if self._fails:
            raise ZeroDivisionError("what nobody thought of")
        return [Judgement("speech", 0.9, {"speech": 0.9}, ["second"]) for _ in evidence]


@pytest.fixture
def executor() -> Iterator[Executor]:
    with ThreadPoolExecutor(2) as made:
        yield made


@pytest.fixture(scope="module")
def models() -> ServedModels:
    return ServedModels(Library())


def role(models: ServedModels, executor: Executor, shadow: ChunkClassifier | None) -> Role:
    models.shadow = shadow
    return Role(ClassifyStage(models, Policy.load(), ListView(), Codec(), executor))


def call(stream: str = "s", chunks: int = 3, at: int = 0) -> list[Features]:
    heads = [head(stream, number, last=number == chunks) for number in range(chunks + 1)]
    return [heard(each, at + number) for number, each in enumerate(heads)]


def heard(of: ChunkHead, offset: int) -> Features:
    return features(of, offset, spectrum=readable(rms_dbfs=-30.0), tones=TonesPart())


def of(outcome: Outcome, topic: str) -> list[Verdict]:
    return [e.record for e in outcome.emissions if e.topic == topic and isinstance(e.record, Verdict)]


def test_a_shadow_says_of_the_same_chunks_and_calls_what_it_hears_under_the_same_ids(
    models: ServedModels, executor: Executor
) -> None:
    there = role(models, executor, Second())
    made = there.process(call())
    live, shadow = of(made, VERDICTS), of(made, SHADOW_VERDICTS)
    assert [(v.id, v.scope, v.chunk) for v in shadow] == [(v.id, v.scope, v.chunk) for v in live]
    assert {v.model for v in shadow} == {"second"}
    assert {v.model for v in live} == {models.live.version}
    assert all(v.dry_run for v in shadow)
    assert not any(v.dry_run for v in live)
    assert [v.label for v in shadow if v.scope == "chunk"] == ["speech"] * 3
    assert there.held == 0


def test_tones_and_replays_need_no_second_word(models: ServedModels, executor: Executor) -> None:
    record = heard(head(), 0)
    record = msgspec.structs.replace(record, tones=TonesPart(tones=[tone("cng")]), replay=ReplayPart(campaign="c"))
    made = role(models, executor, Second()).process([record])
    assert {v.cause for v in of(made, VERDICTS)} == {"audio", "tone", "replay"}
    assert {v.cause for v in of(made, SHADOW_VERDICTS)} == {"audio"}


@pytest.mark.parametrize("where", ["model", "join", "verdict"])
def test_a_shadow_that_fails_is_counted_and_costs_the_live_verdicts_nothing(
    models: ServedModels, executor: Executor, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("what nobody thought of")

    alone = role(models, executor, None).process(call())
    there = role(models, executor, Second(fails=where == "model"))
    if where != "model":
        there.process([])  # the shadow's streams are made
        shadow = there.stage._shadow  # type: ignore[attr-defined]
        broken = core()
        monkeypatch.setattr(broken, "join" if where == "join" else "judge", fail)
        monkeypatch.setitem(shadow._cores, 0, broken)
    made = there.process(call())
    assert [content(v) for v in of(made, VERDICTS)] == [content(v) for v in of(alone, VERDICTS)]
    assert [v.chunk for v in of(made, SHADOW_VERDICTS)] == ([3] if where == "model" else [])  # of the end, not asked
    assert made.broken == []
    assert there.stage.drops()["shadow_failed"] == {"model": 3, "join": 4, "verdict": 4}[where]
    if where != "verdict":
        assert there.held == 0


def test_a_shadow_that_is_switched_off_or_changed_lets_go_of_all_it_held(
    models: ServedModels, executor: Executor
) -> None:
    there = role(models, executor, Second())
    there.process(call()[:2])
    held = there.held
    assert held > 0, "a call under way is held by the live streams"
    models.shadow = None
    there.process([])
    assert there.held == held
    there.process(call()[2:])
    assert there.held == 0
    models.shadow = Second()
    made = there.process(call("t", at=4)[:1])
    assert len(of(made, SHADOW_VERDICTS)) == 2
    models.shadow = Second()
    made = there.process(call("t", at=4)[1:])
    assert of(made, SHADOW_VERDICTS) == [], "it meets the call in its middle"
    assert there.held == 0


def test_a_model_promoted_in_a_call_changes_what_is_named_and_no_id(models: ServedModels, executor: Executor) -> None:
    alone = role(models, executor, None).process(call())
    there = role(models, executor, None)
    live = models.live
    try:
        first = there.process(call()[:2])
        models.live = Second()
        second = there.process(call()[2:])
    finally:
        models.live = live
    made = of(first, VERDICTS) + of(second, VERDICTS)
    assert [v.id for v in made] == [v.id for v in of(alone, VERDICTS)]
    assert [v.model for v in made] == [live.version] * 4 + ["second"] * 3
    assert there.held == 0


def test_an_input_is_done_with_when_the_shadows_verdicts_are_delivered_too() -> None:
    acker = PartitionAcker()
    done: list[int] = []
    live, shadow = ClassifyOwner(), ShadowOwner()
    for number, record in enumerate(call()):
        slot = acker.add(lambda number=number: done.append(number))
        for emission in live.feed([record], [slot]):
            emission.release()
        waiting = shadow.feed([record], [slot])
        slot.release()
    assert done == []
    for emission in waiting:
        emission.release()
    assert done == [0, 1, 2, 3]


class ShadowOwner:
    """A shadow that takes batches as the role does."""

    def __init__(self) -> None:
        self.shadow = Shadow(Second(), VerdictMaker(Policy.load(), "second", lambda: 5), ListView())

    def feed(self, records: Sequence[Record], slots: Sequence[Slot]) -> list[Emission]:
        asked: Asked = []
        for record, slot in zip(records, slots, strict=True):
            assert isinstance(record, Features)
            asked += self.shadow.take(0, record, slot)
        answers: list[Answer] = []
        for _, pair in asked:
            spectrum, tones = pair.spectrum.spectrum, pair.tones.tones
            assert spectrum is not None
            assert tones is not None
            broken = spectrum.error or tones.error or pair.spectrum.head.last
            answers.append(None if broken else judged(pair.spectrum.head))
        return self.shadow.judge(asked, answers)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))])
def test_owners_killed_at_any_record_together_publish_every_shadow_verdict(seed: int) -> None:
    rng = Random(seed)
    log = features_log(rng)
    expected = verdicts(whole := Partition(log, rng), ShadowOwner(), batch=5)
    assert len(expected) > 50
    assert whole.committed == len(log)
    for _ in range(3):
        partition = Partition(log, rng)
        for kill in sorted(rng.randint(1, len(log)) for _ in range(rng.randint(1, 4))):
            partition.own(ShadowOwner(), kill, batch=rng.choice((1, 8)), lag=rng.choice((0, 2, 30)))
        assert verdicts(partition, ShadowOwner(), batch=8) == expected
        assert partition.committed == len(log)


def verdicts(partition: Partition, owner: ShadowOwner, *, batch: int) -> dict[str, str]:
    assert len(partition.own_to_the_end(owner, batch=batch)) == 0
    assert owner.shadow.failed == 0
    made: dict[str, str] = {}
    for verdict in partition.records():
        assert isinstance(verdict, Verdict)
        assert made.setdefault(verdict.id, content(verdict)) == content(verdict), "a repeat differs"
    return made
