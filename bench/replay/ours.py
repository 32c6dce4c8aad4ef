"""Our own fingerprint and matching, asked as the product asks it: with an index in memory instead of a store's."""

from collections.abc import Sequence
from math import log10
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.replay.contender import Answer
from bench.replay.queries import Query
from features.fingerprint import (
    HOP,
    RATE,
    UNSHIFTED,
    WINDOW,
    Fingerprint,
    Probes,
    decode_words,
    encode_words,
    fingerprint,
    postings,
    probes,
)
from features.matching.agreement import Agreement, verify
from features.matching.chance import false_match_probability
from features.matching.hits import Hits, hits
from features.matching.lines import candidates
from features.matching.memory import MemoryIndex
from streams.replay.evidence import Evidence

Pcm = NDArray[np.int16]

OURS: Final = "callsieve"
CHUNK: Final = 2 * RATE  # samples
POSTING_BYTES: Final = 11  # key, call, frame, bin: before the store compresses them
LEAST_CHANCE: Final = 1e-300


class Callsieve:
    """`features.fingerprint` and `features.matching`."""

    name = OURS
    about = "features.fingerprint and features.matching with their own settings, in memory"

    def __init__(self) -> None:
        self.index = MemoryIndex()
        self._bytes = 0

    def enroll(self, calls: Sequence[Pcm]) -> None:
        """Make known all calls; see `bench.replay.contender.Contender`."""
        for number, pcm in enumerate(calls):
            taken = fingerprint(pcm)
            rows, words = postings(taken), encode_words(taken.words[UNSHIFTED])
            self.index.add(number, rows, decode_words(words))
            self._bytes += POSTING_BYTES * len(rows.keys) + len(words)

    @property
    def bytes_per_call(self) -> float:
        """Postings as the store holds them uncompressed, and words."""
        return self._bytes / max(len(self.index), 1)

    def search(self, queries: Sequence[Query]) -> list[Answer]:
        """Find the likeliest call for each query; see `bench.replay.contender.Contender`."""
        return [self._whole(query) for query in queries]

    def by_chunks(self, query: Query) -> list[tuple[Answer, Answer]]:
        """Ask chunk by chunk, as a call is heard: what each chunk finds by itself, and with those before it."""
        evidence, found = Evidence(), []
        for chunk in range(query.pcm.size // CHUNK):
            heard = chunk_print(query, chunk)
            alone = Evidence() if chunk else evidence
            answers = [self._more(each, chunk, heard, query) for each in dict.fromkeys((alone, evidence))]
            found.append((answers[0], answers[-1]))
        return found

    def _whole(self, query: Query) -> Answer:
        heard = fingerprint(query.pcm, query.received)
        return self._best(self._hits(probes(heard)), heard, query.pcm.size / 2 / HOP)

    def _more(self, evidence: Evidence, chunk: int, heard: Fingerprint, query: Query) -> Answer:
        asked = probes(evidence.add(chunk, heard))
        together = evidence.meet(self._hits(asked))
        middle = ((chunk - evidence.first) * CHUNK + CHUNK / 2 + WINDOW) / HOP
        return self._best(together, evidence.heard(), middle)

    def _hits(self, asked: Probes) -> Hits:
        return hits(*self.index.rows(asked.keys), asked)

    def _best(self, met: Hits, heard: Fingerprint, middle: float) -> Answer:
        """Answer with the candidate that chance explains worst; frames are counted from the fingerprint's first."""
        found = [verify(heard.words, self.index.words(line.call), line) for line in candidates(met)]
        if not found:
            return Answer(chance=1.0)
        best = min(found, key=_rank)
        chance = false_match_probability(best)
        at = (best.offset + best.slope * middle) * HOP / RATE
        return Answer(best.call, -log10(max(chance, LEAST_CHANCE)), chance, at, best.pitch, best.tempo)


def chunk_print(query: Query, chunk: int) -> Fingerprint:
    """Take the fingerprint of a chunk with its lead-in; before the first there was nothing."""
    received = np.ones(query.pcm.size, np.bool_) if query.received is None else query.received
    begin, end = chunk * CHUNK - WINDOW, (chunk + 1) * CHUNK
    if begin >= 0:
        return fingerprint(query.pcm[begin:end], received[begin:end])
    pcm = np.concatenate([np.zeros(-begin, np.int16), query.pcm[:end]])
    return fingerprint(pcm, np.concatenate([np.zeros(-begin, np.bool_), received[:end]]))


def _rank(found: Agreement) -> tuple[float, float]:
    return false_match_probability(found), -found.agreement
