"""The streams that are listened to: which of their chunks are searched, with what was heard of them before."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from streams.replay.evidence import Evidence
from streams.replay.print import Print

MOST_HEARD: Final = 2_000  # streams with evidence, about 100 KB each: 250 new calls a second for eight seconds
MOST_STREAMS: Final = 50_000  # of which it is known how much was searched


@dataclass(slots=True)
class Heard:
    """What was heard of one stream so far.

    Attributes
    ----------
    near, far
        Evidence met in memory and in the store.
    prints
        The chunks that were searched, by number.
    """

    near: Evidence = field(default_factory=Evidence)
    far: Evidence = field(default_factory=Evidence)
    prints: dict[int, Print] = field(default_factory=dict)

    def copy(self) -> "Heard":
        """The same, to go on from."""
        return Heard(self.near.copy(), self.far.copy(), dict(self.prints))


@dataclass(frozen=True, slots=True)
class _Stream:
    last: int = -1
    searched: int = 0


class Listening:
    """Gives the first chunks of a stream that say anything to the search, each with what was heard before.

    All of it is in memory, and bounded: of too many streams those that were silent longest are forgotten. A stream that
    is not known, after a restart for one, begins anew; its chunks are then searched without those before.

    Parameters
    ----------
    chunks
        How many of a stream are searched.
    """

    def __init__(self, chunks: int) -> None:
        self._chunks = chunks
        self._streams: OrderedDict[str, _Stream] = OrderedDict()
        self._heard: OrderedDict[str, Heard] = OrderedDict()
        self._before: dict[str, tuple[_Stream | None, Heard | None]] = {}

    def __len__(self) -> int:
        """How many streams are known."""
        return len(self._streams)

    @property
    def evidences(self) -> int:
        """Of how many streams evidence is kept."""
        return len(self._heard)

    def is_done(self, stream_id: str, chunk: int) -> bool:
        """Whether a chunk need not be looked at: enough was searched before it."""
        stream = self._streams.get(stream_id)
        return stream is not None and chunk > stream.last and stream.searched >= self._chunks

    def take(self, heard: Print) -> Heard | None:
        """What to search a chunk with, the chunk itself included; None when enough of its stream was searched.

        A chunk that comes again, or one from before what was heard, begins its stream anew.
        """
        whose = heard.stream_id
        stream, before = self._streams.get(whose), self._heard.get(whose)
        self._before.setdefault(whose, (stream, before.copy() if before is not None else None))
        if stream is None or heard.chunk <= stream.last:
            stream, before = _Stream(), None
        self._streams[whose] = stream
        self._streams.move_to_end(whose)
        if stream.searched >= self._chunks:
            return None
        self._streams[whose] = _Stream(heard.chunk, stream.searched + 1)
        self._heard[whose] = before = before if before is not None else Heard()
        self._heard.move_to_end(whose)
        before.prints[heard.chunk] = heard
        return before

    def undo(self) -> None:
        """What was taken since the last `settle` or `undo` was not searched, and comes again."""
        for whose, (stream, heard) in self._before.items():
            self.end(whose)
            if stream is not None:
                self._streams[whose] = stream
            if heard is not None:
                self._heard[whose] = heard
        self._before.clear()

    def settle(self) -> None:
        """All that was taken is searched: let go of what is not needed any more."""
        for whose in self._before:
            if self._streams[whose].searched >= self._chunks:
                self._heard.pop(whose, None)
        self._before.clear()
        while len(self._heard) > MOST_HEARD:
            self._heard.popitem(last=False)
        while len(self._streams) > MOST_STREAMS:
            self.end(next(iter(self._streams)))

    def end(self, stream_id: str) -> None:
        """A stream is over; call it when all is settled."""
        self._streams.pop(stream_id, None)
        self._heard.pop(stream_id, None)
