"""One run: an index that grows, asked at each size."""

import shutil
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.heard.corpora import Places
from bench.machine import commit, machine
from bench.replay.corpus import corpus
from bench.replay_growth.asked import queries, taken
from bench.replay_growth.cost import level_of
from bench.replay_growth.index import STAGED, Filled, enroll_known
from bench.replay_growth.made import stock
from bench.replay_growth.page import Growth
from streams.store import open_store
from streams.store.migrations import migrate


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
    asked = list(queries(known, count, unknown))
    tell(f"{len(asked)} queries")
    shutil.rmtree(folder, ignore_errors=True)
    store = open_store(f"chdb://{folder.resolve()}")
    try:
        migrate(store)
        store.execute("SET max_execution_time = 0")  # merging all of a large index takes minutes
        store.execute(STAGED)
        of = stock([taken(call.pcm) for call in known.others if call.kind in ("speech", "made", "music")])
        audio_s, cpu_s = enroll_known(store, known)
        filled = Filled(store, of, calls=len(known.enrolled))
        levels = []
        for size in sizes:
            filled.grow(size, tell)
            tell("merging")
            store.execute("OPTIMIZE TABLE replay_postings FINAL")
            store.execute("OPTIMIZE TABLE fingerprints FINAL")
            levels.append(level_of(store, size, asked, filled))
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
