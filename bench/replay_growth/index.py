"""The index: real calls, and made-up ones until it is large enough."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.replay.corpus import Corpus
from bench.replay_growth.asked import parts, print_of
from bench.replay_growth.made import Stock, made
from features.fingerprint import RATE
from streams.replay.enrolment import enroll
from streams.replay.place import packed
from streams.replay.print import call_number
from streams.store import Store

_FIRST_DAY: Final = date(2026, 1, 16)
_DAYS: Final = 30  # that the calls are spread over: two months' partitions, as in production
_AT_ONCE: Final = 16  # calls made together
_ROWS: Final = 16_000_000  # of an insert, into one day

STAGED: Final = """
CREATE TABLE IF NOT EXISTS staged (call UInt32, number UInt32, day Date, words String)
ENGINE = MergeTree() ORDER BY call
"""
_UNFOLD: Final = """
INSERT INTO fingerprints (call, call_id, stream_id, chunk, version, opened_ms, captured_ms, words, captured_date)
SELECT call, concat('made-', toString(number)), concat('made-', toString(number)), toUInt16(part), 2, 0,
    2000 * (part + 1), substring(words, intDiv(125 * part + 1, 2) * 4 + 1, (63 - part % 2) * 4), day
FROM (SELECT call, number, day, words, arrayJoin(range(15)) AS part FROM staged)
"""


@dataclass(slots=True)
class Filled:
    """An index under way: how many calls it holds, and what inserting cost."""

    store: Store
    of: Stock
    calls: int = 0
    batches: int = 0
    inserted: int = 0
    insert_cpu_s: float = 0.0

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
        # the day of a batch: a month of calls, in an order that brings both months up alike
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


def enroll_known(store: Store, known: Corpus) -> tuple[float, float]:
    """Enrol the real calls, and tell their seconds of audio and the CPU seconds that fingerprints and inserts took."""
    cpu, audio_s = 0.0, 0.0
    for number, call in enumerate(known.enrolled):
        before = time.process_time()
        prints = [print_of(str(number), chunk, part) for chunk, part in enumerate(parts(call.pcm, None))]
        enroll(store, prints)
        cpu += time.process_time() - before if number >= 20 else 0.0
        audio_s += call.pcm.size / RATE if number >= 20 else 0.0
    return audio_s, cpu
