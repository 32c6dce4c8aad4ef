"""Pictures in the house's style: SVG whose bytes follow from the figures alone."""

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from models.evaluation.extras import needed

if TYPE_CHECKING:  # matplotlib comes with an extra and takes a while
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OURS: Final = "#00695c"
THEIRS: Final = "#9e9e9e"
# of others' lines where grey alone would not tell them apart; none is near ours
COLOURS: Final = ("#ef6c00", "#5e35b1", "#1e88e5", "#c62828", "#6d4c41", "#9e9d24", "#d81b60", "#546e7a")
_STYLE: Final = {"svg.hashsalt": "callsieve", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 10}


def figure(width: float = 7.5, height: float = 4.5) -> "Figure":
    """Make an empty figure of the pages' width, inches.

    Raises
    ------
    ModelError
        When matplotlib isn't installed.
    """
    made: Figure = needed("matplotlib.figure").Figure(figsize=(width, height), layout="constrained")
    return made


def plain(axes: "Axes") -> None:
    """Leave out what says nothing: two of the frame's sides, dark grid lines."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.3)
    axes.set_axisbelow(True)


def svg(drawn: "Figure") -> bytes:
    """Save a figure; equal figures are equal bytes.

    Raises
    ------
    ModelError
        When matplotlib isn't installed.
    """
    out = io.BytesIO()
    with needed("matplotlib").rc_context(_STYLE):
        drawn.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    lines = out.getvalue().splitlines()
    return b"\n".join(line.rstrip() for line in lines) + b"\n"


def lines(
    curves: Mapping[str, tuple[Sequence[float] | NDArray[Any], Sequence[float] | NDArray[Any]]],
    *,
    x: str,
    y: str,
    ours: str | None = None,
    log_x: bool = False,
) -> "Figure":
    """Draw curves over one axis, ours thick and in the house's colour.

    Parameters
    ----------
    curves : mapping of str to (x, y)
        Name to points.
    x, y : str
        What the axes are.
    ours : str, optional
        Name of our curve.
    log_x : bool
        A logarithmic x-axis.
    """
    made = figure()
    axes = made.add_subplot()
    others = [name for name in curves if name != ours]
    for name, (across, up) in curves.items():
        if name == ours:
            axes.plot(across, up, color=OURS, linewidth=2.5, label=name, zorder=3)
        else:
            place = others.index(name)
            style = "-" if place < len(COLOURS) else "--"
            axes.plot(across, up, style, color=COLOURS[place % len(COLOURS)], linewidth=1.3, label=name)
    if log_x:
        axes.set_xscale("log")
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    plain(axes)
    made.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    return made


def roc(
    truth: NDArray[np.bool_], scores: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Trace a receiver operating curve: one point for each value the scores take.

    Parameters
    ----------
    truth : ndarray of bool, shape (n,)
        Both kinds must be there.
    scores : ndarray of float64, shape (n,)
        Higher means likelier true.

    Returns
    -------
    false_positive_rate, recall, threshold : ndarray of float64
        Rising rates; at each, what scores `threshold` or more counts as true.

    Raises
    ------
    ValueError
        When one kind is missing.
    """
    if truth.all() or not truth.any():
        raise ValueError("a curve needs both what is sought and what isn't")
    order = np.argsort(-scores, kind="stable")
    sought = truth[order]
    falling = scores[order]
    last = np.append(np.flatnonzero(falling[1:] != falling[:-1]), truth.size - 1)
    hits, alarms = np.cumsum(sought)[last], np.cumsum(~sought)[last]
    return alarms / (~truth).sum(), hits / truth.sum(), falling[last]
