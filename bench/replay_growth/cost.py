"""What queries of an index cost, and what they find."""

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from bench.replay_growth.asked import DISTORTIONS, FULL_S, LENGTHS, Asked, search
from bench.replay_growth.index import Filled
from bench.replay_growth.page import Level, Recall
from streams.replay.frequencies import Frequencies
from streams.replay.search import Searcher
from streams.store import Arrays, Store
from streams.store.base import NO_PARAMETERS

MOST_CHANCE: Final = 1e-3  # of a false match, a query

_SIZE: Final = """
SELECT sum(bytes_on_disk) AS bytes, sum(rows) AS there, count() AS parts
FROM system.parts WHERE database = currentDatabase() AND table = %(table)s AND active
"""


@dataclass(slots=True)
class Timed:
    """A store that tells what its SELECTs for columns cost: seconds on the clock, of CPU, and rows."""

    store: Store
    wall_s: float = 0.0
    cpu_s: float = 0.0
    rows: int = 0

    def columns(self, sql: str, parameters: Mapping[str, object] = NO_PARAMETERS) -> Arrays:
        """See ``Store``."""
        wall, cpu = time.perf_counter(), time.process_time()
        found = self.store.columns(sql, parameters)
        self.wall_s += time.perf_counter() - wall
        self.cpu_s += time.process_time() - cpu
        self.rows += len(found.get("key", ()))
        return found

    def __getattr__(self, name: str) -> object:
        """Everything else is the store's."""
        return getattr(self.store, name)


def level_of(store: Store, size: int, asked: Sequence[Asked], filled: Filled) -> Level:
    """Ask everything, with all parts as they are, and tell what it found and cost."""
    store.execute("SYSTEM STOP MERGES")
    timed = Timed(store)
    frequencies = Frequencies(store)
    counting = time.process_time()
    frequencies.current()
    counting = time.process_time() - counting
    searcher = Searcher(timed, frequencies=frequencies, most_chance=1.0)  # type: ignore[arg-type]
    full = [one for one in asked if one.length_s == FULL_S and one.call is not None]
    for one in full[:: max(1, len(full) // 30)]:
        search(searcher, one)
    recalls = [
        Recall(
            name, length_s, *_recalled(searcher, [one for one in asked if (one.name, one.length_s) == (name, length_s)])
        )
        for length_s in LENGTHS
        for name in DISTORTIONS
    ]
    false, scores = _negatives(searcher, [one for one in asked if one.call is None])
    costs = [_cost(searcher, timed, one) for one in full]
    wall, cpu, own, rows = (statistics.median(column) for column in zip(*costs, strict=True))
    slow = sorted(cost[0] for cost in costs)[int(0.95 * len(costs))]
    postings, words = (store.query(_SIZE, {"table": name})[0] for name in ("replay_postings", "fingerprints"))
    store.execute("SYSTEM START MERGES")
    return Level(
        calls=size,
        postings=int(postings["there"]),
        parts=int(postings["parts"]),
        rows=round(rows),
        clickhouse_wall_ms=round(1e3 * wall, 2),
        clickhouse_wall_p95_ms=round(1e3 * slow, 2),
        clickhouse_cpu_ms=round(1e3 * cpu, 2),
        agent_cpu_ms=round(1e3 * own, 2),
        postings_bytes=round(postings["bytes"] / size, 1),
        words_bytes=round(words["bytes"] / size, 1),
        inserted_per_cpu_s=round(filled.inserted / filled.insert_cpu_s) if filled.insert_cpu_s else 0,
        counting_cpu_s=round(counting, 2),
        recalls=recalls,
        false=false,
        chances=scores,
    )


def _cost(searcher: Searcher, timed: Timed, one: Asked) -> tuple[float, float, float, int]:
    """Seconds on the clock and of CPU in ClickHouse, of CPU besides, and rows."""
    timed.wall_s = timed.cpu_s = 0.0
    timed.rows = 0
    cpu = time.process_time()
    search(searcher, one)
    return timed.wall_s, timed.cpu_s, time.process_time() - cpu - timed.cpu_s, timed.rows


def _recalled(searcher: Searcher, asked: Sequence[Asked]) -> tuple[int, int]:
    """How many are found, of how many."""
    found = 0
    for one in asked:
        good = [match for match in search(searcher, one) if match.false_match_probability <= MOST_CHANCE]
        found += str(one.call) in {match.call_id for match in good}
    return found, len(asked)


def _negatives(searcher: Searcher, asked: Sequence[Asked]) -> tuple[dict[str, int], dict[str, list[float]]]:
    """By length how many are matched, and what chances were told: median, least in ten, in a hundred, of all."""
    false, chances = {}, {}
    for length_s in sorted({one.length_s for one in asked}):
        own = [one for one in asked if one.length_s == length_s]
        least = [min((m.false_match_probability for m in search(searcher, one)), default=1.0) for one in own]
        false[f"{length_s:g}"] = sum(chance <= MOST_CHANCE for chance in least)
        chances[f"{length_s:g}"] = [float(f"{np.quantile(least, q):.3g}") for q in (0.5, 0.1, 0.01, 0.0)]
    return false, chances
