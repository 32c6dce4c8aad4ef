"""How the replay index behaves as it grows: ``python -m bench.replay_growth --calls 1000,10000,100000``.

Real calls are enrolled among made-up ones (`bench.replay_fill`), in ClickHouse in this process, through the code that
production runs; at each size the same queries are asked.
"""

import shutil
import statistics
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.heard.corpora import Places
from bench.machine import commit, machine
from bench.replay.corpus import Corpus, corpus
from bench.replay.distortions import named
from bench.replay.queries import Query as Piece
from bench.replay.queries import negatives, positives
from bench.replay_fill import Stock, made, stock
from bench.replay_growth_page import Growth, Level, Recall, write_growth
from features.fingerprint import RATE, WINDOW, Fingerprint, fingerprint
from streams.replay.enrolment import enroll
from streams.replay.evidence import Evidence
from streams.replay.frequencies import Frequencies
from streams.replay.place import packed
from streams.replay.print import Print, call_number
from streams.replay.search import Found, Query, Searcher
from streams.store import Arrays, Store, open_store
from streams.store.base import NO_PARAMETERS
from streams.store.migrations import migrate

SIZES: Final = (1_000, 10_000, 100_000)
DISTORTIONS: Final = (
    "clean", "pink noise 10 dB", "white noise 0 dB", "low-pass 2 kHz", "GSM", "speed +10 %", "tempo -10 %",
    "loss 20 % in bursts", "double talk 5 dB", "double talk 0 dB",
)  # fmt: skip
MOST_CHANCE: Final = 1e-3  # of a false match, a query
_FIRST_DAY: Final = date(2026, 1, 5)
_DAYS: Final = 30  # that the calls are spread over: five weeks' partitions, as in production
_AT_ONCE: Final = 16  # calls made together
_ROWS: Final = 16_000_000  # of an insert, into one day
_FULL_S: Final = 5.0

_STAGED: Final = """
CREATE TABLE IF NOT EXISTS staged (call UInt32, number UInt32, day Date, words String)
ENGINE = MergeTree() ORDER BY call
"""
_UNFOLD: Final = """
INSERT INTO fingerprints (call, call_id, stream_id, chunk, version, opened_ms, captured_ms, words, captured_date)
SELECT call, concat('made-', toString(number)), concat('made-', toString(number)), toUInt16(part), 2, 0,
    2000 * (part + 1), substring(words, intDiv(125 * part + 1, 2) * 4 + 1, (63 - part % 2) * 4), day
FROM (SELECT call, number, day, words, arrayJoin(range(15)) AS part FROM staged)
"""
_SIZE: Final = """
SELECT sum(bytes_on_disk) AS bytes, sum(rows) AS there, count() AS parts
FROM system.parts WHERE database = currentDatabase() AND table = %(table)s AND active
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """A query, ready to be searched again and again."""

    name: str
    length_s: float
    call: int | None
    chunks: tuple[Fingerprint, ...]


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


@dataclass(slots=True)
class Filled:
    """An index under way: how many calls it holds, and what inserting cost."""

    store: Store
    of: Stock
    calls: int = 0
    batches: int = 0
    inserted: int = 0
    insert_cpu_s: float = 0.0
    frequencies: Frequencies = field(init=False)

    def grow(self, calls: int, tell: Callable[[str], None]) -> None:
        """Add made-up calls until there are so many."""
        while self.calls < calls:
            self._add(calls, tell)

    def _add(self, calls: int, tell: Callable[[str], None]) -> None:
        columns: dict[str, list[NDArray[np.generic]]] = {"key": [], "place": []}
        words, numbers, rows = [], [], 0
        while rows < _ROWS and self.calls < calls:
            count = min(_AT_ONCE, calls - self.calls)
            whose, found, said = made(self.of, self.calls, count)
            hashed = np.array([call_number(f"made-{self.calls + n}") for n in range(count)], np.uint32)
            columns["key"].append(found.keys)
            columns["place"].append(packed(hashed[whose], found.frames, found.bins))
            words.append(said)
            numbers.append((np.arange(self.calls, self.calls + count, dtype=np.uint32), hashed))
            rows += len(found.keys)
            self.calls += count
        cpu = time.process_time()
        # the day of a batch: a month of calls, in an order that brings all weeks up alike
        day = np.datetime64(_FIRST_DAY + timedelta(days=7 * self.batches % _DAYS))
        batch: dict[str, NDArray[np.generic]] = {name: np.concatenate(parts) for name, parts in columns.items()}
        self.store.insert("replay_postings", batch | {"captured_date": np.full(rows, day)})
        self.insert_cpu_s += time.process_time() - cpu
        self.inserted += rows
        self.batches += 1
        self.store.execute("TRUNCATE TABLE staged")
        self.store.insert(
            "staged",
            {
                "call": np.concatenate([hashed for _, hashed in numbers]),
                "number": np.concatenate([number for number, _ in numbers]),
                "day": np.full(sum(len(number) for number, _ in numbers), day),
                "words": [row.tobytes() for said in words for row in said],
            },
        )
        self.store.execute(_UNFOLD)
        tell(f"{self.calls:,} calls, {self.inserted:,} made-up postings")


def measure(sizes: Sequence[int], folder: Path, places: Places, *, count: int, unknown: int) -> Iterator[Growth]:
    """Grow an index and ask it at each size; what is known is told after each.

    Parameters
    ----------
    sizes
        Calls, ascending.
    folder
        Where the index is put; it is removed at the end.
    places
        Where recordings are looked for.
    count
        Queries of each distortion and length.
    unknown
        Queries of each length that are in no call.
    """
    began = time.perf_counter()

    def tell(text: str) -> None:
        print(f"{time.perf_counter() - began:7.0f} s  {text}", flush=True)

    here, made_by, when = machine(), commit(), datetime.now(UTC).isoformat(timespec="seconds")
    known = corpus("report", places)
    tell(f"{len(known.enrolled)} real calls")
    asked = list(_queries(known, count, unknown))
    tell(f"{len(asked)} queries")
    shutil.rmtree(folder, ignore_errors=True)
    store = open_store(f"chdb://{folder.resolve()}")
    try:
        migrate(store)
        store.execute("SET max_execution_time = 0")  # merging all of a large index takes minutes
        store.execute(_STAGED)
        of = stock([_taken(call.pcm) for call in known.others if call.kind in ("speech", "made", "music")])
        audio_s, cpu_s = _enroll(store, known)
        filled = Filled(store, of, calls=len(known.enrolled))
        levels = []
        for size in sizes:
            filled.grow(size, tell)
            tell("merging")
            store.execute("OPTIMIZE TABLE replay_postings FINAL")
            store.execute("OPTIMIZE TABLE fingerprints FINAL")
            levels.append(_level(store, size, asked, filled))
            tell(f"asked at {size:,} calls")
            yield Growth(
                began=when,
                seconds=round(time.perf_counter() - began, 1),
                commit=made_by,
                machine=here,
                known=len(known.enrolled),
                queries=count,
                unknown=unknown,
                enrolment_s_per_cpu_s=round(audio_s / cpu_s, 1),
                levels=list(levels),
            )
    finally:
        store.close()
        shutil.rmtree(folder, ignore_errors=True)


def _enroll(store: Store, known: Corpus) -> tuple[float, float]:
    """Enrol the real calls, and tell their seconds of audio and the CPU seconds that fingerprints and inserts took."""
    cpu, audio_s = 0.0, 0.0
    for number, call in enumerate(known.enrolled):
        before = time.process_time()
        prints = [_print(str(number), chunk, part) for chunk, part in enumerate(_parts(call.pcm, None))]
        enroll(store, prints)
        cpu += time.process_time() - before if number >= 20 else 0.0
        audio_s += call.pcm.size / RATE if number >= 20 else 0.0
    return audio_s, cpu


def _queries(known: Corpus, count: int, unknown: int) -> Iterator[Asked]:
    for length_s in (2.0, 4.0, _FULL_S):
        for name in DISTORTIONS:
            for piece in positives(known, named(name), length_s, count):
                yield _asked(piece, name)
        for piece in negatives(known, length_s, unknown):
            yield _asked(piece, "")


def _asked(piece: Piece, name: str) -> Asked:
    if piece.length_s == _FULL_S:
        return Asked(name, piece.length_s, piece.call, (_taken(piece.pcm, piece.received),))
    return Asked(name, piece.length_s, piece.call, tuple(_parts(piece.pcm, piece.received)))


def _taken(pcm: NDArray[np.int16], received: NDArray[np.bool_] | None = None) -> Fingerprint:
    came = np.ones(pcm.size, np.bool_) if received is None else received
    return fingerprint(np.pad(pcm, (WINDOW, 0)), np.pad(came, (WINDOW, 0)))


def _parts(pcm: NDArray[np.int16], received: NDArray[np.bool_] | None) -> Iterator[Fingerprint]:
    """Fingerprints of chunks, each with its lead-in."""
    came = np.pad(np.ones(pcm.size, np.bool_) if received is None else received, (WINDOW, 0))
    heard = np.pad(pcm, (WINDOW, 0))
    for begin in range(0, pcm.size, 2 * RATE):
        cut = slice(begin, begin + 2 * RATE + WINDOW)
        yield fingerprint(heard[cut], came[cut])


def _print(call: str, chunk: int, heard: Fingerprint) -> Print:
    first = int(datetime(2026, 1, 7, tzinfo=UTC).timestamp() * 1000)
    return Print(call, call, chunk, "", "", first, first + 2000 * (chunk + 1), heard)


def _search(searcher: Searcher, one: Asked) -> list[Found]:
    evidence = Evidence()
    found: list[Found] = []
    for chunk, heard in enumerate(one.chunks):
        found = searcher.search([Query(_print("asks", chunk, heard), evidence)])[0]
    return found


def _level(store: Store, size: int, asked: Sequence[Asked], filled: Filled) -> Level:
    store.execute("SYSTEM STOP MERGES")
    timed = Timed(store)
    frequencies = Frequencies(store)
    counting = time.process_time()
    frequencies.current()
    counting = time.process_time() - counting
    searcher = Searcher(timed, frequencies=frequencies, most_chance=1.0)  # type: ignore[arg-type]
    full = [one for one in asked if one.length_s == _FULL_S and one.call is not None]
    for one in full[:: max(1, len(full) // 30)]:
        _search(searcher, one)
    recalls = [
        Recall(
            name, length_s, *_recalled(searcher, [one for one in asked if (one.name, one.length_s) == (name, length_s)])
        )
        for length_s in (2.0, 4.0, _FULL_S)
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
    _search(searcher, one)
    return timed.wall_s, timed.cpu_s, time.process_time() - cpu - timed.cpu_s, timed.rows


def _recalled(searcher: Searcher, asked: Sequence[Asked]) -> tuple[int, int]:
    """How many are found, of how many."""
    found = 0
    for one in asked:
        good = [match for match in _search(searcher, one) if match.false_match_probability <= MOST_CHANCE]
        found += str(one.call) in {match.call_id for match in good}
    return found, len(asked)


def _negatives(searcher: Searcher, asked: Sequence[Asked]) -> tuple[dict[str, int], dict[str, list[float]]]:
    """By length how many are matched, and what chances were told: median, least in ten, in a hundred, of all."""
    false, chances = {}, {}
    for length_s in sorted({one.length_s for one in asked}):
        own = [one for one in asked if one.length_s == length_s]
        least = [min((m.false_match_probability for m in _search(searcher, one)), default=1.0) for one in own]
        false[f"{length_s:g}"] = sum(chance <= MOST_CHANCE for chance in least)
        chances[f"{length_s:g}"] = [float(f"{np.quantile(least, q):.3g}") for q in (0.5, 0.1, 0.01, 0.0)]
    return false, chances


def main() -> None:
    """Run it and write the results."""
    parser = ArgumentParser(prog="python -m bench.replay_growth", description=__doc__)
    parser.add_argument("--calls", default=",".join(map(str, SIZES)), help="sizes of the index, ascending")
    parser.add_argument("--queries", type=int, default=40, help="of each distortion and length")
    parser.add_argument("--unknown", type=int, default=400, help="queries of each length that are in no call")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of recordings")
    parser.add_argument("--index", type=Path, default=Path("build/replay-growth"), help="where the index is put")
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    told = parser.parse_args()
    sizes = [int(size) for size in told.calls.split(",")]
    if sizes != sorted(sizes):
        parser.error("sizes ascend")
    for growth in measure(sizes, told.index, Places(data=told.data), count=told.queries, unknown=told.unknown):
        for path in write_growth(growth, told.out):
            print(path, flush=True)


if __name__ == "__main__":
    main()
