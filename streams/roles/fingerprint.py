"""Role fingerprint: call.chunks to replay parts in call.features and entries in list.entries."""

import asyncio
import logging
import random
import time
from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from typing import Final

from schemas.codec import BrokenRecordError, Codec
from schemas.ids import list_key
from schemas.records import Chunk, Features
from streams.audio import chunk_audio
from streams.campaigns.repair import repair, summary
from streams.clock import now_ms
from streams.fingerprint import FingerprintCore, FingerprintOutcome
from streams.limits import check_chunk
from streams.lists import ListView
from streams.lists.rules import Rules
from streams.replay.chunk_print import is_fax, print_of
from streams.replay.warming import warm_up as warm_up_search
from streams.roles.patience import OutOfPatienceError, Patience
from streams.roles.warming import warming_chunks
from streams.runtime.emission import Emission
from streams.runtime.stage import Outcome, Received
from streams.settings import ENROL_S, SEARCH_S
from streams.store import Store, StoreError
from streams.store.watched import WatchedStore
from streams.topics import CHUNKS, ENTRIES, FEATURES

log = logging.getLogger(__name__)

EXPIRY_CHECK_S: Final = 10.0
MARGIN_MS: Final = 60_000  # before Kafka deletes a chunk it is let go: time to acknowledge it and to read the next
FIRST_MENDED_S: Final = 60.0  # after the start: what one who died left undone
MEND_EVERY_S: Final = 600.0
MENDED_MS: Final = 3_600_000  # campaigns of the last hour that was heard
TRY_S: Final = 30.0  # an old chunk is searched all the same while the store is there, unless it takes longer than this


def warm_up() -> None:
    """Compile every kernel that a chunk needs."""
    warm_up_search()
    for chunk in warming_chunks():
        audio = chunk_audio(chunk)
        is_fax(chunk, audio)
        print_of(chunk, audio)


class FingerprintStage:
    """Searches and enrols chunks, keeps campaigns, fills the blacklist and clears what has expired.

    While the store is away chunks wait, up to the moment when Kafka is about to delete them: then they are let go,
    counted, and never searched.

    Parameters
    ----------
    store
        Where fingerprints are kept.
    lists, rules
        As in `FingerprintCore`.
    codec
        How records are read.
    executor
        Where the store is called.
    kept_ms
        For how long Kafka keeps chunks; None: for ever.
    enrol_s, search_s
        As in `FingerprintCore`.
    """

    role: Final = "fingerprint"
    sources: Final = (CHUNKS,)
    batch = 64
    in_flight = 1
    linger_s = 0.2  # one insert for many chunks: each is a part that ClickHouse must merge

    def __init__(
        self,
        store: Store,
        lists: ListView,
        rules: Rules,
        codec: Codec,
        executor: Executor,
        *,
        kept_ms: int | None = None,
        enrol_s: int = ENROL_S,
        search_s: int = SEARCH_S,
    ) -> None:
        self._codec = codec
        self._lists = lists
        self._store = WatchedStore(store, self.role)
        self._patience = Patience(executor)
        self._executor = executor
        self._core = FingerprintCore(self._store, lists, rules, clock=now_ms, enrol_s=enrol_s, search_s=search_s)
        self._wait_ms = None if kept_ms is None else kept_ms - min(MARGIN_MS, kept_ms // 2)
        self._skipped = 0
        self._cleared_s = 0.0
        self._mend_s = time.monotonic() + FIRST_MENDED_S * random.uniform(0.5, 1.0)

    @property
    def waiting(self) -> bool:
        """Whether the store is away, or hangs."""
        return self._store.away

    def reset(self) -> None:
        """Forget the streams under way; all else is in the store, and what is fed twice counts once."""
        self._core.reset()

    async def start(self) -> None:
        """Compile: in a process with other roles their verdicts would wait while a first batch did."""
        await asyncio.get_running_loop().run_in_executor(self._executor, warm_up)

    async def stop(self) -> None:
        """Nothing to let go of: the store is the worker's."""

    def drops(self) -> dict[str, int]:
        """Chunks never searched for want of the store, unusable records of list.entries, entries over their limits."""
        return {
            "replay_skipped": self._skipped,
            "refused_entries": self._lists.refused,
            "withheld_entries": self._core.withheld,
        }

    async def process(self, batch: list[Received]) -> Outcome:
        """Feed a batch of chunks to the core."""
        outcome = Outcome()
        chunks: list[tuple[Received, Chunk]] = []
        for received in batch:
            try:
                chunk = self._codec.decode(received.value, Chunk)
                check_chunk(chunk, received.timestamp_ms)
                chunks.append((received, chunk))
            except BrokenRecordError as error:
                outcome.reject(received, str(error))
        for received, chunk, one in await self._searched(chunks):
            if isinstance(one, Exception):
                outcome.fault(received, one)
            else:
                outcome.emissions.extend(self._emissions(received, chunk, one))
        outcome.emissions.extend(self._expired())
        await self._mend([chunk.head.captured_ms for _, chunk in chunks])
        return outcome

    async def _searched(
        self, chunks: list[tuple[Received, Chunk]]
    ) -> list[tuple[Received, Chunk, FingerprintOutcome | Exception]]:
        """What the core says of chunks, or how it failed; those left out that the store was away for."""
        while chunks:
            work = partial(self._found, [chunk for _, chunk in chunks])
            try:
                found = await self._patience.call(work, until=self._until(chunks))
            except OutOfPatienceError:
                chunks = self._younger(chunks)
                continue
            return [(received, chunk, one) for (received, chunk), one in zip(chunks, found, strict=True)]
        return []

    def _found(self, chunks: list[Chunk]) -> list[FingerprintOutcome | Exception]:
        """What the core says; where it fails each chunk is fed alone, so that a fault costs the one that met it."""
        try:
            return list(self._core.feed_many(chunks))
        except StoreError:
            raise
        except Exception:
            return [self._found_alone(chunk) for chunk in chunks]

    def _found_alone(self, chunk: Chunk) -> FingerprintOutcome | Exception:
        try:
            return self._core.feed(chunk)
        except StoreError:
            raise
        except Exception as error:
            return error

    def _until(self, chunks: list[tuple[Received, Chunk]]) -> Callable[[], float] | None:
        """When the oldest of the chunks can wait no longer, as `Patience.call` asks for it."""
        if self._wait_ms is None:
            return None
        now_s = time.monotonic()
        due_s = now_s + (min(received.timestamp_ms for received, _ in chunks) + self._wait_ms - now_ms()) / 1000
        return lambda: due_s if self.waiting else max(due_s, now_s + TRY_S)

    def _younger(self, chunks: list[tuple[Received, Chunk]]) -> list[tuple[Received, Chunk]]:
        """Let chunks go that Kafka is about to delete; those that can still wait."""
        oldest_ms = now_ms() - (self._wait_ms or 0)
        kept = [(received, chunk) for received, chunk in chunks if received.timestamp_ms > oldest_ms]
        mine = sum(not received.slot.stale for received, _ in chunks) - sum(not r.slot.stale for r, _ in kept)
        if mine and not self._skipped:
            log.warning("the store is away for longer than audio is kept: chunks go by unsearched, see replay_skipped")
        self._skipped += mine
        return kept

    async def _mend(self, heard_ms: list[int]) -> None:
        """Now and then: mend campaigns that were left undone when an agent died; agents do it at different times."""
        now_s = time.monotonic()
        if not heard_ms or now_s < self._mend_s:
            return
        self._mend_s = now_s + MEND_EVERY_S * random.uniform(0.5, 1.0)
        work = partial(repair, self._store, since_ms=max(heard_ms) - MENDED_MS)
        try:
            found = await self._patience.call(work, until=lambda: now_s + TRY_S)
        except StoreError as error:
            log.warning("campaigns were not mended: %s", error)
            return
        if found.mended:
            log.info("campaigns mended: %s", summary(found))

    def _emissions(self, received: Received, chunk: Chunk, found: FingerprintOutcome) -> list[Emission]:
        made = []
        if found.replay is not None:
            features = Features(
                head=chunk.head, source_offset=received.offset, replay=found.replay, features_ms=now_ms()
            )
            made.append(Emission(FEATURES, chunk.head.call_id, features, [received.slot]))
        made.extend(
            Emission(ENTRIES, list_key(entry.kind, entry.scope, entry.value), entry, [received.slot])
            for entry in found.entries
        )
        for _ in made:
            received.slot.hold()
        return made

    def _expired(self) -> list[Emission]:
        """Nulls for entries past their time; readers mind the time themselves, this only clears the topic."""
        if time.monotonic() - self._cleared_s < EXPIRY_CHECK_S:
            return []
        self._cleared_s = time.monotonic()
        return [Emission(ENTRIES, key, None) for key in self._lists.expired(now_ms())]
