"""Which samples of a chunk are there."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field


@dataclass(slots=True)
class Spans:
    """Spans of ``[0, size)`` that neither overlap nor touch, in order.

    Kept as pieces come, so that to ask for completeness costs nothing however many pieces a chunk has.
    """

    size: int
    _starts: list[int] = field(default_factory=list)
    _stops: list[int] = field(default_factory=list)

    def add(self, start: int, stop: int) -> None:
        """Take in the part of [start, stop) that lies inside."""
        start, stop = max(start, 0), min(stop, self.size)
        if start >= stop:
            return
        starts, stops = self._starts, self._stops
        first, last = bisect_left(stops, start), bisect_right(starts, stop)  # those that touch it
        if first < last:
            start, stop = min(start, starts[first]), max(stop, stops[last - 1])
        starts[first:last], stops[first:last] = [start], [stop]

    @property
    def whole(self) -> bool:
        """Whether nothing is missing."""
        return bool(self._starts) and self._starts[0] == 0 and self._stops[0] == self.size
