"""From frames to runs: stretches of one steady tone, whatever it may mean."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.tones.frames import (
    HIGH,
    HOP,
    KEPT,
    KEYED,
    KIND,
    LOST,
    LOW,
    MISSING,
    NOTHING,
    POWER,
    STEADY,
    STEADY_FRAMES,
    TOTAL,
    WINDOW,
)

_ENERGY = np.cumsum(np.sin(np.pi * (np.arange(WINDOW) + 0.5) / WINDOW) ** 4)
_FULL: Final = _ENERGY[WINDOW // 2 - 1 :: 16] / _ENERGY[-1]  # share of its energy in the first so many samples
_BEYOND: Final = np.arange(len(_FULL)) * 16 / HOP  # of a window, from its middle on, in frames

GAP: Final = 6  # frames without the tone that are bridged: 96 ms; the shortest pause of a cadence costs ten
_LONGEST_LOSS: Final = 40  # frames in a row with samples lost that are bridged: 0.64 s
_KEPT_FIGURES: Final = 256  # frames of a run whose figures are kept: 4 s
_TOO_LITTLE: Final = 0.3  # of a window's samples: nothing can be said
_QUIETER: Final = 6.0  # 8 dB: what came of a window holds no tone
_NEAR_HZ: Final = 9.0
_DEEPEST: Final = 16.0  # 12 dB below its mean a tone is over; Japan's modulated ring-back goes nearly as far
_PARTLY_HZ: Final = 40.0  # how far off a window that is filled in part may show it
_FARTHEST: Final = 8  # frames before a run is known in which its start is looked for
_WEAK_FRAMES: Final = 2  # at either end of a run: windows less than half full
_TOUCHES: Final = (WINDOW + HOP // 2) // HOP  # frames back to the last whose window holds nothing of the tone


@dataclass(slots=True)
class Run:
    """One stretch of a tone: the frame at which it was known, its last, and its frames' figures.

    ``start`` and ``end`` are samples, where the amplitude passes half of what it is (``end`` None: still on,
    ``reached`` when hearing ended); ``cut``: it was on when the stream began; ``before`` and ``after`` the mean squares
    just outside, None where nothing was heard there.
    """

    kind: int
    known: int
    last: int
    low: float
    high: float
    power: float
    start: float = 0.0
    cut: bool = False
    end: float | None = None
    reached: float | None = None
    before: float | None = None
    after: float | None = None
    figures: list[tuple[float, float, float, float]] = field(default_factory=list)  # low, high, power, total

    def end_or(self, heard: float) -> float:
        """Return where it ended, or how far it had come when hearing ended, or else `heard`."""
        return next((end for end in (self.end, self.reached) if end is not None), heard)

    def takes(self, row: NDArray[np.float64]) -> bool:
        """Tell whether a frame is this tone."""
        return bool(self.sounds_like(row) and row[POWER] * _DEEPEST >= self.power)

    def sounds_like(self, row: NDArray[np.float64]) -> bool:
        """Tell whether a frame has this tone's frequencies, however faint."""
        apart = max(abs(row[LOW] - self.low), abs(row[HIGH] - self.high))
        return bool(row[KIND] == self.kind and (self.kind == KEYED or apart <= _NEAR_HZ))

    def may_hide_in(self, row: NDArray[np.float64]) -> bool:
        """Tell whether a frame lacks so many samples that the tone may be on: what came of it isn't quieter."""
        came = 1.0 - row[MISSING]
        return bool(row[KIND] == LOST and (came < _TOO_LITTLE or row[TOTAL] * _QUIETER >= self.power * came))

    def level(self) -> float:
        """Return the power of the tone while it fills a window."""
        powers = sorted(power for _, _, power, _ in self.figures)
        return powers[len(powers) * 3 // 4]

    def add(self, frame: int, row: NDArray[np.float64]) -> None:
        """Take a frame."""
        self.last = frame
        if len(self.figures) < _KEPT_FIGURES:
            self.figures.append((float(row[LOW]), float(row[HIGH]), float(row[POWER]), float(row[TOTAL])))
            share = 1.0 / len(self.figures)
            self.power += (float(row[POWER]) - self.power) * share


class Tracker:
    """Follows one run at a time through the frames of a stream.

    ``run`` is the one that is on, if any; its ``start`` and ``before`` are known.
    """

    def __init__(self) -> None:
        self.run: Run | None = None
        self._misses = 0
        self._lost = 0

    def follow(self, table: NDArray[np.float64], first: int, frames: int, ended: Callable[[Run], None]) -> None:
        """Take a group's first `frames` frames, row `KEPT` of the table being frame number `first` of the stream.

        `ended` is called with each run that is over, in order.
        """
        at = KEPT
        steady = table[:, STEADY] > 0
        while at < KEPT + frames:
            if self.run is None:
                ahead = int(np.argmax(steady[at : KEPT + frames]))
                if not steady[at + ahead]:
                    return
                at += ahead
                self._begin(table, at, first)
            else:
                self._go_on(table, at, first, bool(steady[at]), ended)
            at += 1

    def _begin(self, table: NDArray[np.float64], at: int, first: int) -> None:
        rows = [i for i in range(at - STEADY_FRAMES + 1, at + 1) if table[i, KIND] not in (NOTHING, LOST)]
        low, high, power = (float(np.mean(table[rows, column])) for column in (LOW, HIGH, POWER))
        offset = first - KEPT
        run = Run(int(table[at, KIND]), at + offset, at + offset, low, high, power)
        for i in rows:
            run.add(i + offset, table[i])
        least = max(-offset, rows[0] - _FARTHEST, 0)
        place = _edge(run, table, rows[0], -1, least)
        run.cut = place <= -offset  # the row of the stream's first frame
        run.start = max((place + offset) * HOP + WINDOW / 2, 0.0)
        beyond = int(np.floor(place)) - _TOUCHES
        run.before = float(table[beyond, TOTAL]) if beyond >= max(-offset, 0) else None
        self.run, self._misses, self._lost = run, 0, 0

    def _go_on(
        self, table: NDArray[np.float64], at: int, first: int, steady: bool, ended: Callable[[Run], None]
    ) -> None:
        run = self.run
        if run is None:
            return
        if run.takes(table[at]):
            run.add(at + first - KEPT, table[at])
            self._misses = self._lost = 0
            return
        if run.may_hide_in(table[at]) and self._lost < _LONGEST_LOSS:
            self._lost += 1
            return
        self._misses += 1
        steady = steady and not run.sounds_like(table[at])  # another tone follows
        if steady or self._misses > GAP:
            self._end(run, table, first - KEPT, at)
            ended(run)
            if steady:
                self._begin(table, at, first)

    def close(self, table: NDArray[np.float64], first: int, frames: int, ended: Callable[[Run], None]) -> None:
        """End the stream after a group of `frames` frames from `first` on: `ended` is called with what is on."""
        run, at = self.run, KEPT + frames - 1
        if run is None:
            return
        place = _edge(run, table, max(run.last - first + KEPT, 0), 1, at)
        if place < at:
            self._end(run, table, first - KEPT, at)
        else:
            run.reached = (place + first - KEPT) * HOP + WINDOW / 2
        self.run = None
        ended(run)

    def _end(self, run: Run, table: NDArray[np.float64], offset: int, at: int) -> None:
        self.run = None
        if run.last < offset:  # samples were lost for longer than the table remembers
            run.end = run.last * HOP + WINDOW / 2
            return
        place = _edge(run, table, run.last - offset, 1, at)
        run.end = (place + offset) * HOP + WINDOW / 2
        beyond = int(np.ceil(place)) + _TOUCHES
        run.after = float(table[beyond, TOTAL]) if beyond <= at else None


def _edge(run: Run, table: NDArray[np.float64], at: int, way: int, limit: int) -> float:
    """Return the place in the table where the power passes half of the run's, going out from row `at` to `limit`.

    A window holds half of the energy where the tone's edge lies in its middle. Where the power at the limit is still
    above half, the place lies beyond it, by as much as that window is full.
    """
    full = run.level()
    wanted = 0.5 * full
    inner = [at - way * i for i in range(_WEAK_FRAMES + 1) if 0 <= at - way * i < len(table)]
    here = next((i for i in inner if _power(run, table[i]) >= wanted), at)  # a weak window is the edge's own
    power = _power(run, table[here])
    while here != limit:
        unheard = table[here + way, MISSING] > 1.0 - _TOO_LITTLE
        following = power if unheard else _power(run, table[here + way])
        if following < wanted:
            share = (power - wanted) / max(power - following, 1e-9)
            return here + way * min(max(share, 0.0), 1.0)
        power, here = following, here + way
    return here + way * float(np.interp(power / full, _FULL, _BEYOND))


def _power(run: Run, row: NDArray[np.float64]) -> float:
    """Return the power of the run's tone in a frame that it may fill in part."""
    apart = min(abs(row[LOW] - run.low), abs(row[LOW] - run.high), abs(row[HIGH] - run.low))
    power = float(row[POWER]) if run.kind == KEYED or apart < _PARTLY_HZ else 0.0
    return power / max(1.0 - float(row[MISSING]), _TOO_LITTLE)
