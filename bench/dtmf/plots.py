"""Pictures of a report on digits, in the house's style."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from bench.dtmf.results import Cell, Report
from bench.dtmf.summary import receivers
from bench.dtmf.targets import talk_off, talk_off_interval
from bench.heard.roster import OURS
from models.evaluation.intervals import binomial_interval
from models.evaluation.plots import COLOURS, figure, plain
from models.evaluation.plots import OURS as GREEN

if TYPE_CHECKING:  # matplotlib comes with an extra and takes a while
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLED: Final = 1  # series: of one alone the name says nothing


def colour(names: Sequence[str], name: str) -> str:
    """Colour of a receiver: ours is the house's, whoever else takes part."""
    others = [each for each in names if each != OURS]
    return GREEN if name == OURS else COLOURS[others.index(name) % len(COLOURS)]


def curves(report: Report, cells: Sequence[Cell], x: str) -> "Figure":
    """Draw the share accepted over what a clause varies, one panel a series, with the intervals as bands."""
    series = list(dict.fromkeys(cell.series for cell in cells))
    names = list(dict.fromkeys([*receivers(report), *(name for cell in cells for name in cell.hits)]))
    made = figure(height=3.6)
    panels = made.subplots(1, len(series), sharey=True, squeeze=False)[0]
    for axes, one in zip(panels, series, strict=True):
        own = sorted((cell for cell in cells if cell.series == one), key=lambda cell: cell.x)
        for name in names:
            _curve(axes, [cell for cell in own if name in cell.hits], name, colour(names, name))
        axes.set_xlabel(x)
        if len(series) > TITLED:
            axes.set_title(one, fontsize=10)
        plain(axes)
    panels[0].set_ylabel("accepted, %")
    handles, labels = panels[0].get_legend_handles_labels()
    made.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    return made


def _curve(axes: "Axes", cells: Sequence[Cell], name: str, colour: str) -> None:
    across = [cell.x for cell in cells]
    bounds = [binomial_interval(cell.hits[name], cell.trials) for cell in cells]
    ours = name == OURS
    axes.plot(
        across,
        [100.0 * cell.hits[name] / cell.trials for cell in cells],
        color=colour,
        linewidth=2.5 if ours else 1.3,
        label=name,
        zorder=3 if ours else 2,
    )
    axes.fill_between(
        across, [100 * low for low, _ in bounds], [100 * high for _, high in bounds], color=colour, alpha=0.15
    )


def false_digits(report: Report) -> "Figure":
    """Draw false digits an hour with their intervals, a group of bars a kind of sound, on a scale of powers of ten."""
    names = receivers(report)
    kinds = [kind for kind in ("speech", "music", "noise") if any(part.kind == kind for part in report.talk_off)]
    made = figure(height=3.2)
    axes = made.add_subplot()
    for place, name in enumerate(names):
        for group, kind in enumerate(kinds):
            rate = talk_off(kind)(report, name) or 0.0
            low, high = talk_off_interval(report, kind, name)
            across = group + (place - (len(names) - 1) / 2) * 0.25
            own = colour(names, name)
            axes.bar(across, rate, width=0.22, color=own, label=name if group == 0 else None)
            axes.vlines(across, max(low, 1e-3), high, color=own, linewidth=1.6)
    axes.set_yscale("symlog", linthresh=0.01)
    axes.set_ylim(bottom=0)
    axes.set_xticks(range(len(kinds)), kinds)
    axes.set_ylabel("false digits an hour")
    plain(axes)
    made.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    return made
