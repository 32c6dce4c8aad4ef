"""Sends letters back, and marks those that Kafka took."""

from collections import defaultdict
from typing import Final

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from streams.dlq.letters import MOST_IN_A_MARK, DeadLettersError, Letter, Place, Sent, mark_of
from streams.dlq.retry import Decision
from streams.settings import Settings
from streams.topics import MAX_MESSAGE_BYTES, dead_letters

FLUSH_S: Final = 60.0
RETRY_OF: Final = "retry_of"  # header of a record that was sent back: the letter's place


class LetterSender:
    """Puts records where they came from, key and partition kept; a mark follows in the dead-letter topic.

    A mark is written after Kafka has taken the record: should this process die in between, the next retry sends up to
    500 records again. That does no harm, for ids tell repeats.

    Parameters
    ----------
    settings
        Where Kafka is.
    topic
        Where the letters came from, without prefix.
    """

    def __init__(self, settings: Settings, topic: str) -> None:
        self._topic = settings.prefix + topic
        self._marks = settings.prefix + dead_letters(topic)
        self._sent: dict[int, list[Sent]] = defaultdict(list)  # by partition of the dead-letter topic
        self._went: dict[bytes, Place] = {}
        self._error: KafkaError | None = None
        self._producer = Producer(
            settings.client()
            | {"partitioner": "murmur2", "enable.idempotence": True, "log_level": 0}
            | {"message.max.bytes": MAX_MESSAGE_BYTES, "delivery.timeout.ms": 30_000, "linger.ms": 20}
        )

    def send(self, decision: Decision) -> None:
        """Send a letter that is not refused; of two of one record the second is marked only.

        Raises
        ------
        DeadLettersError
            If Kafka refused an earlier one.
        """
        letter = decision.letter
        assert letter.origin is not None  # noqa: S101 - refused otherwise
        self._check()
        if decision.again:
            if decision.content not in self._went:
                self._flush()
            self._note(letter, self._went[decision.content], decision.times)
            return
        while True:
            try:
                self._producer.produce(
                    self._topic,
                    letter.value,
                    letter.key,
                    letter.origin.partition,
                    on_delivery=lambda error, message: self._delivered(error, message, decision),
                    headers={RETRY_OF: f"{letter.place.partition}:{letter.place.offset}"},
                )
                break
            except BufferError:  # as many under way as may be
                self._producer.poll(0.1)
                self._check()
        self._producer.poll(0)

    def finish(self) -> None:
        """Wait for what is under way, and mark it.

        Raises
        ------
        DeadLettersError
            If Kafka did not take something; what it took is marked all the same, if it can be.
        """
        try:
            self._flush()
        finally:
            for partition in list(self._sent):
                self._mark(partition)
            self._producer.flush(FLUSH_S)
        self._check()

    def _delivered(self, error: KafkaError | None, message: Message, decision: Decision) -> None:
        if error is not None:
            self._error = self._error or error
            return
        went = Place(message.partition() or 0, message.offset() or 0)
        self._went[decision.content] = went
        self._note(decision.letter, went, decision.times)

    def _note(self, letter: Letter, went: Place, times: int) -> None:
        sent = self._sent[letter.place.partition]
        sent.append(Sent(letter.place.offset, went, times))
        if len(sent) >= MOST_IN_A_MARK:
            self._mark(letter.place.partition)

    def _mark(self, partition: int) -> None:
        sent, self._sent[partition] = self._sent[partition], []
        if not sent:
            return
        try:
            self._producer.produce(self._marks, None, None, partition, headers=dict(mark_of(sent)))
        except (BufferError, KafkaException) as error:
            raise DeadLettersError(f"letters were sent back and could not be marked: {error}") from error

    def _flush(self) -> None:
        if self._producer.flush(FLUSH_S):
            raise DeadLettersError(f"Kafka did not take letters within {FLUSH_S:.0f} s; those it took are marked")
        self._check()

    def _check(self) -> None:
        if self._error is not None:
            raise DeadLettersError(f"{self._topic} does not take a letter: {self._error.str()}")
