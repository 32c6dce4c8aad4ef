"""Entries written to list.entries by hand."""

from collections.abc import Callable, Sequence
from typing import Final

from msgspec.structs import replace

from schemas.codec import Codec
from schemas.ids import list_key
from schemas.records import ListEntry
from streams.acknowledged import AcknowledgedProducer
from streams.feed import FeedError
from streams.limits import check_entry
from streams.lists.reach import check_reach
from streams.settings import Settings
from streams.topics import ENTRIES, partition_count

_AT_ONCE: Final = 1_000  # entries that Kafka is given before it is waited for


class EntryWriter:
    """Writes single entries and waits until Kafka has them.

    Raises
    ------
    ListsError
        If nobody listens where Kafka should be.
    TopicsError
        If Kafka does not answer, or its topics are missing.
    """

    def __init__(self, settings: Settings, codec: Codec) -> None:
        check_reach(settings)
        partition_count(settings.client(), settings.prefix)  # librdkafka would wait long for a topic that is missing
        self._codec = codec
        self._producer = AcknowledgedProducer(settings, ENTRIES, "an entry", FeedError)

    def write(self, entry: ListEntry) -> None:
        """Add or replace an entry.

        Raises
        ------
        FeedError
            If Kafka does not take it, or nobody who follows the lists would: its reason is too long, for one.
        """
        self.write_all([entry])

    def write_all(self, entries: Sequence[ListEntry], sent: Callable[[int], object] = lambda _: None) -> None:
        """Add or replace many entries: all of them are checked before the first is written.

        ``sent`` is told from time to time how many are on their way.

        Raises
        ------
        FeedError
            As `write`; those before the one that failed may be written then.
        """
        records = [(list_key(entry.kind, entry.scope, entry.value), self._encoded(entry)) for entry in entries]
        for count, (key, value) in enumerate(records, start=1):
            self._producer.send(value, key.encode())
            if not count % _AT_ONCE:
                self._producer.flush()
                sent(count)
        self._producer.flush()
        sent(len(records))

    def _encoded(self, entry: ListEntry) -> bytes:
        try:
            check_entry(entry)
            return self._codec.encode(entry, ENTRIES)
        except (ValueError, OverflowError) as error:
            raise FeedError(f"no list takes such an entry: {error}") from error

    def disable(self, entry: ListEntry, *, actor: str, reason: str, expires_ms: int | None = None) -> None:
        """Turn an entry off: it stays, says who did it and why, and keeps rules from making it again.

        Raises
        ------
        FeedError
            If Kafka does not take it.
        """
        self.write(disabled(entry, actor=actor, reason=reason, expires_ms=expires_ms))

    def remove(self, entry: ListEntry, *, actor: str, reason: str) -> None:
        """Remove an entry. A removal is a null, which says nothing: so before it the entry is turned off.

        Both have one key and thus one order; who keeps the history of entries has the reason right before the removal.

        Raises
        ------
        FeedError
            If Kafka does not take it.
        """
        self.disable(entry, actor=actor, reason=reason, expires_ms=entry.expires_ms)
        self.erase(entry)

    def erase(self, entry: ListEntry) -> None:
        """Remove an entry without a word.

        Raises
        ------
        FeedError
            If Kafka does not take it.
        """
        self._producer.send(None, list_key(entry.kind, entry.scope, entry.value).encode())
        self._producer.flush()


def disabled(entry: ListEntry, *, actor: str, reason: str, expires_ms: int | None) -> ListEntry:
    """An entry turned off: it stays, says who did it and why, and keeps rules from making it again."""
    return replace(entry, state="disabled", actor=actor, reason=reason, expires_ms=expires_ms)
