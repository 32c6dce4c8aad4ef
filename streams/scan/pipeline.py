"""Tap, window, analysis, classify and fingerprint in one process, one after the other, without a broker."""

import time
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec.structs import replace

from models.classifier import ChunkClassifier
from schemas.ids import list_key
from schemas.records import Chunk, Features, FrameBatch, ListEntry, Verdict
from streams.capture import Packet
from streams.classify import ClassifyCore, Pair
from streams.classify.verdicts import VerdictMaker
from streams.clock import now_ms
from streams.fingerprint import FingerprintCore, FingerprintOutcome
from streams.lists import ListView
from streams.policy import Policy
from streams.roles.analysis import features_of
from streams.runtime.acker import PartitionAcker
from streams.runtime.emission import Emission
from streams.tap import Tap
from streams.window import WindowCore

CHUNKS_AT_ONCE: Final = 32


class LocalPipeline:
    """The cores of all roles, joined by function calls.

    Parameters
    ----------
    classifier, policy, lists
        As a worker has them.
    fingerprint
        None: replayed audio is not looked for.
    show_digits
        Keep DTMF digits unmasked.
    """

    def __init__(
        self,
        classifier: ChunkClassifier,
        policy: Policy,
        lists: ListView,
        fingerprint: FingerprintCore | None,
        *,
        show_digits: bool = True,
    ) -> None:
        self.entries: list[ListEntry] = []
        self._classifier = classifier
        self._lists = lists
        self._fingerprint = fingerprint
        self._show_digits = show_digits
        self._window = WindowCore(0, 1)
        self._classify = ClassifyCore(VerdictMaker(policy, classifier.version, now_ms), lists)
        self._acker = PartitionAcker()
        self._chunks: list[Chunk] = []
        self._offset = 0
        self._heard_until_ms = 0
        self._later_ms: int | None = None

    def run(self, packets: Iterable[Packet], tap: Tap) -> Iterator[Verdict]:
        """Verdicts on everything in a run of packets; the tap must have one partition, and is closed.

        What an earlier run held counts as heard before, whatever its clock said: audio files have none.
        """
        self._later_ms = None
        for packet in packets:
            yield from self._feed(tap.feed(packet))
        yield from self._feed(tap.close())
        yield from self._judge()

    def _feed(self, batches: Iterable[tuple[int, FrameBatch]]) -> Iterator[Verdict]:
        for _, batch in batches:
            slot = self._acker.add(lambda: None)
            outcome = self._window.feed(batch, slot, batch.clock_ms)
            for emission in outcome.emissions:
                assert isinstance(emission.record, Chunk)  # noqa: S101 - for the type checker
                emission.record.head.closed_ms = now_ms()
                self._chunks.append(emission.record)
                emission.release()
            slot.release()
            if len(self._chunks) >= CHUNKS_AT_ONCE:
                yield from self._judge()

    def _judge(self) -> Iterator[Verdict]:
        chunks, self._chunks = self._chunks, []
        emissions: list[Emission] = []
        pairs: list[Pair] = []
        found = self._replayed(chunks) if self._fingerprint and chunks else [FingerprintOutcome()] * len(chunks)
        for chunk, outcome in zip(chunks, found, strict=True):
            features = self._features(chunk)
            features.replay = outcome.replay
            emissions.extend(self._take(features, pairs))
            self._list(outcome.entries)
        evidence = [self._classify.evidence(pair) for pair in pairs]
        answers = iter(self._classifier.classify([one for one in evidence if one is not None]))
        for pair, one in zip(pairs, evidence, strict=True):
            emissions.extend(self._classify.judge(pair, None if one is None else next(answers)))
        for emission in emissions:
            emission.release()
            if isinstance(emission.record, Verdict):
                yield emission.record

    def _replayed(self, chunks: list[Chunk]) -> list[FingerprintOutcome]:
        assert self._fingerprint is not None  # noqa: S101 - for the type checker
        if self._later_ms is None:
            first_ms = min(chunk.head.captured_ms for chunk in chunks)
            self._later_ms = max(0, self._heard_until_ms + 1 - first_ms)
        later = [_later(chunk, self._later_ms) for chunk in chunks]
        self._heard_until_ms = max(self._heard_until_ms, *(chunk.head.captured_ms for chunk in later))
        return self._fingerprint.feed_many(later)

    def _features(self, chunk: Chunk) -> Features:
        self._offset += 1
        return features_of(
            chunk, self._offset - 1, ("spectrum", "tones"), show_digits=self._show_digits, clock=time.time
        )

    def _take(self, features: Features, pairs: list[Pair]) -> list[Emission]:
        slot = self._acker.add(lambda: None)
        taken = self._classify.take(features, slot)
        pairs.extend(taken.pairs)
        slot.release()
        return taken.emissions

    def _list(self, entries: list[ListEntry]) -> None:
        for entry in entries:
            key = list_key(entry.kind, entry.scope, entry.value)
            self._lists.apply(key, entry, offset=len(self.entries))
            self.entries.append(entry)


def _later(chunk: Chunk, ms: int) -> Chunk:
    head = chunk.head
    facts = replace(head.facts, opened_ms=head.facts.opened_ms + ms)
    return replace(chunk, head=replace(head, captured_ms=head.captured_ms + ms, facts=facts))
