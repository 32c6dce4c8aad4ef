"""Pictures of the page about replays."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from models.evaluation.plots import COLOURS, OURS, THEIRS, figure, plain
from models.evaluation.replay.measures import RATE
from models.evaluation.replay.survival import LEVELS_DB, NOISES, PICKINGS, Survival

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Values = NDArray[np.float64]

CLAIMED: Final = 0.4  # of the peaks stay at 10 dB, says the paper
_FEWEST: Final = 1e-3


def draw_distances(groups: Mapping[str, Values], threshold: float) -> "Figure":
    """How often which distance is found, a line a group, and the threshold."""
    made = figure(7.5, 3.6)
    axes = made.add_subplot()
    edges = np.histogram_bin_edges(np.concatenate(list(groups.values())), 60).tolist()
    for colour, (name, values) in zip((OURS, THEIRS, *COLOURS), groups.items(), strict=False):
        axes.hist(values, edges, density=True, histtype="step", color=colour, label=name, linewidth=1.5)
    axes.axvline(threshold, color="#424242", linestyle=":", linewidth=1)
    axes.set_xlabel("distance to a codebook (dotted: the threshold for one false find in a thousand queries)")
    axes.set_ylabel("density")
    plain(axes)
    made.legend(frameon=False, fontsize=8, loc="outside upper center", ncols=2)
    return made


def draw_curves(curves: Mapping[str, tuple[Values, Values]], marked: Sequence[str]) -> "Figure":
    """Recall over false positives per query; the marked ones thick."""
    made = figure(7.5, 4.5)
    axes = made.add_subplot()
    for place, (name, (rates, recalls)) in enumerate(curves.items()):
        colour = OURS if name == marked[0] else COLOURS[place % len(COLOURS)]
        width, style = (2.4, "-") if name in marked else (1.2, "--")
        axes.step(rates, recalls, style, color=colour, label=name, linewidth=width, where="post")
    axes.axvline(RATE, color="#424242", linestyle=":", linewidth=1)
    axes.set_xscale("log")
    axes.set_xlim(_FEWEST / 2, 1)
    axes.set_ylim(0, 1)
    axes.set_xlabel("queries about calls that aren't enrolled which seem found (dotted: one in a thousand)")
    axes.set_ylabel("replays found, of all")
    plain(axes)
    made.legend(frameon=False, fontsize=8, loc="outside lower center", ncols=2)
    return made


def draw_modifications(names: Sequence[str], kinds: Sequence[str], shares: Mapping[str, Values]) -> "Figure":
    """Nearest of all calls, a row a modification and a column a way: black none, white all."""
    made = figure(7.5, 0.5 + 0.19 * len(names))
    axes = made.add_subplot()
    axes.imshow(np.stack(list(shares.values()), axis=1), cmap="BuGn", vmin=0, vmax=1, aspect="auto")
    for column, share in enumerate(shares.values()):
        for row, value in enumerate(share):
            colour = "white" if value > 0.6 else "black"
            axes.text(column, row, f"{100 * value:.0f}", ha="center", va="center", fontsize=7, color=colour)
    axes.set_xticks(range(len(shares)), [name.replace(", ", ",\n") for name in shares], fontsize=8)
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(names)), names, fontsize=7)
    for row in range(1, len(kinds)):
        if kinds[row] != kinds[row - 1]:
            axes.axhline(row - 0.5, color="white", linewidth=2)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return made


def draw_survival(found: Survival) -> "Figure":
    """Share of peaks that stay over the level of each noise; dotted: at the same places of another call."""
    made = figure(7.5, 3.8)
    left, right = made.subplots(1, 2, sharey=True)
    for axes, picking in zip((left, right), PICKINGS, strict=True):
        for colour, noise in zip(COLOURS, NOISES, strict=False):
            stay, chance = found.stay[picking, noise], found.chance[picking, noise]
            axes.plot(LEVELS_DB, stay.mean(axis=1), color=colour, marker="o", markersize=3, label=noise)
            axes.plot(LEVELS_DB, chance.mean(axis=1), ":", color=colour, linewidth=1)
        axes.plot([10], [CLAIMED], "k+", markersize=10, label="the paper: at least")
        axes.set_title(f"highest {picking}", fontsize=9)
        axes.set_xlabel("call over noise, dB")
        axes.set_ylim(0, 1)
        plain(axes)
    left.set_ylabel("peaks that stay")
    handles, labels = left.get_legend_handles_labels()
    made.legend(handles, labels, frameon=False, fontsize=8, loc="outside lower center", ncols=6)
    return made
