"""The join of a chunk's spectrum and tones, by the chunk's offset in call.chunks."""

import sys
from collections import deque
from dataclasses import dataclass, field
from typing import Final, Literal

import msgspec

from schemas.records import Features, SpectrumPart, TonesPart
from streams.runtime.acker import Hold

PartKind = Literal["spectrum", "tones"]
PARTNER: Final[dict[PartKind, PartKind]] = {"spectrum": "tones", "tones": "spectrum"}
LOST: Final = "part_lost"  # error of a part that never came
# Parts that may wait in one partition while the role that makes their partners is away. A part and its record take 5 to
# 10 kB, so this is 200 MB at most; with 100 calls on a partition it is 400 s, and call.chunks keeps for 600 s what that
# role could still read.
MAX_WAITING: Final = 20_000


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
    given_up: int = -1  # highest offset whose partner was judged without waiting longer for this kind
    waiting: deque[tuple[Features, Hold]] = field(default_factory=deque)  # for their partners, in order of offset


class PartJoin:
    """Pairs the parts of one partition.

    Each kind comes in the order of the chunks' offsets, but for repeats, which go back and are let go. So this owner
    takes every part of a kind from the first it sees. A part whose partner kind has passed its offset without a partner
    has lost it: to an earlier owner, which judged the pair, if it lies before the first of the partner kind; else for
    good, and the pair is made with an error in its place. That is done too with the oldest of more parts than may wait,
    so that memory is bounded and offsets move when a role is away for long.

    Parameters
    ----------
    most
        Parts that may wait.
    """

    def __init__(self, most: int = MAX_WAITING) -> None:
        self.let_go = 0
        self.lost = 0
        self._most = most
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
        if offset <= kind.given_up:
            self.let_go += 1
            return pairs
        hold.hold()
        if partner.waiting and partner.waiting[0][0].source_offset == offset:
            other, other_hold = partner.waiting.popleft()
            spectrum, tones = (features, other) if name == "spectrum" else (other, features)
            pairs.append(Pair(spectrum, tones, [hold, other_hold]))
        elif partner.reached >= offset:
            pairs += self._alone(name, features, hold)
        else:
            kind.waiting.append((features, hold))
            if len(kind.waiting) > self._most:
                oldest, oldest_hold = kind.waiting.popleft()
                partner.given_up = oldest.source_offset
                pairs.append(self._without_partner(name, oldest, oldest_hold))
        return pairs

    def _alone(self, name: PartKind, features: Features, hold: Hold) -> list[Pair]:
        """A part whose partner will not come."""
        if features.source_offset < self._kinds[PARTNER[name]].first:
            self.let_go += 1
            hold.release()
            return []
        return [self._without_partner(name, features, hold)]

    def _without_partner(self, name: PartKind, features: Features, hold: Hold) -> Pair:
        self.lost += 1
        if name == "spectrum":
            return Pair(features, msgspec.structs.replace(features, tones=TonesPart(error=LOST)), [hold])
        return Pair(msgspec.structs.replace(features, spectrum=SpectrumPart(error=LOST)), features, [hold])
