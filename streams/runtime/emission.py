"""What a core hands to its agent: records to send, and the inputs that are done with once Kafka has them."""

from dataclasses import dataclass, field

from schemas.records import Record
from streams.runtime.acker import Hold


@dataclass(slots=True)
class Emission:
    """A record to send.

    Attributes
    ----------
    topic
        Name without prefix.
    key
        Kafka key.
    record
        What to send; None sends a null (a removal in a compacted topic).
    releases
        Holds released when Kafka has acknowledged it.
    """

    topic: str
    key: str
    record: Record | None
    releases: list[Hold] = field(default_factory=list)

    def release(self) -> None:
        """Let the inputs go: Kafka has the record."""
        for hold in self.releases:
            hold.release()


@dataclass(slots=True)
class DeadLetter:
    """A record, or a part of one, that can't be used, as it came, with the reason."""

    reason: str
    value: bytes
    key: bytes | None = None
