"""What a role is to its runner: a stage that takes records and says what is to be sent."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from streams.runtime.acker import Slot
from streams.runtime.emission import DeadLetter, Emission


@dataclass(slots=True)
class Received:
    """One record as it came, and the slot that stands for it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp_ms: int
    slot: Slot


@dataclass(slots=True)
class Outcome:
    """What a stage makes of a batch: records to send in order, and records that are broken."""

    emissions: list[Emission] = field(default_factory=list)
    broken: list[tuple[Received, DeadLetter]] = field(default_factory=list)

    def reject(self, received: Received, reason: str) -> None:
        """Send a whole record to its dead-letter topic."""
        self.broken.append((received, DeadLetter(reason, received.value or b"", received.key)))

    def fault(self, received: Received, error: Exception) -> None:
        """Send a record that met a fault of ours to its dead-letter topic: it costs the record, not the process."""
        self.reject(received, f"{type(error).__name__}: {error}")


class Stage(Protocol):
    """What a role does; its cores are synchronous and know nothing of Kafka."""

    batch: int
    """Records taken at once, at most."""
    in_flight: int
    """Batches worked on at a time; more than one only where no state goes from record to record."""
    linger_s: float
    """How long to wait for a batch to fill."""

    @property
    def role(self) -> str:
        """Name of the role."""

    @property
    def sources(self) -> Sequence[str]:
        """Topics it reads, without prefix."""

    def reset(self) -> None:
        """Forget all state: partitions have come or gone."""

    async def start(self) -> None:
        """Compile, connect, load: everything that must be done before the role is ready."""

    async def process(self, batch: list[Received]) -> Outcome:
        """Work on records of any of the sources, each partition's in order."""

    async def stop(self) -> None:
        """Let go of connections."""

    def drops(self) -> dict[str, int]:
        """What was dropped so far, by reason."""
