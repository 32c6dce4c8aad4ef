"""The metrics that a worker serves, from the registry that it serves them from."""

from types import SimpleNamespace
from typing import Any

from prometheus_client import Histogram

from pages.markdown import cell, code, table
from streams.runtime import metrics


def page() -> str:
    """Make the page."""
    kafka: Any = SimpleNamespace(away=False, ends={})
    timed = [each for each in vars(metrics).values() if isinstance(each, Histogram)]
    rows = []
    for family in [each for one in timed for each in one.describe()] + list(metrics.WorkerMetrics([], kafka).collect()):
        kind = family.type
        name = code(f"{family.name}_total" if kind == "counter" else family.name)
        if kind == "histogram":
            name += f" {code('_bucket')}, {code('_sum')}, {code('_count')}"
        labels = getattr(family, "_labelnames", ()) or _labels(family.name, timed)
        rows.append([name, kind,
                     ", ".join(code(label) for label in labels), cell(family.documentation)])  # fmt: skip
    return "\n\n".join(
        [
            "# Metrics",
            "`callsieve worker … --health-port PORT` serves them for Prometheus at `/metrics`. Counters begin at 0 "
            "with the process.",
            table(("name", "kind", "labels", "what it is"), sorted(rows)),
        ]
    )


def _labels(name: str, timed: list[Histogram]) -> tuple[str, ...]:
    """Labels of a metric that was declared rather than collected; the client keeps them to itself."""
    return next((tuple(one._labelnames) for one in timed if one._name == name), ())
