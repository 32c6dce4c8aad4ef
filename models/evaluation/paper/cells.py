"""Figures as the page's tables have them: per cent, with their intervals."""

from collections.abc import Sequence

import numpy as np

from models.evaluation.intervals import binomial_interval
from models.evaluation.paper.protocol import Measured


def percent(share: float) -> str:
    """A share in per cent, two places as in the paper."""
    return f"{100 * share:.2f}"


def with_range(figure: Measured) -> str:
    """A figure and its interval, per cent."""
    return f"{100 * figure.value:.1f} ({100 * figure.low:.1f} to {100 * figure.high:.1f})"


def counted(hits: int, n: int) -> str:
    """A share of counted calls and its exact interval, per cent."""
    low, high = binomial_interval(hits, n)
    return f"{100 * hits / n:.1f} ({100 * low:.1f} to {100 * high:.1f})"


def spread(values: Sequence[float]) -> str:
    """Median, and what 90 of 100 lie between."""
    low, middle, high = np.percentile(values, [5, 50, 95])
    return f"{middle:.1f} ({low:.1f} to {high:.1f})"
