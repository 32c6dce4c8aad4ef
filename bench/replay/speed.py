"""How long enrolment and search take of a core."""

import time
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from bench.replay.ours import Callsieve
from bench.replay.queries import Query
from bench.replay.results import Speed
from bench.timing import spread
from features.fingerprint import UNSHIFTED, encode_words, fingerprint, postings, probes
from features.matching.agreement import verify
from features.matching.hits import hits
from features.matching.lines import candidates
from models.sounds.scale import RATE

ROUNDS: Final = 5
PER_S: Final = "audio s per core s"
MS: Final = "ms of a core"
FINGERPRINT, ENROLMENT, QUERY = "fingerprint", "enrolment: fingerprint, postings, words", "query of 5 s, altogether"

ItemT = TypeVar("ItemT")
FoundT = TypeVar("FoundT")


def measure(ours: Callsieve, calls: Sequence[NDArray[np.int16]], queries: Sequence[Query]) -> list[Speed]:
    """Time every step over the same calls and queries; CPU time of this process, median, least and greatest round.

    Parameters
    ----------
    ours : Callsieve
        With its calls enrolled.
    calls : sequence of ndarray of int16
        To be enrolled once more, as far as reckoning goes.
    queries : sequence of Query
        To be searched.
    """
    taken: dict[tuple[str, str], list[float]] = {}

    def timed(
        what: str, unit: str, units: float, work: Callable[[ItemT], FoundT], items: Sequence[ItemT]
    ) -> list[FoundT]:
        begun = time.process_time()
        found = [work(item) for item in items]
        spent = max(time.process_time() - begun, 1e-9)
        taken.setdefault((what, unit), []).append(units / spent if unit == PER_S else 1000.0 * spent / max(units, 1.0))
        return found

    seconds, count = sum(pcm.size for pcm in calls) / RATE, float(len(queries))
    for _ in range(ROUNDS):
        prints = timed(FINGERPRINT, PER_S, seconds, fingerprint, calls)
        timed("postings", PER_S, seconds, postings, prints)
        timed("words as stored", PER_S, seconds, lambda one: encode_words(one.words[UNSHIFTED]), prints)
        heard = timed("query of 5 s: fingerprint", MS, count, lambda one: fingerprint(one.pcm, one.received), queries)
        asked = timed("query of 5 s: probes", MS, count, probes, heard)
        met = timed("query of 5 s: rows and hits", MS, count, lambda one: hits(*ours.index.rows(one.keys), one), asked)
        lines = timed("query of 5 s: candidates", MS, count, candidates, met)
        pairs = list(zip(heard, lines, strict=True))
        timed(
            "query of 5 s: verification",
            MS,
            count,
            lambda pair: [verify(pair[0].words, ours.index.words(line.call), line) for line in pair[1]],
            pairs,
        )
    taken[(ENROLMENT, PER_S)] = _together(taken, ("postings", "words as stored"))
    taken[(QUERY, MS)] = [
        sum(steps) for steps in zip(*(v for (_, unit), v in taken.items() if unit == MS), strict=True)
    ]
    return [Speed(what=what, unit=unit, figure=spread(values)) for (what, unit), values in taken.items()]


def _together(taken: dict[tuple[str, str], list[float]], others: Sequence[str]) -> list[float]:
    """Rate of several steps, one after the other."""
    rates = [taken[(what, PER_S)] for what in (FINGERPRINT, *others)]
    return [1.0 / sum(1.0 / rate for rate in round_) for round_ in zip(*rates, strict=True)]
