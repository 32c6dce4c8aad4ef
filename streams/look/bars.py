"""Bars of characters: how long, and of what."""

from collections.abc import Sequence
from typing import Final

from rich.text import Text

from streams.look.lines import COLOURS

_EIGHTHS: Final = " ▏▎▍▌▋▊▉"
_HEIGHTS: Final = " ▁▂▃▄▅▆▇█"


def bar(value: float, most: float, width: int, style: str = "cyan") -> Text:
    """A bar as long as a value is beside the largest; what is not nothing shows at least a sliver."""
    if value <= 0 or most <= 0:
        return Text()
    eighths = max(1, round(8 * width * min(1.0, value / most)))
    return Text("█" * (eighths // 8) + (_EIGHTHS[eighths % 8] if eighths % 8 else ""), style=style)


def stacked(parts: Sequence[tuple[str, float]], most: float, width: int) -> Text:
    """Parts by action, each in its colour, end to end; every part shows."""
    text = Text()
    for action, value in parts:
        if value > 0 and most > 0:
            text.append("█" * max(1, round(width * value / most)), style=COLOURS.get(action, "white"))
    return text


def sparkline(values: Sequence[int], style: str = "cyan", most: int = 0) -> Text:
    """A column a value, one line high; what is not nothing shows."""
    highest = max(1, most, *values)
    return Text("".join(_HEIGHTS[max(1, round(8 * value / highest)) if value else 0] for value in values), style=style)


def reach(p50: float, p90: float, p99: float, most: float, width: int) -> Text:
    """Three quantiles in one bar: full to the median, half to p90, thin to p99."""
    ends = [round(width * value / most) if most > 0 else 0 for value in (p50, p90, p99)]
    ends[0] = max(1, ends[0])
    text, at = Text(style="cyan"), 0
    for end, sign in zip(ends, "█▒░", strict=True):
        text.append(sign * (end - at))
        at = max(at, end)
    return text
