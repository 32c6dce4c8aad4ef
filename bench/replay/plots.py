"""Pictures of the page: recall by distortion, over false matches, by length; stated and seen probabilities."""

from typing import TYPE_CHECKING, Final

from bench.replay.ours import OURS
from bench.replay.results import Report, Stated
from bench.replay.tally import RATES
from bench.replay.trials import FIVE, LENGTHS
from models.evaluation.intervals import binomial_interval
from models.evaluation.plots import COLOURS, figure, plain
from models.evaluation.plots import OURS as GREEN

if TYPE_CHECKING:  # matplotlib comes with an extra and takes a while
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDE: Final = 7.5
_ROW: Final = 0.165  # inches a distortion


def colour(report: Report, name: str) -> str:
    """Colour of a contender: ours is the house's."""
    others = [each for each in report.contenders if each != OURS]
    return GREEN if name == OURS else COLOURS[others.index(name) % len(COLOURS)]


def by_distortion(report: Report) -> "Figure":
    """Recall of 5 s at 1e-3 for every distortion: a dot with its interval for every contender."""
    cells = report.of(OURS, FIVE)
    made = figure(_WIDE, 1.2 + _ROW * len(cells))
    axes = made.add_subplot()
    names = [cell.distortion for cell in cells]
    for place, name in enumerate(report.contenders):
        shift = (place - (len(report.contenders) - 1) / 2) * 0.22
        for cell in report.of(name, FIVE):
            at = names.index(cell.distortion) + shift
            low, high = binomial_interval(cell.hits, cell.trials)
            axes.plot([low, high], [at, at], color=colour(report, name), linewidth=0.8, zorder=2)
            label = name if cell.distortion == names[0] else None
            axes.plot(cell.hits / cell.trials, at, ".", color=colour(report, name), markersize=5, label=label, zorder=3)
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlim(-0.02, 1.02)
    axes.set_xlabel("recall, 5 s, one false match in 1,000 unknown queries")
    plain(axes)
    made.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    return made


def over_false_matches(report: Report) -> "Figure":
    """Recall of all distortions over the rate of false matches, a panel each length."""
    made = figure(_WIDE, 3.4)
    panels = made.subplots(1, len(LENGTHS), sharey=True, squeeze=False)[0]
    for axes, length in zip(panels, LENGTHS, strict=True):
        for curve in report.curves:
            if curve.length == length:
                width = 2.5 if curve.contender == OURS else 1.3
                tint = colour(report, curve.contender)
                axes.plot(curve.rates, curve.recall, color=tint, linewidth=width, label=curve.contender)
        axes.set_xscale("log")
        axes.set_title(length, fontsize=10)
        axes.set_ylim(0.0, 1.02)
        plain(axes)
    made.supxlabel("false matches, share of unknown queries", fontsize=9)
    panels[0].set_ylabel("recall")
    _legend(made, panels[-2])
    return made


def by_length(report: Report) -> "Figure":
    """Recall of all distortions at 1e-3 and 1e-4 by length."""
    made = figure(_WIDE, 3.4)
    panels = made.subplots(1, 2, sharey=True, squeeze=False)[0]
    for axes, rate in zip(panels, RATES[:2], strict=True):
        for name in report.contenders:
            found = [total for total in report.totals if (total.contender, total.rate) == (name, rate)]
            across = [LENGTHS.index(total.length) for total in found]
            tint = colour(report, name)
            axes.plot(across, [t.recall for t in found], "o-", color=tint, markersize=4, label=name)
            axes.vlines(across, [t.recall_low for t in found], [t.recall_high for t in found], color=tint, alpha=0.5)
        axes.set_xticks(range(len(LENGTHS)), LENGTHS)
        axes.set_title(f"false matches {rate:g}", fontsize=10)
        axes.set_ylim(0.0, 1.02)
        plain(axes)
    panels[0].set_ylabel("recall, mean over distortions")
    _legend(made, panels[0])
    return made


def reliability(report: Report) -> "Figure":
    """Share of unknown queries matched, over the probability that ours states."""
    made = figure(_WIDE, 3.6)
    axes = made.add_subplot()
    axes.plot([1e-5, 0.5], [1e-5, 0.5], color="#424242", linewidth=1, linestyle="--", label="as stated")
    for place, length in enumerate(LENGTHS):
        own = [stated for stated in report.stated if stated.length == length]
        if own:
            _reliable(axes, own, length, COLOURS[place])
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("false-match probability, as stated")
    axes.set_ylabel("share of unknown queries at or below it")
    plain(axes)
    made.legend(loc="outside lower center", ncols=5, frameon=False, fontsize=8)
    return made


def _reliable(axes: "Axes", own: list[Stated], length: str, tint: str) -> None:
    seen = [stated for stated in own if stated.seen]
    bounds = [binomial_interval(stated.seen, stated.unknown) for stated in seen]
    chances = [stated.chance for stated in seen]
    axes.plot(chances, [s.seen / s.unknown for s in seen], "o-", color=tint, markersize=4, label=length)
    axes.vlines(chances, [low for low, _ in bounds], [high for _, high in bounds], color=tint, alpha=0.5)


def _legend(made: "Figure", axes: "Axes") -> None:
    handles, labels = axes.get_legend_handles_labels()
    made.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False, fontsize=8)
