"""Outcomes written to call.outcomes."""

from typing import Final

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from schemas.codec import Codec
from schemas.records import Outcome
from streams.learning import LearningError
from streams.librdkafka import SILENCED
from streams.settings import Settings
from streams.topics import OUTCOMES, partition_count

TIMEOUT_S: Final = 30.0


class OutcomeWriter:
    """Queues outcomes, and waits at the end until Kafka has them all.

    Raises
    ------
    TopicsError
        If Kafka is away or its topics are missing.
    """

    def __init__(self, settings: Settings, codec: Codec) -> None:
        partition_count(settings.client(), settings.prefix)  # librdkafka would wait long for a topic that is missing
        self._topic = settings.prefix + OUTCOMES
        self._codec = codec
        self._failure: KafkaError | None = None
        options = {"acks": "all", "partitioner": "murmur2", "delivery.timeout.ms": 20_000, "linger.ms": 20}
        self._producer = Producer(settings.client() | options, logger=SILENCED)

    def send(self, outcome: Outcome) -> None:
        """Queue an outcome; waits while the queue is full.

        Raises
        ------
        LearningError
            If Kafka did not take an earlier one.
        """
        key = (outcome.call_id or outcome.sip_call_id or "").encode()
        value = self._codec.encode(outcome, OUTCOMES)
        while True:
            try:
                self._producer.produce(self._topic, value, key, on_delivery=self._delivered)
                break
            except BufferError:
                self._producer.poll(0.1)
            except KafkaException as error:
                raise LearningError(f"{self._topic} can't be written: {error.args[0].str()}") from error
        self._producer.poll(0)
        self._check()

    def flush(self) -> None:
        """Wait until Kafka has everything.

        Raises
        ------
        LearningError
            If it has not in time, or refused one.
        """
        left = self._producer.flush(TIMEOUT_S)
        self._check()
        if left:
            raise LearningError(f"outcomes not taken within {TIMEOUT_S:.0f} s: {left}; is Kafka away?")

    def _delivered(self, error: KafkaError | None, _: Message) -> None:
        if error is not None:
            self._failure = error

    def _check(self) -> None:
        if self._failure is not None:
            raise LearningError(f"{self._topic} did not take an outcome: {self._failure.str()}")
