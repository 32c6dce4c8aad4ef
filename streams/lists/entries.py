"""Entries written to list.entries by hand."""

from typing import Final

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from schemas.codec import Codec
from schemas.ids import list_key
from schemas.records import ListEntry
from streams.feed import FeedError
from streams.numbers import NumberHasher, normalise
from streams.settings import Settings, SettingsError
from streams.topics import ENTRIES, partition_count

SHORTEST_PREFIX: Final = 5  # digits
TIMEOUT_S: Final = 30.0


def hashed(value: str, scope: str, settings: Settings) -> str:
    """Value of an entry as it rests: hashed under the settings' key, but for a campaign's id.

    Raises
    ------
    SettingsError
        If there is no key, or nothing could ever have such a value.
    """
    if not value.strip():
        raise SettingsError(f"a {scope} can't be empty")
    if scope == "campaign":
        return value.strip()
    hasher = NumberHasher(settings.key, settings.hmac_key_id)
    if scope == "trunk":
        return hasher.digest(value)
    if scope == "caller" and not normalise(value):
        raise SettingsError(f"{value!r} is no telephone number: give it in E.164, as +49301234567")
    if scope == "prefix" and len(normalise(value)) < SHORTEST_PREFIX:
        raise SettingsError(f"prefix {value!r} has fewer than {SHORTEST_PREFIX} digits")
    return hasher.hash(value).number


class EntryWriter:
    """Writes single entries and waits until Kafka has them.

    Raises
    ------
    TopicsError
        If Kafka is away or its topics are missing.
    """

    def __init__(self, settings: Settings, codec: Codec) -> None:
        partition_count(settings.client(), settings.prefix)  # librdkafka would wait long for a topic that is missing
        self._topic = settings.prefix + ENTRIES
        self._codec = codec
        self._producer = Producer(
            settings.client() | {"acks": "all", "partitioner": "murmur2", "delivery.timeout.ms": 20_000, "log_level": 0}
        )

    def write(self, entry: ListEntry) -> None:
        """Add or replace an entry.

        Raises
        ------
        FeedError
            If Kafka does not take it.
        """
        self._send(list_key(entry.kind, entry.scope, entry.value), self._codec.encode(entry, ENTRIES))

    def remove(self, kind: str, scope: str, value: str) -> None:
        """Remove an entry.

        Raises
        ------
        FeedError
            If Kafka does not take it.
        """
        self._send(list_key(kind, scope, value), None)

    def _send(self, key: str, value: bytes | None) -> None:
        failures: list[str] = []

        def delivered(error: KafkaError | None, _: Message) -> None:
            if error is not None:
                failures.append(error.str())

        try:
            self._producer.produce(self._topic, value, key.encode(), on_delivery=delivered)
        except KafkaException as error:
            raise FeedError(f"{self._topic} can't be written: {error.args[0].str()}") from error
        left = self._producer.flush(TIMEOUT_S)
        if failures or left:
            raise FeedError(f"{self._topic} did not take the entry: {failures[0] if failures else 'Kafka is away'}")
