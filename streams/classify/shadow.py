"""A second model beside the live one: it hears the same chunks, and its verdicts go to their own topic."""

import logging
from typing import Final

import msgspec

from models.classifier import ChunkClassifier
from schemas.records import Features, Verdict
from streams.classify.ask import Answer, ask_model
from streams.classify.core import ClassifyCore
from streams.classify.join import Pair
from streams.classify.verdicts import VerdictMaker
from streams.lists import ListView
from streams.runtime.acker import Hold
from streams.runtime.emission import Emission
from streams.topics import SHADOW_VERDICTS

log = logging.getLogger(__name__)

Asked = list[tuple[ClassifyCore, Pair]]


class _Lease:
    """A record as a shadow holds it: all its holds are one hold of the record, which can be taken from it."""

    __slots__ = ("_count", "_hold", "_leases")

    def __init__(self, hold: Hold, leases: "set[_Lease]") -> None:
        self._hold = hold
        self._leases = leases
        self._count = 0

    def hold(self) -> None:
        if self._count == 0:
            self._hold.hold()
            self._leases.add(self)
        self._count += 1

    def release(self) -> None:
        if self not in self._leases:
            return  # it was ended
        self._count -= 1
        if self._count == 0:
            self.end()

    def end(self) -> None:
        self._leases.remove(self)
        self._hold.release()


class Shadow:
    """The shadow model's own streams, one core for each partition, with holds of their own.

    A record is done with when both have what they need of it. Whatever fails here is counted and makes no verdict.

    Parameters
    ----------
    classifier
        The shadow model.
    maker
        Makes its verdicts.
    lists
        Named in its verdicts; what they say of a call is no model's matter.

    Attributes
    ----------
    failed
        Chunks or records on which it failed.
    """

    def __init__(self, classifier: ChunkClassifier, maker: VerdictMaker, lists: ListView) -> None:
        self.classifier: Final = classifier
        self.failed = 0
        self._maker = maker
        self._lists = lists
        self._cores: dict[int, ClassifyCore] = {}
        self._leases: set[_Lease] = set()

    def take(self, partition: int, features: Features, hold: Hold) -> Asked:
        """Take in a record; the pairs that it settles, which are still to be judged."""
        core = self._cores.setdefault(partition, ClassifyCore(self._maker, self._lists))
        try:
            return [(core, pair) for pair in core.join(features, _Lease(hold, self._leases))]
        except Exception as error:
            self._fail(error)
            return []

    def ask(self, asked: Asked) -> list[Answer]:
        """What the model says of pairs; may run in any thread."""
        return ask_model(self.classifier, asked)

    def judge(self, asked: Asked, answers: list[Answer]) -> list[Emission]:
        """Its verdicts on chunks and calls, dry runs all of them."""
        made: list[Emission] = []
        for (core, pair), answer in zip(asked, answers, strict=True):
            try:
                failed = isinstance(answer, Exception)
                emissions = core.judge(pair, None if isinstance(answer, Exception) else answer)
                if failed:
                    self._fail(answer)
                    _let_go(emissions)
                else:
                    made += [_beside(emission) for emission in emissions]
            except Exception as error:
                self._fail(error)
        return made

    def end(self) -> None:
        """Hold nothing any more: another model comes, or none."""
        for lease in list(self._leases):
            lease.end()
        self._cores = {}

    def _fail(self, error: object) -> None:
        if not self.failed:
            log.error("classify: the shadow model %s fails: %r (more is only counted)", self.classifier.version, error)
        self.failed += 1


def _beside(emission: Emission) -> Emission:
    assert isinstance(emission.record, Verdict)  # noqa: S101 - a core emits nothing else
    return Emission(
        SHADOW_VERDICTS, emission.key, msgspec.structs.replace(emission.record, dry_run=True), emission.releases
    )


def _let_go(emissions: list[Emission]) -> None:
    for emission in emissions:
        emission.release()
