"""What stands in a dead-letter topic: letters, and marks of those that were sent back."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

RETRIED: Final = "retried"  # header of a mark
MOST_IN_A_MARK: Final = 500
_SENT: Final = re.compile(r"(\d{1,19})>(\d{1,9}):(\d{1,19})x(\d{1,4})")


class DeadLettersError(RuntimeError):
    """Dead letters can't be read or sent back; the message says why and the way out."""


@dataclass(frozen=True, slots=True)
class Place:
    """A record's place in a topic."""

    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Letter:
    """A broken record, or a part of one, as it came.

    Attributes
    ----------
    place
        Where in the dead-letter topic it lies.
    written_ms
        When it was buried, ms since 1970.
    key, value
        As they came; the value is cut where ``truncated_from`` is told.
    reason
        Why it was buried; '' where it does not say.
    topic, origin
        Where it came from, without prefix; None where it does not say.
    truncated_from
        Bytes of the whole value, where only the first of them were kept.
    """

    place: Place
    written_ms: int
    key: bytes | None
    value: bytes
    reason: str
    topic: str | None
    origin: Place | None
    truncated_from: int | None

    @property
    def kind(self) -> str:
        """The reason without its numbers: letters of one kind are counted together."""
        return re.sub(r"\d+", "N", self.reason) or "no reason told"


def letter_of(
    place: Place, written_ms: int, key: bytes | None, value: bytes | None, headers: Mapping[str, bytes]
) -> Letter:
    """Read a record of a dead-letter topic, whatever it is."""
    partition, offset, truncated = (_number(headers.get(name)) for name in ("partition", "offset", "truncated_from"))
    topic = headers.get("topic")
    return Letter(
        place=place,
        written_ms=written_ms,
        key=key,
        value=value or b"",
        reason=headers.get("reason", b"").decode(errors="replace"),
        topic=topic.decode(errors="replace") if topic else None,
        origin=None if partition is None or offset is None else Place(partition, offset),
        truncated_from=truncated,
    )


def _number(value: bytes | None) -> int | None:
    return int(value) if value is not None and len(value) <= 19 and value.isdigit() else None


@dataclass(frozen=True, slots=True)
class Sent:
    """A letter that was sent back: its offset in the dead-letter topic, where it went, and how often it has been."""

    offset: int
    to: Place
    times: int


@dataclass(slots=True)
class Marks:
    """Which letters were sent back.

    Attributes
    ----------
    done
        Their places in the dead-letter topic.
    times
        How often a record was sent back by now, by the place in its own topic where it went the last time: should it be
        buried again, its letter tells that place.
    """

    done: set[Place] = field(default_factory=set)
    times: dict[Place, int] = field(default_factory=dict)

    def read(self, partition: int, header: bytes) -> None:
        """Take in a mark; what is none counts for nothing."""
        for found in _SENT.finditer(header.decode(errors="replace")):
            offset, to_partition, to_offset, times = map(int, found.groups())
            self.add(partition, Sent(offset, Place(to_partition, to_offset), times))

    def add(self, partition: int, sent: Sent) -> None:
        """Note a letter of a partition that was sent back."""
        self.done.add(Place(partition, sent.offset))
        self.times[sent.to] = sent.times


def mark_of(sent: Sequence[Sent]) -> dict[str, bytes]:
    """Headers of the mark that tells of letters of one partition; its value is null."""
    return {RETRIED: " ".join(f"{s.offset}>{s.to.partition}:{s.to.offset}x{s.times}" for s in sent).encode()}


Headers = Mapping[str, str | bytes | None] | Iterable[tuple[str, str | bytes | None]] | None


def headers_of(found: Headers) -> dict[str, bytes]:
    """Headers as a dict; of several of one name the last."""
    return {
        name: value.encode() if isinstance(value, str) else value or b"" for name, value in dict(found or {}).items()
    }
