"""The join of a chunk's spectrum and tones, by the chunk's offset in call.chunks."""

import sys
from collections import deque
from dataclasses import dataclass, field
from typing import Final, Literal

import msgspec

from schemas.records import Features, SpectrumPart, TonesPart
from streams.acker import Hold

PartKind = Literal["spectrum", "tones"]
PARTNER: Final[dict[PartKind, PartKind]] = {"spectrum": "tones", "tones": "spectrum"}
LOST: Final = "part_lost"  # error of a part that never came


@dataclass(slots=True)
class Pair:
    """Both parts of one chunk, and the holds of the records they came in."""

    spectrum: Features
    tones: Features
    holds: list[Hold]


@dataclass(slots=True)
class _Kind:
    first: int = sys.maxsize  # lowest offset taken
    reached: int = -1  # highest offset taken
    waiting: deque[tuple[Features, Hold]] = field(default_factory=deque)  # for their partners, in order of offset


class PartJoin:
    """Pairs the parts of one partition.

    Each kind comes in the order of the chunks' offsets, but for repeats, which go back and are let go. So this owner
    takes every part of a kind from the first it sees. A part whose partner kind has passed its offset without a partner
    has lost it: to an earlier owner, which judged the pair, if it lies before the first of the partner kind; else for
    good, and the pair is made with an error in its place.
    """

    def __init__(self) -> None:
        self.let_go = 0
        self.lost = 0
        self._kinds: dict[PartKind, _Kind] = {"spectrum": _Kind(), "tones": _Kind()}

    def __len__(self) -> int:
        return sum(len(kind.waiting) for kind in self._kinds.values())

    def feed(self, features: Features, hold: Hold) -> list[Pair]:
        """Take in a record with a spectrum part, a tones part or both; the pairs that it settles, in order."""
        pairs: list[Pair] = []
        if features.spectrum is not None:
            pairs += self._take("spectrum", features, hold)
        if features.tones is not None:
            pairs += self._take("tones", features, hold)
        return pairs

    def _take(self, name: PartKind, features: Features, hold: Hold) -> list[Pair]:
        kind, partner, offset = self._kinds[name], self._kinds[PARTNER[name]], features.source_offset
        if offset <= kind.reached:
            self.let_go += 1
            return []
        kind.reached = offset
        kind.first = min(kind.first, offset)
        pairs: list[Pair] = []
        while partner.waiting and partner.waiting[0][0].source_offset < offset:
            pairs += self._alone(PARTNER[name], *partner.waiting.popleft())
        hold.hold()
        if partner.waiting and partner.waiting[0][0].source_offset == offset:
            other, other_hold = partner.waiting.popleft()
            spectrum, tones = (features, other) if name == "spectrum" else (other, features)
            pairs.append(Pair(spectrum, tones, [hold, other_hold]))
        elif partner.reached >= offset:
            pairs += self._alone(name, features, hold)
        else:
            kind.waiting.append((features, hold))
        return pairs

    def _alone(self, name: PartKind, features: Features, hold: Hold) -> list[Pair]:
        """A part whose partner will not come."""
        if features.source_offset < self._kinds[PARTNER[name]].first:
            self.let_go += 1
            hold.release()
            return []
        self.lost += 1
        if name == "spectrum":
            return [Pair(features, msgspec.structs.replace(features, tones=TonesPart(error=LOST)), [hold])]
        return [Pair(msgspec.structs.replace(features, spectrum=SpectrumPart(error=LOST)), features, [hold])]
