"""Where a role is in its partitions: what it reads and acknowledges next, and what was gone before it came."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

Place = tuple[str, int]
"""Topic, with its prefix, and partition."""


@dataclass(frozen=True, slots=True)
class Ends:
    """First offset that Kafka still has of a partition, and the one that comes next."""

    first: int
    next: int


class Positions:
    """Offsets of one role.

    In a topic that is not compacted, and that nobody writes transactions to, the offsets of records follow one another:
    a gap is records that Kafka deleted before the role read them.

    Parameters
    ----------
    compacted
        Topics where gaps are usual.
    committed
        The group's offset of a place when it came to this process; None where there was none.

    Attributes
    ----------
    missed
        Records that were gone, by topic.
    """

    def __init__(self, compacted: Collection[str], committed: Callable[[Place], int | None]) -> None:
        self.missed: Counter[str] = Counter()
        self._committed = committed
        self._compacted = frozenset(compacted)
        self._first: dict[Place, int] = {}
        self._taken: dict[Place, int] = {}
        self._acknowledged: dict[Place, int] = {}

    def begin(self) -> None:
        """Forget where the role was: partitions have come or gone. What was missed stays counted."""
        self._first.clear()
        self._taken.clear()
        self._acknowledged.clear()

    def knows(self, topic: str, partition: int, offset: int) -> bool:
        """Whether a record was read already since partitions last came or went.

        A consumer that goes back late may bring it again; what was made of it would count it twice.
        """
        place = (topic, partition)
        first = self._first.get(place)
        return first is not None and first <= offset < self._taken[place]

    def take(self, topic: str, partition: int, offset: int) -> int:
        """Note a record that was read; how many went missing just before it."""
        place = (topic, partition)
        expected = self._taken.get(place)
        if expected is None:
            expected = self._committed(place)
        self._first.setdefault(place, offset)
        self._taken[place] = offset + 1
        if place not in self._acknowledged:
            self._acknowledged[place] = offset
        if expected is None or offset <= expected or topic in self._compacted:
            return 0
        self.missed[topic] += offset - expected
        return offset - expected

    def acknowledge(self, topic: str, partition: int, offset: int) -> None:
        """Note that a record is done with."""
        self._acknowledged[topic, partition] = offset + 1

    def lag(self, ends: Mapping[Place, Ends]) -> Counter[str]:
        """Records of these places that are not acknowledged yet, by topic."""
        return self._behind(self._acknowledged, ends)

    def unread(self, ends: Mapping[Place, Ends]) -> int:
        """Records of these places that were not read yet."""
        return self._behind(self._taken, ends).total()

    def _behind(self, at: Mapping[Place, int], ends: Mapping[Place, Ends]) -> Counter[str]:
        behind: Counter[str] = Counter()
        for place, end in ends.items():
            begin = at.get(place)
            if begin is None:
                begin = self._committed(place) or 0
            behind[place[0]] += max(0, end.next - max(begin, end.first))
        return behind
