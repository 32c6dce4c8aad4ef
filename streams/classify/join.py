"""The join of a chunk's spectrum and tones, by the chunk's offset in call.chunks."""

from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Final, Literal

from schemas.records import Features
from streams.acker import Hold

PartKind = Literal["spectrum", "tones"]
PARTNER: Final[dict[PartKind, PartKind]] = {"spectrum": "tones", "tones": "spectrum"}


@dataclass(slots=True)
class Pair:
    """Both parts of one chunk, and the holds of the records they came in."""

    spectrum: Features
    tones: Features
    holds: list[Hold]


class PartJoin:
    """Pairs the parts of one partition.

    Each kind comes in the order of the chunks' offsets (but for repeats, which go back). So a part whose partner kind
    has passed its offset has lost its partner to an earlier owner, which judged the pair: it is let go, not kept.
    """

    def __init__(self) -> None:
        self.let_go = 0
        self._reached: dict[PartKind, int] = {"spectrum": -1, "tones": -1}
        self._waiting: dict[PartKind, dict[int, tuple[Features, Hold]]] = {"spectrum": {}, "tones": {}}
        # offsets of what waits, lowest first; some are paired by the time they come up
        self._offsets: dict[PartKind, list[int]] = {"spectrum": [], "tones": []}

    def __len__(self) -> int:
        return sum(len(waiting) for waiting in self._waiting.values())

    def feed(self, features: Features, hold: Hold) -> Pair | None:
        """Take in a record with a spectrum part, a tones part or both; the pair, once it is whole."""
        offset = features.source_offset
        if features.spectrum is not None and features.tones is not None:
            hold.hold()
            pair: Pair | None = Pair(features, features, [hold])
            self._pass("spectrum", offset)
            self._pass("tones", offset)
            return pair
        kind: PartKind = "spectrum" if features.spectrum is not None else "tones"
        pair = self._match(kind, features, hold)
        self._pass(kind, offset)
        return pair

    def _match(self, kind: PartKind, features: Features, hold: Hold) -> Pair | None:
        offset, partner = features.source_offset, PARTNER[kind]
        found = self._waiting[partner].pop(offset, None)
        if found is not None:
            hold.hold()
            other, other_hold = found
            spectrum, tones = (features, other) if kind == "spectrum" else (other, features)
            return Pair(spectrum, tones, [hold, other_hold])
        if self._reached[partner] >= offset or offset in self._waiting[kind]:
            self.let_go += 1
            return None
        hold.hold()
        self._waiting[kind][offset] = (features, hold)
        heappush(self._offsets[kind], offset)
        return None

    def _pass(self, kind: PartKind, offset: int) -> None:
        """Note that a kind has reached ``offset``: partners that wait below it wait in vain."""
        if offset <= self._reached[kind]:
            return
        self._reached[kind] = offset
        waiting, offsets = self._waiting[PARTNER[kind]], self._offsets[PARTNER[kind]]
        while offsets and offsets[0] <= offset:
            below = heappop(offsets)
            if below < offset and below in waiting:
                _, hold = waiting.pop(below)
                self.let_go += 1
                hold.release()
