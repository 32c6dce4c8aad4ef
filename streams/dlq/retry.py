"""Which letters can go back to where they came from, and their way there: each once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from schemas.codec import BrokenRecordError, Codec
from schemas.ids import partition_of
from schemas.records import FrameBatch
from streams.dlq.letters import Letter, Marks, Place
from streams.topics import FRAMES

MOST_TIMES: Final = 3  # a record goes back; what is buried as often again is broken


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a letter.

    Attributes
    ----------
    letter
        The letter.
    times
        How often its record will have been sent back, this time included.
    content
        Equal for letters of one record.
    refused
        Why it is not sent; None where it is.
    again
        Whether the same record is sent already for another letter: two roles buried it, and both letters are done.
    """

    letter: Letter
    times: int
    content: bytes
    refused: str | None = None
    again: bool = False


class RetryPlan:
    """Decides about the letters of one topic, one after the other.

    Parameters
    ----------
    topic
        Where they came from, without prefix.
    partitions
        Of that topic.
    marks
        Which letters were sent back before.
    codec
        How records are read.
    newer
        Of a compacted topic: its keys, each with its newest place. An older version must not come after it.
    """

    def __init__(self, topic: str, partitions: int, marks: Marks, codec: Codec, newer: "Newest | None" = None) -> None:
        self._topic = topic
        self._partitions = partitions
        self._marks = marks
        self._codec = codec
        self._newer = newer
        self._sent: set[bytes] = set()

    def decide(self, letter: Letter) -> Decision:
        """What becomes of a letter that is next."""
        times = 1 + (self._marks.times.get(letter.origin, 0) if letter.origin else 0)
        content = blake2b(repr(letter.origin).encode() + letter.value, digest_size=16).digest()
        refused = self._refusal(letter, times)
        again = refused is None and content in self._sent
        if refused is None:
            self._sent.add(content)
        return Decision(letter, times, content, refused, again=again)

    def _refusal(self, letter: Letter, times: int) -> str | None:
        origin = letter.origin
        if letter.place in self._marks.done:
            return "was sent back before"
        if letter.topic != self._topic or origin is None:
            return "does not say where in the topic it came from"
        reasons = {
            f"came from partition {origin.partition}, and there are {self._partitions} now": (
                origin.partition >= self._partitions
            ),
            f"is cut: {len(letter.value)} of {letter.truncated_from} bytes were kept": bool(letter.truncated_from),
            f"came back {MOST_TIMES} times: it is broken": times > MOST_TIMES,
            "is older than what the topic has under its key": bool(self._newer and self._newer.is_older(letter)),
        }
        found = next((reason for reason, holds in reasons.items() if holds), None)
        if found is None and self._topic == FRAMES:
            return self._refusal_of_frames(letter, origin.partition)
        return found

    def _refusal_of_frames(self, letter: Letter, partition: int) -> str | None:
        """A batch, or a segment alone in a batch of its own, may go only where its calls belong."""
        try:
            batch = self._codec.decode(letter.value, FrameBatch)
        except BrokenRecordError:
            return None  # it may be readable for whoever reads it now
        if not batch.segments:
            return "holds no segment: it tells of a fault between them"
        wrong = {partition_of(segment.call_id, self._partitions) for segment in batch.segments} - {partition}
        return f"its call belongs on partition {min(wrong)}: whoever wrote it must mend that" if wrong else None


class Newest:
    """The newest place of every key of a compacted topic."""

    def __init__(self) -> None:
        self._newest: dict[bytes, Place] = {}

    def note(self, key: bytes, place: Place) -> None:
        """Take in a record; of a key they come in order."""
        self._newest[key] = place

    def is_older(self, letter: Letter) -> bool:
        """Whether the topic has a later record of the letter's key."""
        newest = self._newest.get(letter.key or b"")
        origin = letter.origin
        return newest is not None and origin is not None and newest.offset > origin.offset


def decisions(
    plan: RetryPlan, letters: Iterable[Letter], *, reason: str | None, most: int | None
) -> Iterator[Decision]:
    """Decide about letters whose reason holds a text, until so many are to be sent."""
    sent = 0
    for letter in letters:
        if reason is not None and reason not in letter.reason:
            continue
        decision = plan.decide(letter)
        if decision.refused is None and not decision.again:
            if most is not None and sent >= most:
                return
            sent += 1
        yield decision
