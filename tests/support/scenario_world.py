"""Calls that are always the same, played again and again, and what undisturbed cores make of them. Not a test."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline_world import KEY, PARTITIONS, expected_chunks

from models.classifier import ChunkClassifier
from schemas.codec import Codec
from schemas.records import Chunk, FrameBatch, Verdict
from streams.classify import ClassifyCore, Pair
from streams.classify.verdicts import VerdictMaker
from streams.clock import now_ms
from streams.feed import FrameProducer, feed_packets, shifted
from streams.lists import ListView
from streams.numbers import NumberHasher
from streams.policy import Policy
from streams.roles.analysis import features_of
from streams.runtime.acker import PartitionAcker
from streams.runtime.emission import Emission
from streams.settings import Settings
from streams.simulate.planning import plan_calls
from streams.simulate.stream import simulated_packets
from streams.simulate.truth import Truth, truth_of
from streams.tap import Tap

ChunkKey = tuple[str, int]
PARTS = ("spectrum", "tones")


@dataclass
class Scenario:
    """A tap's batches, and what must come of them.

    ``verdicts`` are those of causes audio and tone by id: they follow from the audio alone, whatever was heard before
    and whoever is listed.
    """

    truth: Truth
    batches: list[tuple[int, FrameBatch]]
    chunks: dict[ChunkKey, Chunk]
    verdicts: dict[str, Verdict]

    @property
    def planted(self) -> str:
        """Hash of the caller who plays one recording again and again."""
        assert self.truth.planted_caller is not None
        return NumberHasher(KEY.encode(), "test").hash(self.truth.planted_caller).number


def make_scenario(*, seed: int, calls: int, spread_s: float, speed: float) -> Scenario:
    """Simulate calls, and judge them in this process without any fault.

    At some speed the campaign's first hearing must be indexed before its second, so it waits as much longer.
    """
    plan = plan_calls(seed, calls, spread_s=spread_s, seconds_per_call=(8.0, 18.0), heard_before_s=8.0 * speed)
    now_us = int(time.time() * 1e6)
    tap = Tap("test", now_us // 1000, PARTITIONS, NumberHasher(KEY.encode(), "test"))
    batches: list[tuple[int, FrameBatch]] = []
    feed_packets(shifted(simulated_packets(plan), now_us), tap, batches.extend)
    chunks = expected_chunks(batches)
    truth = truth_of(plan)
    _check_lengths(truth, chunks)
    return Scenario(truth, batches, chunks, _judged(list(chunks.values())))


def _check_lengths(truth: Truth, chunks: dict[ChunkKey, Chunk]) -> None:
    """The reference is not the window's own word alone: the truth says how many chunks each call begins."""
    for call in truth.calls:
        heads = [chunk.head for chunk in chunks.values() if chunk.head.call_id == call.call_id and chunk.head.ssrc]
        assert len(heads) - sum(head.last for head in heads) >= call.chunks


def _judged(chunks: Sequence[Chunk]) -> dict[str, Verdict]:
    """Verdicts of one undisturbed classify, of features measured by one undisturbed analysis."""
    classifier, found = ChunkClassifier.load(), dict[str, Verdict]()
    acker = PartitionAcker()
    core = ClassifyCore(VerdictMaker(Policy.load(), classifier.version, now_ms), ListView())
    emissions: list[Emission] = []
    pairs: list[Pair] = []
    for offset, chunk in enumerate(chunks):
        slot = acker.add(lambda: None)
        taken = core.take(features_of(chunk, offset, PARTS, show_digits=False, clock=time.time), slot)
        emissions += taken.emissions
        pairs += taken.pairs
        slot.release()
    evidence = [core.evidence(pair) for pair in pairs]
    answers = iter(classifier.classify([one for one in evidence if one is not None]))
    for pair, one in zip(pairs, evidence, strict=True):
        emissions += core.judge(pair, None if one is None else next(answers))
    for emission in emissions:
        assert isinstance(emission.record, Verdict)
        found[emission.record.id] = emission.record
        emission.release()
    assert len(core) == len(acker) == 0
    return found


class Play(threading.Thread):
    """Sends a scenario's batches to Kafka at some pace."""

    def __init__(self, settings: Settings, scenario: Scenario, speed: float) -> None:
        super().__init__(daemon=True)
        self._error: BaseException | None = None
        self._scenario = scenario
        self._producer = FrameProducer(settings, Codec())
        self._speed = speed

    def run(self) -> None:
        try:
            begun, first = time.monotonic(), self._scenario.batches[0][1].clock_ms
            for partition, batch in self._scenario.batches:
                due = (batch.clock_ms - first) / 1000 / self._speed
                time.sleep(max(0.0, begun + due - time.monotonic()))
                self._producer.send([(partition, batch)])
            self._producer.flush()
        except BaseException as error:
            self._error = error

    def finish(self) -> None:
        self.join()
        if self._error is not None:
            raise self._error
