"""Records written to one topic by hand or from a file: what Kafka does not take is an error, never a silent loss."""

from collections.abc import Callable
from typing import Final

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from streams.librdkafka import SILENCED
from streams.settings import Settings

FLUSH_TIMEOUT_S: Final = 30.0
DELIVERY_TIMEOUT_MS: Final = 20_000


class AcknowledgedProducer:
    """Queues records of one topic, and waits at the end until Kafka has them all.

    Parameters
    ----------
    settings
        Where Kafka is.
    topic
        Without prefix.
    what
        One record in words: "an entry".
    refused
        Makes the error to raise of a message; here called its error.
    options
        Of librdkafka's producer, beyond Kafka's address, full acknowledgement and the partitioner of all call topics.
    flush_s
        How long to wait at the end.
    """

    def __init__(
        self,
        settings: Settings,
        topic: str,
        what: str,
        refused: Callable[[str], Exception],
        options: dict[str, str | int | bool] | None = None,
        *,
        flush_s: float = FLUSH_TIMEOUT_S,
    ) -> None:
        self._topic = settings.prefix + topic
        self._what = what
        self._refused = refused
        self._flush_s = flush_s
        self._failure: KafkaError | None = None
        own = {"acks": "all", "partitioner": "murmur2", "delivery.timeout.ms": DELIVERY_TIMEOUT_MS, "log_level": 0}
        self._producer = Producer(settings.client() | own | (options or {}), logger=SILENCED)

    def send(self, value: bytes | None, key: bytes | None = None, *, partition: int = -1) -> None:
        """Queue a record; waits while the queue is full. Raises its error if Kafka did not take an earlier one."""
        while True:
            try:
                self._producer.produce(self._topic, value, key, partition, on_delivery=self._delivered)
                break
            except BufferError:
                self._producer.poll(0.1)
            except KafkaException as error:
                raise self._refused(f"{self._topic} can't be written: {error.args[0].str()}") from error
        self._producer.poll(0)
        self._check()

    def flush(self) -> None:
        """Wait until Kafka has everything. Raises its error if it has not in time, or refused a record."""
        left = self._producer.flush(self._flush_s)
        self._check()
        if left:
            raise self._refused(
                f"{left} records of {self._topic} were not taken within {self._flush_s:.0f} s: is Kafka away?"
            )

    def _delivered(self, error: KafkaError | None, _: Message) -> None:
        if error is not None:
            self._failure = error

    def _check(self) -> None:
        if self._failure is not None:
            raise self._refused(f"{self._topic} did not take {self._what}: {self._failure.str()}")
