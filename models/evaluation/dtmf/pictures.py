"""The page's pictures: accuracy over the shift of pitch, over K, and what is taken for what."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from models.evaluation.dtmf.material import LABELS
from models.evaluation.dtmf.protocol import NONE, Said
from models.evaluation.dtmf.published import PUBLISHED
from models.evaluation.plots import COLOURS, OURS, THEIRS, figure, plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ACCEPTED: Final = 0.015  # ITU-T Q.24, AT&T: a receiver accepts within and rejects beyond
REJECTED: Final = 0.035
_SEEN: Final = 1.0  # points under the best share that the curves over K show
_EDGES: Final = np.array([-0.13, -0.11, -0.09, -0.07, -0.05, -0.035, -0.015, -0.002, 0.002, 0.015])
EDGES: Final = np.concatenate([_EDGES, -_EDGES[5::-1]])


def draw_shift(shift: NDArray[np.float64], right: Mapping[str, NDArray[np.bool_]], ours: str) -> "Figure":
    """Draw the share right over the shift of pitch, with the ranges in which a receiver accepts and rejects."""
    made = figure(7.5, 4.2)
    axes = made.add_subplot()
    for side in (-1.0, 1.0):
        axes.axvspan(side * 100 * REJECTED, side * 13.0, color="#eeeeee", linewidth=0)
    axes.axvspan(-100 * ACCEPTED, 100 * ACCEPTED, color="#e0f2f1", linewidth=0)
    place = np.digitize(shift, EDGES)
    bins = [b for b in range(1, len(EDGES)) if (place == b).any()]
    centres = [100.0 * float(shift[place == b].mean()) for b in bins]
    others = [name for name in right if name != ours]
    for name, hit in right.items():
        colour, width = (OURS, 2.5) if name == ours else (COLOURS[others.index(name)], 1.3)
        shares = [100.0 * float(hit[place == b].mean()) for b in bins]
        axes.plot(centres, shares, color=colour, linewidth=width, marker="o", markersize=3, label=name)
    axes.set_xlim(-13.0, 13.0)
    axes.set_xlabel("shift of pitch, % (green: a receiver must accept, grey: must reject, by Q.24)")
    axes.set_ylabel("right answers, %")
    plain(axes)
    made.legend(loc="outside upper center", ncols=4, frameon=False, fontsize=8)
    return made


def draw_counts(counts: NDArray[np.int64], curves: Mapping[str, NDArray[np.float64]]) -> "Figure":
    """Draw the share right over K, and where each published model stands."""
    made = figure(7.5, 4.2)
    axes = made.add_subplot()
    for place, (name, curve) in enumerate(curves.items()):
        colour, at = COLOURS[place], PUBLISHED[name].neighbours
        axes.plot(counts, 100.0 * curve, color=colour, linewidth=1.3, label=f"{name}: {PUBLISHED[name].named()}")
        axes.plot([at], [100.0 * float(np.interp(at, counts, curve))], "o", color=colour, markersize=6)
    best = 100.0 * max(float(curve.max()) for curve in curves.values())
    axes.set_ylim(best - _SEEN, best + 0.1 * _SEEN)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:.0f}")
    axes.set_xlabel("K, number of neighbours (dots: as published)")
    axes.set_ylabel("right answers over five folds, %")
    plain(axes)
    made.legend(loc="outside upper center", ncols=2, frameon=False, fontsize=8)
    return made


def draw_confusion(keys: NDArray[np.int64], said: Mapping[str, Said]) -> "Figure":
    """Draw how often each key is taken for each other, a panel for each model; right answers are left out."""
    made = figure(7.5, 4.4)
    panels = made.subplots(1, len(said), squeeze=False)[0]
    wrong = {name: _wrong(keys, one) for name, one in said.items()}
    most = max(1, *(int(table.max()) for table in wrong.values()))
    names = [label.replace("+", " ") for label in LABELS]
    for number, (axes, (name, table)) in enumerate(zip(panels, wrong.items(), strict=True)):
        axes.imshow(table, cmap="Greys", vmin=0, vmax=most)
        for row, column in zip(*np.nonzero(table), strict=True):
            dark = table[row, column] > most / 2
            axes.text(
                column, row, str(table[row, column]), ha="center", va="center", fontsize=5, color="w" if dark else "k"
            )
        for key in range(len(LABELS)):
            axes.text(key, key, "·", ha="center", va="center", fontsize=6, color=THEIRS)
        axes.set_title(f"{name}: {int(table.sum())} of {len(keys):,} wrong", fontsize=9)
        axes.set_xticks(range(len(LABELS)), names, rotation=90, fontsize=5)
        axes.set_yticks(range(len(LABELS)), names if number == 0 else [""] * len(LABELS), fontsize=5)
        axes.set_xlabel("taken for, Hz", fontsize=8)
    panels[0].set_ylabel("is, Hz", fontsize=8)
    return made


def _wrong(keys: NDArray[np.int64], said: Said) -> NDArray[np.int64]:
    table = np.zeros((len(LABELS), len(LABELS)), dtype=np.int64)
    missed = (said != keys) & (said != NONE)
    np.add.at(table, (keys[missed], said[missed]), 1)
    return table
