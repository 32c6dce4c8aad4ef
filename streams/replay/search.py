"""Search: which calls hold what was heard."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from features.fingerprint import CHUNK_FRAMES, Fingerprint, Probes, probes
from features.matching.agreement import Agreement, verify
from features.matching.chance import false_match_probability
from features.matching.hits import Hits, hits
from features.matching.lines import Line, candidates
from features.matching.runs import distinct
from streams.replay.evidence import Evidence
from streams.replay.frequencies import Frequencies
from streams.replay.print import LEAD_FRAMES, Print, begin_of, call_number, middle_of
from streams.replay.references import Reference
from streams.replay.stored import Lookup, StoredLookup
from streams.store.base import Arrays, Store

MOST_CHANCE: Final = 1e-4
_AT_ONCE: Final = 4  # queries in one SELECT


@dataclass(frozen=True, slots=True)
class Query:
    """A chunk to be searched for.

    Attributes
    ----------
    print
        The chunk; nothing is found in its own call.
    evidence
        What was heard of its stream before, to which it is added; None: it is searched by itself.
    """

    print: Print
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A stream of another call that holds what was heard.

    Attributes
    ----------
    call_id, stream_id, caller, opened_ms
        The other call's, as they were enrolled.
    heard_ms
        When the chunk was captured in which the shared part ends there.
    score
        Share of bits that agree over the shared part, 0 to 1; 0.5 is chance.
    false_match_probability
        Chance that a query that is in no call is matched so well (`features.matching.chance`).
    offset_s
        Where in that stream the query's first own sample falls.
    pitch, tempo
        The query's over the other call's: above 1 is higher, faster.
    query_start_s, query_end_s
        First and last matched second of the query's own stream.
    """

    call_id: str
    stream_id: str
    caller: str
    opened_ms: int
    heard_ms: int
    score: float
    false_match_probability: float
    offset_s: float
    pitch: float
    tempo: float
    query_start_s: float
    query_end_s: float

    def is_before(self, query: Print) -> bool:
        """Whether it was heard before the chunk that was searched; of two calls at one moment the ids decide."""
        return (self.heard_ms, self.call_id) < (query.captured_ms, query.call_id)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query under way: its evidence as it will be, what it asks for, and all that was heard."""

    print: Print
    evidence: Evidence
    probes: Probes
    heard: Fingerprint

    @property
    def first_frame(self) -> int:
        """Number in its stream of the first frame that was heard."""
        return CHUNK_FRAMES * self.evidence.first


class Searcher:
    """Looks chunks up in the index; for one thread at a time.

    Parameters
    ----------
    store
        A migrated store.
    frequencies
        How common keys are; counted in the store when left out.
    most_chance
        Greatest false-match probability of what is found.
    """

    def __init__(
        self, store: Store, *, frequencies: Frequencies | None = None, most_chance: float = MOST_CHANCE
    ) -> None:
        self._lookup: Lookup = StoredLookup(store, frequencies)
        self._most_chance = most_chance

    @classmethod
    def over(cls, lookup: Lookup, *, most_chance: float = MOST_CHANCE) -> Self:
        """A search in other fingerprints than those of a store."""
        made = cls.__new__(cls)
        made._lookup, made._most_chance = lookup, most_chance
        return made

    def search(self, queries: Sequence[Query]) -> list[list[Found]]:
        """Find the calls that hold what was heard.

        A batch costs two SELECTs for every four queries. Of what the index holds under the keys that are asked for at
        most four million rows are read (`streams.replay.stored.MOST_ROWS`): when one recording floods the index, these
        are still enough to find some of its calls.

        Parameters
        ----------
        queries
            In the order they were heard. Their evidence is added to; a query that was searched already may be searched
            again, and adds nothing.

        Returns
        -------
        list of list of Found
            For each query, most certain first.

        Raises
        ------
        StoreError
            If the store fails. All evidence of the queries that were not answered is then as it was before.
        """
        found: list[list[Found]] = []
        for group in _groups(queries):
            found += self._search(group)
        return found

    def _search(self, queries: Sequence[Query]) -> list[list[Found]]:
        frequency = self._lookup.frequency()
        asked = [_asked(query, frequency) for query in queries]
        rows = self._rows(asked)
        lines = [candidates(one.evidence.meet(_hits(rows, one))) for one in asked]
        told = [(line, one.heard.frames) for one, some in zip(asked, lines, strict=True) for line in some]
        known = self._lookup.references(told)
        found = [self._verified(one, some, known) for one, some in zip(asked, lines, strict=True)]
        for query, one in zip(queries, asked, strict=True):
            if query.evidence is not None:
                query.evidence.become(one.evidence)
        return found

    def _rows(self, asked: Sequence[_Asked]) -> Arrays:
        keys = distinct(np.concatenate([one.probes.keys for one in asked]))
        if not len(keys):
            return {name: np.zeros(0, np.uint32) for name in ("key", "call", "frame", "bin")}
        return self._lookup.rows(keys)

    def _verified(self, one: _Asked, lines: Sequence[Line], known: Mapping[int, list[Reference]]) -> list[Found]:
        best: dict[tuple[str, str], Found] = {}
        for line in lines:
            for reference in known.get(line.call, ()):
                if reference.call_id == one.print.call_id:
                    continue
                match = _found(one, reference, verify(one.heard.words, reference.words, line))
                whose = (reference.call_id, reference.stream_id)
                if match.false_match_probability <= self._most_chance:
                    best[whose] = min(match, best.get(whose, match), key=_rank)
        return sorted(best.values(), key=_rank)


def _groups(queries: Sequence[Query]) -> Iterator[list[Query]]:
    """Queries for one SELECT: a few, and of a stream one, for the next builds on it."""
    group: list[Query] = []
    for query in queries:
        again = query.evidence is not None and any(query.evidence is other.evidence for other in group)
        if again or len(group) == _AT_ONCE:
            yield group
            group = []
        group.append(query)
    if group:
        yield group


def _asked(query: Query, frequency: NDArray[np.float32] | None) -> _Asked:
    evidence = query.evidence.copy() if query.evidence is not None else Evidence()
    part = evidence.add(query.print.chunk, query.print.fingerprint)
    return _Asked(query.print, evidence, probes(part, frequency), evidence.heard())


def _hits(rows: Arrays, one: _Asked) -> Hits:
    found = hits(rows["key"], rows["call"], rows["frame"], rows["bin"], one.probes)
    return found.of(found.calls != np.uint32(call_number(one.print.call_id)))


def _found(one: _Asked, reference: Reference, agreement: Agreement) -> Found:
    own = CHUNK_FRAMES * one.print.chunk - one.first_frame + LEAD_FRAMES
    return Found(
        call_id=reference.call_id,
        stream_id=reference.stream_id,
        caller=reference.caller,
        opened_ms=reference.opened_ms,
        heard_ms=reference.heard_ms(agreement.offset + agreement.slope * agreement.last),
        score=agreement.agreement,
        false_match_probability=false_match_probability(agreement),
        offset_s=begin_of(agreement.offset + agreement.slope * own),
        pitch=agreement.pitch,
        tempo=agreement.tempo,
        query_start_s=middle_of(one.first_frame + agreement.first),
        query_end_s=middle_of(one.first_frame + agreement.last),
    )


def _rank(found: Found) -> tuple[float, float, str, str]:
    return found.false_match_probability, -found.score, found.call_id, found.stream_id
