"""Low-watermark acknowledgement: a partition's offsets are acknowledged in order, each when it is done with."""

from collections import deque
from collections.abc import Callable
from typing import Protocol


class Hold(Protocol):
    """A record that is not done with until every hold on it is released."""

    def hold(self) -> None:
        """Hold the record once more."""

    def release(self) -> None:
        """Release one hold."""


class Slot:
    """One record of a partition; born with one hold, for the code that is still reading it."""

    __slots__ = ("_acker", "_holds", "acknowledge")

    def __init__(self, acker: "PartitionAcker", acknowledge: Callable[[], object]) -> None:
        self._acker = acker
        self._holds = 1
        self.acknowledge = acknowledge

    @property
    def stale(self) -> bool:
        """Whether the partition has another owner by now, which reads the record again."""
        return self._acker.closed

    @property
    def done(self) -> bool:
        """Whether nothing holds the record any more."""
        return self._holds == 0

    def hold(self) -> None:
        """Hold the record once more.

        Raises
        ------
        RuntimeError
            If it was done with already: it may be acknowledged by now.
        """
        if self._holds == 0:
            raise RuntimeError("a record that is done with can't be held again")
        self._holds += 1

    def release(self) -> None:
        """Release one hold; with the last one the partition's watermark moves.

        Raises
        ------
        RuntimeError
            If nothing held it.
        """
        if self._holds == 0:
            raise RuntimeError("a record was released more often than it was held")
        self._holds -= 1
        if self._holds == 0:
            self._acker.advance()


class PartitionAcker:
    """The records of one partition in offset order, from the lowest that is not done with."""

    __slots__ = ("_pending", "closed")

    def __init__(self) -> None:
        self._pending: deque[Slot] = deque()
        self.closed = False

    def __len__(self) -> int:
        return len(self._pending)

    def add(self, acknowledge: Callable[[], object]) -> Slot:
        """Take in the next record; ``acknowledge`` is called once it and all before it are done with."""
        slot = Slot(self, acknowledge)
        self._pending.append(slot)
        return slot

    def advance(self) -> None:
        """Acknowledge from the head as far as records are done with."""
        while self._pending and self._pending[0].done and not self.closed:
            self._pending.popleft().acknowledge()

    def close(self) -> None:
        """Acknowledge nothing any more: the partition has another owner now."""
        self.closed = True
        self._pending.clear()
