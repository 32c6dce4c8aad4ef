"""Pictures of the page: recall over noise, what is taken for what, false tones an hour."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from bench.progress.conditions import NOISES
from bench.progress.mistaken import rate
from bench.progress.results import CHUNKS, OURS, SPANDSP, Report
from bench.progress.signals import SUPERVISORY, SYMBOLS
from bench.progress.tally import UNNAMED, Cell, Share, share
from models.evaluation.plots import COLOURS, THEIRS, figure, plain
from models.evaluation.plots import OURS as OUR_COLOUR

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLUMNS: Final = 4
_FEWEST: Final = 20  # trials of a point that is drawn


def over_noise(report: Report) -> "Figure":
    """Share named right over signal-to-noise, a panel for each symbol."""
    drawn = figure(7.5, 8.0)
    rows = -(-len(SYMBOLS) // _COLUMNS)
    panels = drawn.subplots(rows, _COLUMNS, sharex=True, sharey=True)
    ways = ((OURS, OUR_COLOUR, "-"), (SPANDSP, THEIRS, "-"))
    for axes, symbol in zip(panels.flat, SYMBOLS, strict=False):
        for way, colour, style in ways:
            found = [_of(report, symbol, condition.name, way) for condition in NOISES]
            shown = [(place, one) for place, one in enumerate(found) if one.trials >= _FEWEST]
            if shown:
                places = [place for place, _ in shown]
                axes.plot(places, [100 * one.value for _, one in shown], style, color=colour, label=way, marker=".")
                bounds = np.array([one.interval for _, one in shown]).T * 100
                axes.fill_between(places, bounds[0], bounds[1], color=colour, alpha=0.2, linewidth=0)
        axes.set_title(symbol, fontsize=9)
        axes.set_ylim(-3, 103)
        axes.set_xticks(range(len(NOISES)), [one.name.removesuffix(" dB") for one in NOISES], fontsize=8)
        plain(axes)
    empty = rows * _COLUMNS - len(SYMBOLS)
    for axes in list(panels.flat)[len(SYMBOLS) :]:
        axes.set_visible(False)
    for axes in panels[-2, _COLUMNS - empty :]:  # nothing stands below that could bear the labels
        axes.tick_params(labelbottom=True)
    drawn.supxlabel("signal-to-noise, dB", fontsize=9)
    drawn.supylabel("named right, %", fontsize=9)
    labels = dict(zip(*reversed(panels.flat[0].get_legend_handles_labels()), strict=True))
    if labels:
        drawn.legend(labels.values(), labels, loc="lower right", frameon=False, fontsize=9)
    return drawn


def confusions(cells: Sequence[Cell], way: str) -> "Figure":
    """How often each name was heard where each signal was sent, all conditions together."""
    names = [*SYMBOLS, UNNAMED]
    table = np.zeros((len(SYMBOLS), len(names)))
    for row, symbol in enumerate(SYMBOLS):
        own = [cell for cell in cells if cell.symbol == symbol and cell.way == way]
        trials = sum(cell.trials for cell in own)
        for column, name in enumerate(names):
            table[row, column] = sum(cell.names.get(name, 0) for cell in own) / max(trials, 1)
    drawn = figure(7.5, 5.5)
    axes = drawn.add_subplot()
    axes.imshow(np.sqrt(table), cmap="GnBu", vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right", fontsize=8)
    axes.set_yticks(range(len(SYMBOLS)), SYMBOLS, fontsize=8)
    axes.set_xlabel("heard")
    axes.set_ylabel("sent")
    for row, column in zip(*np.nonzero(table >= 0.0005), strict=True):
        value = table[row, column]
        colour = "white" if value > 0.5 else "black"
        axes.text(column, row, f"{100 * value:.3g}", ha="center", va="center", fontsize=7, color=colour)
    return drawn


def false_per_hour(report: Report, ways: Sequence[str]) -> "Figure":
    """False supervisory tones an hour with their intervals, by kind of recording and who listened."""
    drawn = figure(7.5, 3.6)
    axes = drawn.add_subplot()
    kinds = sorted({one.kind for one in report.mistaken.listened}, reverse=True)
    colours = {OURS: OUR_COLOUR, CHUNKS: COLOURS[2]}
    for place, way in enumerate(ways):
        found = [rate(report.mistaken.listened, kind, way, SUPERVISORY) for kind in kinds]
        at = np.arange(len(kinds)) + (place - (len(ways) - 1) / 2) * 0.8 / len(ways)
        values = np.array([one.value for one in found])
        bounds = np.array([one.interval for one in found])
        reach = np.stack([values - bounds[:, 0], bounds[:, 1] - values])
        colour = colours.get(way, THEIRS if place % 2 == 0 else "#cfd8dc")
        axes.bar(at, values, 0.8 / len(ways), yerr=reach, color=colour, ecolor="#424242", capsize=3, label=way)
    axes.set_xticks(range(len(kinds)), kinds)
    axes.set_yscale("symlog", linthresh=0.1)
    axes.set_ylabel("an hour")
    plain(axes)
    drawn.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=8)
    return drawn


def _of(report: Report, symbol: str, condition: str, way: str) -> Share:
    return share(report.cells, lambda cell: (cell.symbol, cell.condition, cell.way) == (symbol, condition, way))
