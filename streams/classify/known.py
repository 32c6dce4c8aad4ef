"""Which streams of a partition classify knows: those under way, and those that are over."""

from collections import OrderedDict
from typing import Final, NamedTuple

from schemas.records import ChunkHead
from streams.classify.stream import StreamJudgements
from streams.runtime.acker import Hold

# A tap tells of every stream each two seconds, also in a hold. One of which it has told nothing for so long, by its own
# clock, is over, though its end did not come: its offsets must not be held for ever.
SILENCE_MS: Final = 300_000
# Should its tap tell nothing at all any more, its window ends it; but not a window that begins after so long an outage
# that Kafka has deleted all it knew of it. So a stream is over, too, of which nothing came for twice as long as Kafka
# keeps audio, by the clocks of the partition's other streams.
ABSENCE_MS: Final = 1_200_000
LONGEST_STEP_MS: Final = 2_500  # between two records of a partition: more is an outage, in which nobody could tell

MAX_ENDED: Final = 100_000  # ended streams remembered
MAX_TAPS: Final = 1_000  # runs of taps whose clocks are remembered
MAX_STREAMS: Final = 20_000  # under way in one partition: twice what its window keeps open, for features come later


class _Known(NamedTuple):
    """A stream under way, its tap's run, and the clocks when it was last told of."""

    tap: tuple[str, int]
    tapped_ms: int
    passed_ms: int
    stream: StreamJudgements


class KnownStreams:
    """Streams by id.

    A worker that was stopped for long and is back sends what it had in hand, after the partition's new owner has sent
    the same and more: even chunks of a stream that has ended meanwhile. Of such a chunk nothing follows, so nothing may
    wait for what follows.

    Parameters
    ----------
    most
        Streams under way that are kept; of more the oldest goes of which one chunk came, else the longest untouched.

    Attributes
    ----------
    crowded_out
        Streams that went for others.
    """

    def __init__(self, most: int = MAX_STREAMS) -> None:
        self.crowded_out = 0
        self._most = most
        self._strays: OrderedDict[str, None] = OrderedDict()  # one chunk came, the oldest first
        self._streams: OrderedDict[str, _Known] = OrderedDict()
        self._closed_ms = 0  # when the newest chunk was closed
        self._passed_ms = 0  # time gone by as chunks tell it, outages left out
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._clocks: OrderedDict[tuple[str, int], int] = OrderedDict()

    def __len__(self) -> int:
        return len(self._streams)

    def at(self, head: ChunkHead) -> StreamJudgements | None:
        """The stream that a chunk takes a step further; None if the chunk came again."""
        if head.stream_id in self._ended:
            return None
        tap = (head.facts.tap_id, head.tap_epoch)
        self._clocks[tap] = max(head.tapped_ms, self._clocks.pop(tap, head.tapped_ms))
        if len(self._clocks) > MAX_TAPS:
            self._clocks.popitem(last=False)
        if self._closed_ms:
            self._passed_ms += min(max(head.closed_ms - self._closed_ms, 0), LONGEST_STEP_MS)
        self._closed_ms = max(self._closed_ms, head.closed_ms)
        known = self._streams.pop(head.stream_id, None)
        stream = known.stream if known else StreamJudgements(head.chunk)
        newest_ms = max(head.tapped_ms, known.tapped_ms) if known else head.tapped_ms
        self._streams[head.stream_id] = _Known(tap, newest_ms, self._passed_ms, stream)
        if known is None:
            self._strays[head.stream_id] = None
        elif not stream.is_repeat(head.chunk):
            self._strays.pop(head.stream_id, None)
        return None if known and stream.is_repeat(head.chunk) else stream

    def end(self, stream_id: str) -> None:
        """A stream's last chunk has come."""
        self._forget(stream_id)
        self._ended[stream_id] = None
        if len(self._ended) > MAX_ENDED:
            self._ended.popitem(last=False)

    def silent(self) -> list[Hold]:
        """Forget streams that are over without an end, the longest untouched first, and those too many; their holds."""
        released: list[Hold] = []
        while len(self._streams) > self._most:
            self.crowded_out += 1
            released += self._forget(next(iter(self._strays or self._streams))).let_go(everything=True)
        while self._streams:
            stream_id, known = next(iter(self._streams.items()))
            silent = known.tap not in self._clocks or self._clocks[known.tap] - known.tapped_ms > SILENCE_MS
            if not silent and self._passed_ms - known.passed_ms <= ABSENCE_MS:
                break
            released += self._forget(stream_id).let_go(everything=True)
        return released

    def _forget(self, stream_id: str) -> StreamJudgements:
        self._strays.pop(stream_id, None)
        return self._streams.pop(stream_id).stream
