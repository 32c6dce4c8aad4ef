"""Trials: queries put to every contender, and how each answer compares with the truth."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import nan
from typing import Final

from bench.replay.contender import Answer, Contender
from bench.replay.corpus import Corpus
from bench.replay.distortions import named
from bench.replay.ours import CHUNK, Callsieve
from bench.replay.queries import BY_CHUNKS_S, Query, negatives, positives
from models.sounds.scale import RATE

TWO, FOUR, FIVE, TEN = "2 s", "4 s", "5 s", "10 s"
LENGTHS: Final = (TWO, FOUR, FIVE, TEN)


@dataclass(frozen=True, slots=True)
class Trial:
    """One query put to one contender.

    ``distortion`` is empty for a query of an unknown call; ``right`` tells whether the call that the query was cut
    from came first; errors are NaN where there is nothing to compare.
    """

    contender: str
    length: str
    distortion: str
    recording: str
    kind: str
    right: bool
    score: float
    chance: float
    offset_error_s: float = nan
    pitch_error: float = nan
    tempo_error: float = nan


@dataclass(frozen=True, slots=True)
class Task:
    """Some queries of one kind: of a distortion of known calls, or, without one, of unknown calls."""

    distortion: str
    length_s: float
    first: int
    count: int
    peers: bool


@dataclass(frozen=True, slots=True)
class Arena:
    """Calls, and contenders that know the enrolled ones; ours first."""

    corpus: Corpus
    ours: Callsieve
    peers: tuple[Contender, ...]


def run_task(arena: Arena, task: Task) -> list[Trial]:
    """Put a task's queries to ours and, where it says so, to the peers."""
    if task.distortion:
        drawn = positives(arena.corpus, named(task.distortion), task.length_s, task.count, task.first)
    else:
        drawn = negatives(arena.corpus, task.length_s, task.count, task.first)
    queries = list(drawn)
    known = bool(task.distortion)
    return [*_ours(arena.ours, queries, known), *(_peers(arena.peers, queries, known) if task.peers else ())]


def _ours(ours: Callsieve, queries: Sequence[Query], known: bool) -> Iterator[Trial]:
    for query in queries:
        if query.length_s != BY_CHUNKS_S:
            yield _trial(ours.name, f"{query.length_s:g} s", query, known, ours.search([query])[0])
            continue
        chunks = ours.by_chunks(query)
        for number, (alone, _) in enumerate(chunks):
            yield _trial(ours.name, TWO, query, known, alone, (number + 0.5) * CHUNK / RATE)
        yield _trial(ours.name, FOUR, query, known, chunks[-1][1], (len(chunks) - 0.5) * CHUNK / RATE)


def _peers(peers: Sequence[Contender], queries: Sequence[Query], known: bool) -> Iterator[Trial]:
    """Peers hear two chunks as one piece, and the first of them as a piece of two seconds."""
    for peer in peers:
        for query, answer in zip(queries, peer.search(queries), strict=True):
            yield _trial(peer.name, f"{query.length_s:g} s", query, known, answer)
        short = [first_chunk(query) for query in queries if query.length_s == BY_CHUNKS_S]
        for query, answer in zip(short, peer.search(short), strict=True):
            yield _trial(peer.name, TWO, query, known, answer)


def first_chunk(query: Query) -> Query:
    """A query's first two seconds."""
    received = None if query.received is None else query.received[:CHUNK]
    return Query(
        CHUNK / RATE, query.distortion, query.recording, query.kind, query.pcm[:CHUNK], received,
        query.call, query.start_s, query.pitch, query.tempo, query.straight,
    )  # fmt: skip


def _trial(name: str, length: str, query: Query, known: bool, answer: Answer, at_s: float | None = None) -> Trial:
    """Compare an answer with the truth; `at_s` is the query's second that the answer tells the place of."""
    right = known and answer.call == query.call
    middle_s = query.pcm.size / 2 / RATE if at_s is None else at_s
    true_s = query.start_s + query.tempo * middle_s
    return Trial(
        name, length, query.distortion if known else "", query.recording, query.kind, right,
        answer.score, answer.chance,
        answer.middle_s - true_s if right and query.straight else nan,
        answer.pitch / query.pitch - 1.0 if right else nan,
        answer.tempo / query.tempo - 1.0 if right and query.straight else nan,
    )  # fmt: skip
