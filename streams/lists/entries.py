"""Entries written to list.entries by hand."""

from msgspec.structs import replace

from schemas.codec import Codec
from schemas.ids import list_key
from schemas.records import ListEntry
from streams.acknowledged import AcknowledgedProducer
from streams.feed import FeedError
from streams.limits import check_entry
from streams.settings import Settings
from streams.topics import ENTRIES, partition_count


class EntryWriter:
    """Writes single entries and waits until Kafka has them.

    Raises
    ------
    TopicsError
        If Kafka is away or its topics are missing.
    """

    def __init__(self, settings: Settings, codec: Codec) -> None:
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
        try:
            check_entry(entry)
            value = self._codec.encode(entry, ENTRIES)
        except (ValueError, OverflowError) as error:
            raise FeedError(f"no list takes such an entry: {error}") from error
        self._send(list_key(entry.kind, entry.scope, entry.value), value)

    def disable(self, entry: ListEntry, *, actor: str, reason: str, expires_ms: int | None = None) -> None:
        """Turn an entry off: it stays, says who did it and why, and keeps rules from making it again.

        Raises
        ------
        FeedError
            If Kafka does not take it.
        """
        self.write(replace(entry, state="disabled", actor=actor, reason=reason, expires_ms=expires_ms))

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
        self._send(list_key(entry.kind, entry.scope, entry.value), None)

    def _send(self, key: str, value: bytes | None) -> None:
        self._producer.send(value, key.encode())
        self._producer.flush()
