"""Role sink: verdicts, levels, tones, entries and outcomes to ClickHouse."""

from concurrent.futures import Executor
from typing import Final

from schemas.codec import BrokenRecordError, Codec
from schemas.records import Features, ListEntry, Verdict
from schemas.records import Outcome as CallOutcome
from streams.roles.patience import Patience
from streams.runner import Outcome, Received
from streams.sink import SinkCore
from streams.store import Store
from streams.store.watched import WatchedStore
from streams.topics import ENTRIES, FEATURES, OUTCOMES, VERDICTS


class SinkStage:
    """Writes batches; what is written twice shows once."""

    role: Final = "sink"
    sources: Final = (VERDICTS, FEATURES, ENTRIES, OUTCOMES)
    batch = 2_000
    in_flight = 1
    linger_s = 0.5  # few large inserts rather than many small ones

    def __init__(self, store: Store, codec: Codec, executor: Executor, *, show_digits: bool) -> None:
        self._store = WatchedStore(store, self.role)
        self._codec = codec
        self._patience = Patience(executor)
        self._core = SinkCore(unmask=show_digits)

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
        """Nothing is dropped here."""
        return {}

    async def process(self, batch: list[Received]) -> Outcome:
        """Gather the batch's rows and write them."""
        outcome = Outcome()
        for received in batch:
            try:
                self._feed(received)
            except ValueError as error:  # a broken record, or a key that is none
                outcome.reject(received, str(error))
            except Exception as error:  # a fault of ours costs this record, not the process
                outcome.fault(received, error)
        await self._patience.call(lambda: self._core.write(self._store))
        return outcome

    def _feed(self, received: Received) -> None:
        if received.topic == VERDICTS:
            self._core.feed_verdict(self._codec.decode(received.value, Verdict))
        elif received.topic == FEATURES:
            self._core.feed_features(self._codec.decode(received.value, Features))
        elif received.topic == OUTCOMES:
            self._core.feed_outcome(self._codec.decode(received.value, CallOutcome))
        else:
            self._feed_entry(received)

    def _feed_entry(self, received: Received) -> None:
        try:
            key = (received.key or b"").decode()
        except UnicodeDecodeError as error:
            raise BrokenRecordError("the key is not text") from error
        entry = None if received.value is None else self._codec.decode(received.value, ListEntry)
        self._core.feed_entry(key, entry, recorded_ms=received.timestamp_ms, offset=received.offset)
