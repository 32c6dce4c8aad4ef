"""From frames that hit to stretches of tone, with chunk boundaries that leave no trace in the count.

A chunk is analysed together with its lead-in, the last 1,024 samples before it. A tone that is on at the boundary was
reported by the chunk before exactly when the frames inside those 1,024 samples alone show it steadily enough
(`StretchRules.edge_steady`). Both calls see these frames and apply the same rule to them, hence every tone is new once.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.goertzel import HOP, SAMPLE_RATE

LEAD_IN = 1024  # samples, 128 ms


@dataclass(frozen=True, slots=True)
class Grid:
    """Where frames lie: frame i covers samples [i * HOP, i * HOP + window); the chunk begins at sample `lead_in`."""

    window: int
    lead_in: int
    frames: int

    @property
    def shared(self) -> int:
        """The last frame wholly inside the lead-in, which the call for the chunk before saw too; negative: none."""
        return (self.lead_in - self.window) // HOP if self.lead_in else -1

    @property
    def view(self) -> int:
        """How many frames lie wholly inside a lead-in of full length."""
        return (LEAD_IN - self.window) // HOP + 1


@dataclass(frozen=True, slots=True)
class StretchRules:
    """When frames make a tone: `gap` misses in a row are bridged; `steady` hits in a row are needed at least.

    `edge_steady` takes the place of `steady` and of the least duration for a tone that is on at a chunk's edge.
    """

    gap: int
    steady: int
    edge_steady: int
    min_s: float = 0.0
    max_s: float = np.inf


@dataclass(frozen=True, slots=True)
class Stretch:
    """Frames `first` to `last` of one tone."""

    first: int
    last: int
    continued: bool
    continues: bool


def _longest(hits: NDArray[np.bool_]) -> int:
    """Return the length of the longest row of hits."""
    misses = np.flatnonzero(~hits)
    edges = np.concatenate([[-1], misses, [len(hits)]])
    return int(np.max(np.diff(edges))) - 1


def _runs(hits: NDArray[np.bool_], gap: int) -> list[tuple[int, int]]:
    """Return first and last frame of every run of hits, runs being at least `gap` + 1 misses apart."""
    where = np.flatnonzero(hits)
    if not len(where):
        return []
    cuts = np.flatnonzero(np.diff(where) > gap + 1)
    firsts = where[np.concatenate([[0], cuts + 1])]
    lasts = where[np.concatenate([cuts, [len(where) - 1]])]
    return [(int(a), int(b)) for a, b in zip(firsts, lasts, strict=True)]


def _judge(hits: NDArray[np.bool_], first: int, last: int, grid: Grid, rules: StretchRules) -> Stretch | None:
    """Return the run as a stretch of tone, or None when it is none or belongs to the chunk before alone."""
    shared, end = grid.shared, grid.frames - 1
    if last <= shared:
        return None
    live = end - last <= rules.gap
    before = hits[max(first, shared - grid.view + 1) : shared + 1]
    continued = first <= shared and _longest(before) >= rules.edge_steady
    seconds = ((last - first) * HOP + grid.window) / SAMPLE_RATE
    if live and not continued:
        enough = _longest(hits[max(first, end - grid.view + 1) :]) >= rules.edge_steady
    elif not continued:
        cut_off = first == 0 and not grid.lead_in  # it may have begun before anything was received
        steady = rules.edge_steady if cut_off else rules.steady
        enough = _longest(hits[first : last + 1]) >= steady and (cut_off or seconds >= rules.min_s)
    else:
        enough = True
    if not enough or seconds > rules.max_s:
        return None
    return Stretch(first, last, continued, end - last <= 1)


def stretches(hits: NDArray[np.bool_], grid: Grid, rules: StretchRules) -> list[Stretch]:
    """Return the stretches of tone in `hits` (frames,) that reach into the chunk, in time order."""
    judged = (_judge(hits, first, last, grid, rules) for first, last in _runs(hits, rules.gap))
    return [stretch for stretch in judged if stretch is not None]
