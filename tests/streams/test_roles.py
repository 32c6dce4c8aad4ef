"""The roles without Kafka: records in as bytes, records out; what is broken goes to the dead letters."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import msgspec
import numpy as np
import pytest
from chunk_world import chunk, run, sine
from classify_world import BINS, both, head, readable
from window_world import T0, segment, talk

from features.sound import SOUND_NAMES
from models.library import Library
from schemas.codec import Codec, encode
from schemas.records import Chunk, Features, FrameBatch, Record, Run, SpectrumPart, TonesPart, Verdict
from streams.classify.served import ServedModels
from streams.lists import ListView
from streams.policy import Policy
from streams.roles.analysis import AnalysisStage, features_of
from streams.roles.classify import ClassifyStage
from streams.roles.window import WindowStage
from streams.runtime.acker import PartitionAcker
from streams.runtime.stage import Outcome, Received, Stage


def received(values: Sequence[Record | bytes | None], topic: str = "t") -> list[Received]:
    acker, offsets = PartitionAcker(), count()
    return [
        Received(
            topic=topic,
            partition=0,
            offset=next(offsets),
            key=b"k",
            value=encode(value) if isinstance(value, Record) else value,
            timestamp_ms=1_700_000_000_000,
            slot=acker.add(lambda: None),
        )
        for value in values
    ]


def process(stage: Stage, values: Sequence[Record | bytes | None]) -> Outcome:
    return asyncio.run(stage.process(received(values)))


def frames() -> FrameBatch:
    whole = segment(0, talk(0, 16_000), kind="open", begun=-1)
    return FrameBatch(tap_id="tap-1", tap_epoch=1, clock_ms=T0, segments=[whole])


def test_window_makes_chunks_and_says_when() -> None:
    outcome = process(WindowStage(1, Codec(), clock=lambda: 12.5), [frames()])
    (emission,) = outcome.emissions
    assert isinstance(emission.record, Chunk)
    assert emission.record.head.closed_ms == 12_500
    assert emission.key == emission.record.head.call_id


@pytest.mark.parametrize("value", [b"", b"\xc3\x01rubbish", None])
def test_a_broken_record_goes_to_the_dead_letters_and_the_rest_is_used(value: bytes | None) -> None:
    outcome = process(WindowStage(1, Codec()), [value, frames()])
    assert len(outcome.emissions) == 1
    ((of, letter),) = outcome.broken
    assert (of.offset, letter.value, letter.key) == (0, value or b"", b"k")


def test_window_forgets_its_streams_but_not_what_it_counted() -> None:
    stage = WindowStage(1, Codec())
    mid = FrameBatch(tap_id="tap-1", tap_epoch=1, clock_ms=T0, segments=[segment(3, talk(48_000, 48_160))])
    process(stage, [mid])
    stage.reset()
    process(stage, [mid])
    assert stage.drops()["taken_over"] == 2


@pytest.mark.parametrize("parts", [("spectrum",), ("tones",), ("spectrum", "tones")])
def test_analysis_writes_the_parts_it_is_there_for(parts: tuple[str, ...]) -> None:
    with ThreadPoolExecutor(1) as executor:
        outcome = process(AnalysisStage(parts, Codec(), executor), [b"broken", chunk(run(sine(440.0)))])
    (emission,) = outcome.emissions
    assert isinstance(emission.record, Features)
    assert emission.record.source_offset == 1
    assert [name for name in ("spectrum", "tones") if getattr(emission.record, name)] == list(parts)
    assert len(outcome.broken) == 1


def test_a_chunk_whose_runs_are_broken_has_an_error_in_every_part() -> None:
    broken = chunk(Run(start=15_999, length=2, encoding="pcmu", data=b"ab"))
    features = features_of(broken, 3, ("spectrum", "tones"), show_digits=False, clock=lambda: 0.0)
    for part in (features.spectrum, features.tones):
        assert part is not None
        assert part.error is not None
        assert "reaches out of the chunk" in part.error


def classify(executor: ThreadPoolExecutor) -> ClassifyStage:
    return ClassifyStage(ServedModels(Library()), Policy.load(), ListView(), Codec(), executor)


def spectrum(**fields: object) -> SpectrumPart:
    return msgspec.structs.replace(readable(), **fields)


@pytest.mark.parametrize(
    "odd",
    [
        {"bins": 3, "bases": np.ones(9, "<f4").tobytes()},
        {"bins": 5},
        {"bins": -1},
        {"bases": b"abc"},
        {"singular_values": []},
        {"singular_values": [float("nan"), 1.0, 1.0]},
        {"bases": np.full(3 * BINS, np.inf, "<f4").tobytes()},
        {"features_version": 0},
        {"sound": b"abcd"},
        {"blocks": b""},
        {"sound": np.full(len(SOUND_NAMES), np.nan, "<f4").tobytes()},
    ],
)
def test_a_part_that_the_model_cannot_read_is_undecided_and_its_neighbours_are_judged(odd: dict[str, object]) -> None:
    good = msgspec.structs.replace(both(head("good"), 0), spectrum=spectrum())
    bad = msgspec.structs.replace(both(head("bad"), 1), spectrum=spectrum(**odd))
    with ThreadPoolExecutor(1) as executor:
        outcome = process(classify(executor), [good, bad])
    made = {v.stream_id: v for e in outcome.emissions if isinstance(v := e.record, Verdict) and v.scope == "chunk"}
    assert made["bad"].label == "undecided"
    assert made["bad"].reasons == ["error"]
    assert made["good"].reasons != ["error"]


def test_a_rebalance_while_the_model_is_asked_leaves_the_batch_to_the_next_owner() -> None:
    async def interrupted() -> Outcome:
        with ThreadPoolExecutor(1) as executor:
            stage = classify(executor)
            work = asyncio.ensure_future(stage.process(received([both(head(), 0)])))
            await asyncio.sleep(0)
            stage.reset()
            return await work

    assert asyncio.run(interrupted()).emissions == []


def test_classify_counts_what_it_let_go_and_what_was_lost_over_a_reset() -> None:
    def part(offset: int) -> Features:
        return msgspec.structs.replace(both(head(chunk=offset), offset), tones=None)

    def rest(offset: int) -> Features:
        return msgspec.structs.replace(both(head(chunk=offset), offset), spectrum=None, tones=TonesPart())

    with ThreadPoolExecutor(1) as executor:
        stage = classify(executor)
        process(stage, [rest(5), part(4), part(5), part(6), part(7), rest(7)])
        stage.reset()
        assert stage.drops() == {"judged_before": 1, "part_lost": 1, "crowded_out": 0}
