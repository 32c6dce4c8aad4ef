"""The taps of one partition: their clocks, their streams, and which of these have gone silent."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

TAP_SILENCE_MS: Final = 10_000  # of a tap, by the timestamps of another tap's records on the same partition
STREAM_SILENCE_MS: Final = 10_000  # of a stream, by its own tap's clock: the tap promises a segment every 2.5 s
LONGEST_STEP_MS: Final = 1_000  # between two records of a tap: more is a gap in what was kept, not time gone by
MAX_TAPS: Final = 64  # heard on one partition


@dataclass(slots=True)
class Tap:
    """One tap as a partition hears it.

    Attributes
    ----------
    epoch, clock_ms
        Start of its present run, and its capture clock.
    heard_ms
        How long it has been heard: its clock's steps from record to record, each counted as 1 to 1,000 ms. So neither a
        gap in the log ages a stream that the tap may still be sending, nor does a clock that stands still keep one for
        ever. Differences of it are the same for every owner that has read the records between.
    written_ms
        When its newest record was written.
    lost
        Whether it was declared lost and not heard since.
    others
        When other taps were first heard since this one was.
    streams
        Its open streams, and ``heard_ms`` when each was last fed; the longest ago first.
    strays
        Those of them that had audio in one record at most, the oldest first: they go when room is short.
    """

    epoch: int
    clock_ms: int
    heard_ms: int = 0
    written_ms: int = 0
    lost: bool = False
    others: dict[str, int] = field(default_factory=dict)
    streams: OrderedDict[str, int] = field(default_factory=OrderedDict)
    strays: OrderedDict[str, None] = field(default_factory=OrderedDict)

    def hear(self, clock_ms: int, written_ms: int) -> None:
        """Take in the clock of its next record."""
        self.heard_ms += min(max(clock_ms - self.clock_ms, 1), LONGEST_STEP_MS)
        self.clock_ms = max(self.clock_ms, clock_ms)
        self.written_ms = written_ms
        self.lost = False
        self.others.clear()

    def restart(self, epoch: int, clock_ms: int) -> None:
        """Go on with a new run, whose clock may be another one."""
        self.epoch, self.clock_ms = epoch, clock_ms

    def feed(self, stream: str) -> None:
        """Note that a stream was fed by the newest record."""
        self.streams[stream] = self.heard_ms
        self.streams.move_to_end(stream)

    def forget(self, stream: str) -> None:
        """Note that a stream has ended."""
        self.streams.pop(stream, None)
        self.strays.pop(stream, None)

    def silent(self) -> Iterator[str]:
        """Streams that were not fed for too long while the tap went on."""
        for stream, fed_ms in list(self.streams.items()):
            if self.heard_ms - fed_ms < STREAM_SILENCE_MS:
                return
            yield stream


class Taps:
    """All taps of a partition, by name; those heard longest ago first."""

    def __init__(self, most: int = MAX_TAPS) -> None:
        self._most = most
        self._taps: OrderedDict[str, Tap] = OrderedDict()

    def __len__(self) -> int:
        return len(self._taps)

    def __getitem__(self, tap_id: str) -> Tap:
        return self._taps[tap_id]

    def get(self, tap_id: str) -> Tap | None:
        """A tap that was heard before."""
        tap = self._taps.get(tap_id)
        if tap is not None:
            self._taps.move_to_end(tap_id)
        return tap

    def add(self, tap_id: str, tap: Tap) -> None:
        """Take in a tap that is heard for the first time."""
        self._taps[tap_id] = tap

    def remove(self, tap_id: str) -> None:
        """Forget a tap, whose streams have ended."""
        del self._taps[tap_id]
        for tap in self._taps.values():
            tap.others.pop(tap_id, None)

    def in_the_way(self, now_ms: int) -> str | None:
        """Which tap to forget for a new one; None while there is room.

        One without streams, else one that has been silent for long; of several the one heard longest ago.

        Raises
        ------
        LookupError
            If all have streams and were heard lately.
        """
        if len(self._taps) < self._most:
            return None
        for tap_id, tap in self._taps.items():
            if not tap.streams:
                return tap_id
        for tap_id, tap in self._taps.items():
            if now_ms - tap.written_ms >= TAP_SILENCE_MS:
                return tap_id
        raise LookupError(f"{self._most} taps are heard on this partition already")

    def lost(self, heard_id: str, now_ms: int) -> Iterator[tuple[str, Tap]]:
        """Taps that have been silent while the one heard now went on; each is told once."""
        for tap_id, tap in self._taps.items():
            if tap_id == heard_id or tap.lost:
                continue
            if now_ms - tap.others.setdefault(heard_id, now_ms) >= TAP_SILENCE_MS:
                tap.lost = True
                yield tap_id, tap

    def most_strays(self) -> Tap | None:
        """The tap with the most strays; None where there are none."""
        tap = max(self._taps.values(), key=lambda each: len(each.strays), default=None)
        return tap if tap is not None and tap.strays else None
