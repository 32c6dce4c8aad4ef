"""A result as a picture: SVG whose bytes follow from the result alone."""

from pathlib import Path
from typing import Final

import matplotlib
from matplotlib.figure import Figure as Canvas

from bench.result import Findings, Result

OURS: Final = "#00695c"
THEIRS: Final = "#9e9e9e"
_STYLE: Final = {"svg.hashsalt": "callsieve", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 10}


def draw(result: Result, folder: Path) -> Path:
    """Draw a result into ``NAME.svg``: rates with their least and greatest, or CPU and latencies; the file's path.

    Raises
    ------
    OSError
        If it can't be written.
    """
    path = folder / f"{result.name}.svg"
    with matplotlib.rc_context(_STYLE):  # type: ignore[arg-type]
        canvas = _rates(result.findings) if result.findings.cases else _figures(result.findings)
        canvas.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
    return path


def _rates(findings: Findings) -> Canvas:
    cases = findings.cases
    canvas = Canvas(figsize=(7.5, 0.7 + 0.45 * len(cases)), layout="constrained")
    axes = canvas.add_subplot()
    middle = [case.rate.median for case in cases]
    reach = [[c.rate.median - c.rate.low for c in cases], [c.rate.high - c.rate.median for c in cases]]
    colours = [THEIRS if case.baseline else OURS for case in cases]
    axes.barh([case.name for case in cases], middle, xerr=reach, color=colours, ecolor="#424242", capsize=3, height=0.6)
    axes.invert_yaxis()
    axes.set_xlabel(f"{findings.unit} per CPU second: median, least, greatest of {findings.rounds}")
    _plain(axes)
    return canvas


def _figures(findings: Findings) -> Canvas:
    """CPU of each process beside the latencies, of a result that has no cases."""
    per_cpu = {f.name.partition(",")[0]: f.value for f in findings.figures if f.name.endswith("per CPU second")}
    latencies = {f.name.removeprefix("last sample to "): f.value for f in findings.figures if f.unit == "ms"}
    canvas = Canvas(figsize=(7.5, 0.6 + 0.3 * (len(per_cpu) + len(latencies))), layout="constrained")
    heights = [max(len(per_cpu), 1), max(len(latencies), 1)]
    above, below = canvas.subplots(2, 1, height_ratios=heights)
    for axes, values, words in (
        (above, per_cpu, "call-seconds per CPU second"),
        (below, latencies, "milliseconds from a chunk's last sample"),
    ):
        bars = axes.barh(list(values), list(values.values()), color=OURS, height=0.6)
        axes.bar_label(bars, fmt="{:,.0f}", padding=3)
        axes.margins(x=0.12)
        axes.invert_yaxis()
        axes.set_xlabel(words)
        _plain(axes)
    return canvas


def _plain(axes: "matplotlib.axes.Axes") -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.grid(axis="x", alpha=0.3)
    axes.set_axisbelow(True)
