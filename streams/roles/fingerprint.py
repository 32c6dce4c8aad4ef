"""Role fingerprint: call.chunks to replay parts in call.features and entries in list.entries."""

import time
from concurrent.futures import Executor
from typing import Final

from schemas.codec import BrokenRecordError, Codec
from schemas.ids import list_key
from schemas.records import Chunk, Features
from streams.clock import now_ms
from streams.emission import Emission
from streams.fingerprint import FingerprintCore, FingerprintOutcome
from streams.lists import ListView
from streams.lists.rules import Rules
from streams.replay import ReplayIndex
from streams.roles.patience import Patience
from streams.runner import Outcome, Received
from streams.store import Store
from streams.topics import CHUNKS, ENTRIES, FEATURES

EXPIRY_CHECK_S: Final = 10.0


class FingerprintStage:
    """Searches and enrols chunks, keeps campaigns, fills the blacklist and clears what has expired."""

    role: Final = "fingerprint"
    sources: Final = (CHUNKS,)
    batch = 64
    in_flight = 1
    linger_s = 0.05  # one insert for many chunks

    def __init__(self, store: Store, lists: ListView, rules: Rules, codec: Codec, executor: Executor) -> None:
        self._codec = codec
        self._lists = lists
        self._patience = Patience(executor)
        self._core = FingerprintCore(ReplayIndex(store), lists, rules, clock=now_ms)
        self._cleared_s = 0.0

    @property
    def waiting(self) -> bool:
        """Whether the store is away."""
        return self._patience.waiting

    def reset(self) -> None:
        """Nothing to forget: all state is in the store, and what is fed twice counts once."""

    async def start(self) -> None:
        """Nothing to prepare: the kernels compile with the first batch, which nobody waits for."""

    async def stop(self) -> None:
        """Nothing to let go of: the store is the worker's."""

    def drops(self) -> dict[str, int]:
        """Records of list.entries whose key names another entry."""
        return {"refused_entries": self._lists.refused}

    async def process(self, batch: list[Received]) -> Outcome:
        """Feed a batch of chunks to the core."""
        outcome = Outcome()
        chunks: list[tuple[Received, Chunk]] = []
        for received in batch:
            try:
                chunks.append((received, self._codec.decode(received.value, Chunk)))
            except BrokenRecordError as error:
                outcome.reject(received, str(error))
        found = await self._patience.call(lambda: self._found([chunk for _, chunk in chunks]))
        for (received, chunk), one in zip(chunks, found, strict=True):
            outcome.emissions.extend(self._emissions(received, chunk, one))
        outcome.emissions.extend(self._expired())
        return outcome

    def _found(self, chunks: list[Chunk]) -> list[FingerprintOutcome]:
        return self._core.feed_many(chunks) if chunks else []

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
