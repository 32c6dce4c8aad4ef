"""Role sink: verdicts, levels, tones, first chunks' features, entries and outcomes to ClickHouse."""

from concurrent.futures import Executor
from typing import Final

from schemas.codec import BrokenRecordError, Codec
from schemas.records import Features, ListEntry, Verdict
from schemas.records import Outcome as CallOutcome
from streams.limits import check_entry, check_features, check_outcome, check_verdict
from streams.roles.patience import Patience
from streams.runtime.stage import Outcome, Received
from streams.settings import FIRST_CHUNKS
from streams.sink import SinkCore
from streams.store import Store, StoreError
from streams.store.watched import WatchedStore
from streams.topics import ENTRIES, FEATURES, OUTCOMES, SHADOW_VERDICTS, VERDICTS

MOST_REFUSED: Final = 20  # records in a row, before the store itself is held to be at fault


class SinkStage:
    """Writes batches; what is written twice shows once."""

    role: Final = "sink"
    sources: Final = (VERDICTS, FEATURES, ENTRIES, OUTCOMES, SHADOW_VERDICTS)
    batch = 2_000
    in_flight = 1
    linger_s = 0.5  # few large inserts rather than many small ones

    def __init__(
        self,
        store: Store,
        codec: Codec,
        executor: Executor,
        *,
        show_digits: bool,
        feature_chunks: int = FIRST_CHUNKS,
    ) -> None:
        self._store = WatchedStore(store, self.role)
        self._codec = codec
        self._patience = Patience(executor)
        self._core = SinkCore(unmask=show_digits, feature_chunks=feature_chunks)
        self._refused = 0  # records since it last took one

    @property
    def waiting(self) -> bool:
        """Whether the store is away, or hangs."""
        return self._store.away

    def reset(self) -> None:
        """Nothing to forget: rows are gathered and written within one batch."""

    async def start(self) -> None:
        """Nothing to prepare."""

    async def stop(self) -> None:
        """Nothing to let go of: the store is the worker's."""

    def drops(self) -> dict[str, int]:
        """First chunks of which no features are kept: their spectrum part is broken, or of another version."""
        return {"features_unusable": self._core.unmeasured}

    async def process(self, batch: list[Received]) -> Outcome:
        """Gather the batch's rows and write them."""
        outcome = Outcome()
        taken: list[Received] = []
        for received in batch:
            try:
                self._feed(received)
                taken.append(received)
            except ValueError as error:  # a broken record, or a key that is none
                outcome.reject(received, str(error))
            except Exception as error:  # a fault of ours costs this record, not the process
                outcome.fault(received, error)
        try:
            await self._write()
        except StoreError as error:
            await self._write_apart(taken, outcome, error)
        return outcome

    async def _write(self) -> None:
        if await self._patience.call(lambda: self._core.write(self._store)):
            self._refused = 0

    async def _write_apart(self, taken: list[Received], outcome: Outcome, error: StoreError) -> None:
        """Write halves of what the store refused, and halves of these, and bury the records that it refuses alone.

        Raises
        ------
        StoreError
            If it refuses twenty in a row, or would refuse whatever record came: that is not their fault.
        """
        parts = [taken]
        while parts:
            part = parts.pop()
            self._core.flush()
            for received in part:
                self._feed(received)
            try:
                await self._write()
            except StoreError as why:
                if len(part) > 1:
                    parts += [part[len(part) // 2 :], part[: len(part) // 2]]
                    continue
                await self._patience.call(lambda: self._core.check_tables(self._store))
                self._refused += 1
                if self._refused >= MOST_REFUSED:
                    raise error from why
                outcome.reject(part[0], f"the store refuses it: {why}")
        self._core.flush()

    def _feed(self, received: Received) -> None:
        if received.topic in (VERDICTS, SHADOW_VERDICTS):
            verdict = self._codec.decode(received.value, Verdict)
            check_verdict(verdict)
            if received.topic == VERDICTS:
                self._core.feed_verdict(verdict)
            else:
                self._core.feed_shadow(verdict)
        elif received.topic == FEATURES:
            features = self._codec.decode(received.value, Features)
            check_features(features, received.timestamp_ms)
            self._core.feed_features(features)
        elif received.topic == OUTCOMES:
            told = self._codec.decode(received.value, CallOutcome)
            check_outcome(told)
            self._core.feed_outcome(told)
        else:
            self._feed_entry(received)

    def _feed_entry(self, received: Received) -> None:
        try:
            key = (received.key or b"").decode()
        except UnicodeDecodeError as error:
            raise BrokenRecordError("the key is not text") from error
        entry = None if received.value is None else self._codec.decode(received.value, ListEntry)
        if entry is not None:
            check_entry(entry)
        self._core.feed_entry(key, entry, recorded_ms=received.timestamp_ms, offset=received.offset)
