"""A campaign as a picture: its calls over one line of time, what they share shaded, what matched marked."""

import io
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from features.fingerprint.axis import BIN_HZ, HIGHEST_HZ, LOWEST_HZ
from models.evaluation.extras import needed
from models.evaluation.plots import OURS, figure, svg
from streams.campaigns.strips import Strip, Strips
from streams.look.plain import printable
from streams.replay.print import FRAME_S

if TYPE_CHECKING:  # matplotlib comes with an extra and takes a while
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BITS: Final = 32
_LOWEST_BAND_HZ: Final = 250.0 * 2 ** (0.5 / 9)  # bands of words, a ninth of an octave each
_MARK: Final = "#ef6c00"
_COLOURS: Final = ("#ffffff", "#d5d5d5", "#9e9e9e", "#cfe8e4", OURS)  # none; differs, 0 and 1; agrees, 0 and 1
_MARGIN_S: Final = 1.0
_LONGEST_S: Final = 60.0
_FLOOR: Final = 1e-9  # squared amplitude, -90 dBFS


def draw(strips: Strips) -> "Figure":
    """Draw it.

    Raises
    ------
    ModelError
        When matplotlib isn't installed.
    """
    rows = len(strips.strips)
    made = figure(9.0, 1.6 + 1.15 * rows)
    axes = made.subplots(rows + 1, 1, sharex=True, gridspec_kw={"height_ratios": [1.0] * rows + [0.7]})
    begin, end = _span(strips)
    for own, strip in zip(axes, strips.strips, strict=False):
        for part in strips.shape.parts:
            own.axvspan(part.start_s, part.end_s, color=OURS, alpha=0.15, linewidth=0)
        if strip.power is None:
            _draw_words(own, strip, strips.strips[0], (begin, end))
        else:
            _draw_power(own, strip)
        _draw_marks(own, strip)
    _draw_profile(axes[-1], strips)
    axes[-1].set_xlim(begin, end)
    axes[-1].set_xlabel("seconds of the call on top")
    made.suptitle(
        f"campaign {printable(strips.campaign)[:12]}: {rows} of {strips.calls} calls; shared: {strips.shape.words}",
        fontsize=10,
    )
    return made


def saved(drawn: "Figure", kind: str) -> bytes:
    """A figure as ``svg``, whose bytes follow from the figures alone, or ``png``.

    Raises
    ------
    ModelError
        When matplotlib isn't installed.
    """
    if kind == "svg":
        return svg(drawn)
    out = io.BytesIO()
    drawn.savefig(out, format="png", dpi=120, metadata={"Software": None})
    return out.getvalue()


def _span(strips: Strips) -> tuple[float, float]:
    """From where to where the recording is drawn: what was searched of it, and all words of the calls drawn."""
    first, last = strips.shape.heard_s
    for strip in strips.strips:
        held = np.flatnonzero(strip.words)
        if len(held):
            last = max(last, strip.place.recording_s((2 * held[-1] - 4) * FRAME_S))
    begin = max(0.0, first - _MARGIN_S)
    return begin, min(last + _MARGIN_S, begin + _LONGEST_S)


def _draw_words(axes: "Axes", strip: Strip, line: Strip, span: tuple[float, float]) -> None:
    """A call's words, 32 bits a column, dark and light; where they agree with the first call's in its colour."""
    seconds = np.arange(span[0], span[1], 2 * FRAME_S)
    words, others = strip.word_at(seconds), line.word_at(seconds)
    bits, others_bits = _bits(words), _bits(others)
    agree = (bits == others_bits) & (others != 0)[None, :]
    shown = np.where(agree, 3, 1) + bits
    shown[:, words == 0] = 0
    colours = needed("matplotlib.colors").ListedColormap(_COLOURS)
    lowest = _LOWEST_BAND_HZ / strip.place.pitch
    axes.imshow(
        shown,
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        cmap=colours,
        vmin=0,
        vmax=len(_COLOURS) - 1,
        alpha=0.8,
        extent=(span[0], span[1], np.log2(lowest), np.log2(lowest) + _BITS / 9),
    )


def _bits(words: NDArray[np.uint32]) -> NDArray[np.int64]:
    """uint32 words as columns of 32 bits."""
    return ((words[None, :] >> np.arange(_BITS, dtype=np.uint32)[:, None]) & 1).astype(np.int64)


def _draw_power(axes: "Axes", strip: Strip) -> None:
    """The spectrogram of a call whose audio is given."""
    power = np.asarray(strip.power)
    octaves = np.arange(np.log2(LOWEST_HZ), np.log2(HIGHEST_HZ), 1 / 36)
    column = np.minimum((2.0**octaves / BIN_HZ + 0.5).astype(np.int64), power.shape[1] - 1)
    decibels = 10 * np.log10(power[:, column].T + _FLOOR)
    begin, end = strip.place.recording_s(4 * FRAME_S), strip.place.recording_s((len(power) + 4) * FRAME_S)
    pitch = float(np.log2(strip.place.pitch))
    axes.imshow(
        decibels,
        origin="lower",
        aspect="auto",
        cmap="Greys",
        vmin=-80,
        vmax=-20,
        extent=(begin, end, octaves[0] - pitch, octaves[-1] - pitch),
    )


def _draw_marks(axes: "Axes", strip: Strip) -> None:
    """Peaks, the part that matched another call, and whose strip it is."""
    place = strip.place
    seconds = place.begin_s + place.tempo * strip.peaks[:, 0]
    axes.plot(seconds, np.log2(strip.peaks[:, 1] / place.pitch), ".", color="#1e1e1e", markersize=2.0)
    top = float(np.log2(HIGHEST_HZ))
    start, end = (place.recording_s(second) for second in strip.shared_s)
    axes.plot([start, end], [top, top], color=_MARK, linewidth=4, solid_capstyle="butt", clip_on=False)
    axes.set_ylim(np.log2(LOWEST_HZ), top)
    ticks = (250, 500, 1000, 2000)
    axes.set_yticks([float(np.log2(hertz)) for hertz in ticks], [str(hertz) for hertz in ticks], fontsize=7)
    told = printable(strip.call_id)[:8]
    if strip.caller:
        told += f"\nfrom {printable(strip.caller)[:8]}"
    changed = [
        f"{name} {value:.3f}"
        for name, value in (("pitch", place.pitch), ("tempo", place.tempo))
        if abs(value - 1) > 0.002
    ]
    if strip.power is None and not strip.words.any():
        changed.append("not in the index any more")
    axes.set_ylabel("\n".join([told, *changed]), rotation=0, ha="right", va="center", fontsize=8)


def _draw_profile(axes: "Axes", strips: Strips) -> None:
    """How many calls share each half-second, of how many that were heard so far."""
    profile = strips.shape.profile
    edges: list[Any] = [step.start_s for step in profile] + [profile[-1].end_s] if profile else [0.0, 1.0]
    axes.stairs([step.heard for step in profile] or [0], edges, color="#9e9e9e", label="heard")
    axes.stairs([step.calls for step in profile] or [0], edges, fill=True, color=OURS, alpha=0.6, label="share it")
    axes.set_ylabel("calls", rotation=0, ha="right", va="center", fontsize=8)
    axes.yaxis.set_major_locator(needed("matplotlib.ticker").MaxNLocator(3, integer=True))
    axes.tick_params(labelsize=7)
    axes.legend(fontsize=7, loc="upper right")
