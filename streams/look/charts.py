"""Small charts as SVG, drawn for a page that has the colours as classes."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from math import ceil, floor, log10
from typing import Final

from streams.learning.drift import Drift
from streams.look.sections import Timeline
from streams.look.span import clock_time

WIDTH: Final = 540
WIDE: Final = 1140
ROW: Final = 26
NAMES: Final = 176  # of the width, for the names of rows
FIGURES: Final = 44  # at the right, for totals
_LETTER: Final = 7.0

Part = tuple[str, float]
"""A class (an action, a stage) and how much of it."""


def ticks(most: float, count: int = 4) -> list[float]:
    """Round values from nothing to at least the largest, about so many."""
    if most <= 0:
        return [0.0, 1.0]
    rough = most / count
    base = 10.0 ** floor(log10(rough))
    step = next(base * each for each in (1, 2, 2.5, 5, 10) if base * each >= rough)
    step = max(step, 1.0)
    return [step * number for number in range(ceil(most / step) + 1)]


def rows_chart(rows: Mapping[str, Sequence[Part]], *, unit: str = "calls", total: Callable[[float], str] = str) -> str:
    """A row of parts for each name, end to end, its total at the right.

    Parameters
    ----------
    rows
        Parts by name.
    unit
        What is counted, told where the pointer rests.
    total
        How a sum is written.
    """
    most = max((sum(value for _, value in parts) for parts in rows.values()), default=0)
    room = WIDTH - NAMES - FIGURES
    out = []
    for number, (name, parts) in enumerate(rows.items()):
        y, x = number * ROW, float(NAMES)
        out.append(_text(NAMES - 10, y + 17, name, "end"))
        for kind, value in parts:
            length = room * value / most if most else 0
            said = f"{name}, {kind}: {_figure(value)} {unit}"
            out.append(_rect(x, y + 4, max(length, 1.5 if value else 0), ROW - 8, kind, said))
            x += length
        out.append(_text(x + 6, y + 17, total(sum(value for _, value in parts)), "start", "figure"))
    return _svg(len(rows) * ROW, out)


def columns_chart(line: Timeline, *, unit: str = "calls", flagged: str = "flagged") -> str:
    """Calls over time: a column a step, the flagged ones at its foot; `unit` and `flagged` name what else it may be."""
    left, height, foot = 36, 170, 24
    marks = ticks(max((step.calls for step in line.steps), default=0), 3)
    top, room = marks[-1], WIDE - left
    out = []
    for mark in marks:
        y = 8 + height * (1 - mark / top)
        out += [f'<line class="grid" x1="{left}" x2="{WIDE}" y1="{y:.1f}" y2="{y:.1f}"/>']
        out += [_text(left - 6, y + 4, _figure(mark), "end", "figure")]
    width = room / max(1, len(line.steps))
    form = "%H:%M:%S" if line.step_ms < 60_000 else "%H:%M" if line.step_ms < 86_400_000 else "%m-%d"
    every = max(1, ceil(len(line.steps) / 12))
    for number, step in enumerate(line.steps):
        x, y = left + number * width, float(8 + height)
        moment = clock_time(step.at_ms, f"%m-%d {form}" if form != "%m-%d" else form)
        said = f"{moment}: {step.calls} {unit}, {step.flagged} {flagged}"
        for kind, value in (("flagged", step.flagged), ("other", step.calls - step.flagged)):
            tall = height * value / top
            y -= tall
            if value:
                out.append(_rect(x + width * 0.1, y, width * 0.8, tall, kind, said))
        if number % every == 0:
            out.append(_text(x + width / 2, 8 + height + 17, clock_time(step.at_ms, form), "middle", "figure"))
    return _svg(8 + height + foot, out, WIDE)


def drift_chart(found: Drift, threshold: float) -> str:
    """Two columns an hour: the index of the model's column that moved most, and of the labels."""
    left, height, foot = 36, 150, 24
    hours = [(hour, hour.worst(1), hour.labels) for hour in found.hours]
    highest = max((max([index for _, index in worst], default=0.0) for _, worst, _ in hours), default=0.0)
    top = max(1.5 * threshold, highest, max((labels or 0.0 for _, _, labels in hours), default=0.0))
    out = []
    for mark in (0.0, threshold, top):
        y, kind = 8 + height * (1 - mark / top), "threshold" if mark == threshold else "grid"
        out.append(f'<line class="{kind}" x1="{left}" x2="{WIDE}" y1="{y:.1f}" y2="{y:.1f}"/>')
        out.append(_text(left - 6, y + 4, f"{mark:.1f}", "end", "figure"))
    width = (WIDE - left) / max(1, len(hours))
    every = max(1, ceil(len(hours) / 12))
    for number, (hour, worst, labels) in enumerate(hours):
        x = left + number * width
        moment = clock_time(hour.hour_ms, "%m-%d %H:%M")
        shown = [("p50", index, f"{moment}: {name} {index:.2f}", 0.1) for name, index in worst]
        shown += [("p90", labels, f"{moment}: labels {labels:.2f}", 0.5)] if labels is not None else []
        for kind, index, said, place in shown:
            tall = height * index / top
            out.append(_rect(x + width * place, 8 + height - tall, width * 0.4, tall, kind, said))
        if number % every == 0:
            out.append(
                _text(x + width / 2, 8 + height + 17, clock_time(hour.hour_ms, "%m-%d %H:%M"), "middle", "figure")
            )
    return _svg(8 + height + foot, out, WIDE)


def quantiles_chart(rows: Mapping[str, tuple[float, float, float]]) -> str:
    """Median, 90th and 99th percentile of each name on one axis of milliseconds."""
    marks = ticks(max((p99 for _, _, p99 in rows.values()), default=0))
    room, bottom = WIDTH - NAMES - FIGURES, len(rows) * ROW
    scale = room / marks[-1]
    out = []
    for mark in marks:
        x = NAMES + mark * scale
        out += [f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{bottom}"/>']
        out += [_text(x, bottom + 15, _figure(mark), "middle", "figure")]
    for number, (name, (p50, p90, p99)) in enumerate(rows.items()):
        y = number * ROW
        said = f"{name}: median {p50:.0f} ms, 90 % within {p90:.0f} ms, 99 % within {p99:.0f} ms"
        out.append(_text(NAMES - 10, y + 17, name, "end"))
        for low, high, kind in ((0.0, p50, "p50"), (p50, p90, "p90"), (p90, p99, "p99")):
            out.append(_rect(NAMES + low * scale, y + 6, max(0.0, high - low) * scale, ROW - 12, kind, said))
    return _svg(bottom + 22, out)


def legend(kinds: Mapping[str, str]) -> str:
    """What each class of colour means."""
    keys = "".join(f'<span><i class="{escape(kind)}"></i>{escape(words)}</span>' for kind, words in kinds.items())
    return f'<p class="legend">{keys}</p>'


def _rect(x: float, y: float, width: float, height: float, kind: str, said: str) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect class="{escape(kind)}" {place}><title>{escape(said)}</title></rect>'


def _text(x: float, y: float, words: str, anchor: str, kind: str = "name") -> str:
    room = int(NAMES / _LETTER)
    short = words if len(words) <= room else words[: room - 1] + "…"
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(short)}</text>'


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def _svg(height: float, parts: Sequence[str], width: int = WIDTH) -> str:
    return f'<svg viewBox="0 0 {width} {height:.0f}" role="img">{"".join(parts)}</svg>'
