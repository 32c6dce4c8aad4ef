"""Outcomes written to call.outcomes."""

from schemas.codec import Codec
from schemas.records import Outcome
from streams.acknowledged import AcknowledgedProducer
from streams.learning import LearningError
from streams.settings import Settings
from streams.topics import OUTCOMES, partition_count


class OutcomeWriter:
    """Queues outcomes, and waits at the end until Kafka has them all.

    Raises
    ------
    TopicsError
        If Kafka is away or its topics are missing.
    """

    def __init__(self, settings: Settings, codec: Codec) -> None:
        partition_count(settings.client(), settings.prefix)  # librdkafka would wait long for a topic that is missing
        self._codec = codec
        self._producer = AcknowledgedProducer(settings, OUTCOMES, "an outcome", LearningError, {"linger.ms": 20})

    def send(self, outcome: Outcome) -> None:
        """Queue an outcome; waits while the queue is full.

        Raises
        ------
        LearningError
            If Kafka did not take an earlier one.
        """
        key = (outcome.call_id or outcome.sip_call_id or "").encode()
        self._producer.send(self._codec.encode(outcome, OUTCOMES), key)

    def flush(self) -> None:
        """Wait until Kafka has everything.

        Raises
        ------
        LearningError
            If it has not in time, or refused one.
        """
        self._producer.flush()
