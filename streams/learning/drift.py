"""How far each hour's calls have moved from those before, or from those that the model learnt from."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from features.sound import VERSION
from models.stability import DECILES, decile_shares, stability_index
from models.vector import FEATURE_NAMES
from streams.learning import LearningError
from streams.learning.measured import KEPT_COLUMNS
from streams.store import Row, Store
from streams.store.queries import ask

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 86_400_000
THRESHOLD: Final = 0.2  # between steady (below 0.1) and moved (above 0.25), see models.stability
# Chance alone gives an index of about 9/500 = 0.02 with 500 chunks. Up to three are of one call and much alike, so that
# 500 are worth 170: of 244 columns in 24 hours chance brings one above 0.2 every other day; with 1,000 chunks none.
AT_LEAST: Final = 500
MAX_DAYS: Final = 92  # chunks' features are kept for 90; hours are held in memory, a row of indices each
_EDGE: Final = 1e-5  # part of itself by which an edge may be rounded


class HourDrift(msgspec.Struct, frozen=True, kw_only=True):
    """One hour's population stability indices.

    Attributes
    ----------
    hour_ms
        When it began, ms since 1970.
    chunks, labelled
        First chunks of streams: those measured, and those judged.
    features
        Column of the model to its index; None where there were too few chunks, here or to hold them against.
    labels
        Index of the labels' shares, or None.
    """

    hour_ms: int
    chunks: int
    labelled: int
    features: dict[str, float] | None
    labels: float | None

    def worst(self, count: int = 1) -> list[tuple[str, float]]:
        """The columns that moved most, and their indices."""
        return sorted((self.features or {}).items(), key=lambda item: (-item[1], item[0]))[:count]

    def over(self, threshold: float) -> bool:
        """Whether a column or the labels moved further than that."""
        return (self.labels or 0.0) > threshold or any(index > threshold for index in (self.features or {}).values())


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """The hours since a moment, and how many chunks they are held against.

    ``reference_chunks`` is None where columns are held against the model's training.
    """

    since_ms: int
    at_least: int
    reference_chunks: int | None
    reference_labelled: int
    hours: list[HourDrift]


def drift(
    store: Store,
    *,
    since_ms: int,
    until_ms: int,
    window_ms: int = DAY_MS,
    training: Mapping[str, Sequence[float]] | None = None,
    at_least: int = AT_LEAST,
    first_chunks: int = 3,
) -> Drift:
    """Hold each hour against a time before, or its columns against a model's training.

    Parameters
    ----------
    store
        A migrated one.
    since_ms, until_ms
        Whole hours from the one that ``since_ms`` lies in, at most 92 days of them; ms since 1970.
    window_ms
        The time right before that is the reference, ms. For labels it always is: a training set has as many of each
        label as its makers wanted.
    training
        Column to nine deciles: the ``reference`` of a model. None: columns are held against the time before, too.
    at_least
        Hours, and times before, with fewer chunks tell nothing.
    first_chunks
        Of each stream, whose labels count.

    Raises
    ------
    LearningError
        If ``training`` is not of this program's columns, or the span is longer than that.
    StoreError
        If the store fails.
    """
    if until_ms - since_ms > MAX_DAYS * DAY_MS:
        raise LearningError(f"drift looks back {MAX_DAYS} days at most (features are kept for 90): look back less far")
    begin = since_ms // HOUR_MS * HOUR_MS
    span = {"since_ms": begin, "until_ms": until_ms}
    before = {"since_ms": begin - window_ms, "until_ms": begin}
    reference_chunks, edges = (None, _told(training)) if training is not None else _edges(store, before)
    columns = {} if edges is None else _columns(store, edges, span)
    if reference_chunks is not None and reference_chunks < at_least:
        columns = {hour: (chunks, None) for hour, (chunks, _) in columns.items()}
    earlier = _labels(store, before, first_chunks, step_ms=1 << 60).get(0, {})
    labels = _labels(store, span, first_chunks)
    return Drift(
        since_ms=begin,
        at_least=at_least,
        reference_chunks=reference_chunks,
        reference_labelled=sum(earlier.values()),
        hours=[
            _hour(hour, columns.get(hour), labels.get(hour, {}), earlier, at_least)
            for hour in sorted({*columns, *labels})
        ],
    )


def _hour(
    hour: int,
    columns: tuple[int, NDArray[np.float64] | None] | None,
    labels: Mapping[str, int],
    earlier: Mapping[str, int],
    at_least: int,
) -> HourDrift:
    chunks, indices = columns or (0, None)
    labelled = sum(labels.values())
    enough = min(labelled, sum(earlier.values())) >= at_least
    return HourDrift(
        hour_ms=hour * HOUR_MS,
        chunks=chunks,
        labelled=labelled,
        features=dict(zip(FEATURE_NAMES, indices.tolist(), strict=True))
        if indices is not None and chunks >= at_least
        else None,
        labels=_labels_index(earlier, labels) if enough else None,
    )


def _labels_index(earlier: Mapping[str, int], now: Mapping[str, int]) -> float:
    names = sorted({*earlier, *now})
    return float(stability_index([earlier.get(name, 0) for name in names], [now.get(name, 0) for name in names]))


def _told(training: Mapping[str, Sequence[float]]) -> NDArray[np.float64]:
    missing = [name for name in FEATURE_NAMES if len(training.get(name, ())) != len(DECILES)]
    if missing:
        raise LearningError(f"the model has no deciles of {missing[0]} (and {len(missing) - 1} more columns)")
    return np.array([training[name] for name in FEATURE_NAMES], dtype=np.float64)


def _edges(store: Store, before: dict[str, int]) -> tuple[int, NDArray[np.float64] | None]:
    found = ask(store, "feature_edges", **_measured(), **before)
    if not found or not found[0]["chunks"]:
        return 0, None
    return int(found[0]["chunks"]), np.array(found[0]["edges"], dtype=np.float64)


def _measured() -> dict[str, object]:
    return {"features_version": VERSION, "columns": KEPT_COLUMNS}


def _columns(
    store: Store, edges: NDArray[np.float64], span: dict[str, int]
) -> dict[int, tuple[int, NDArray[np.float64] | None]]:
    """Number of chunks and index of every column, by hour; the counting is the store's."""
    rounding = _EDGE * np.abs(edges) + 1e-9
    parameters: dict[str, object] = {}
    for place in range(len(DECILES)):
        parameters[f"low_{place + 1}"] = (edges - rounding)[:, place].tolist()
        parameters[f"high_{place + 1}"] = (edges + rounding)[:, place].tolist()
    rows = ask(store, "features_over_time", step_ms=HOUR_MS, **_measured(), **parameters, **span)
    return {row["step"]: (row["chunks"], _indices(row)) for row in rows}


def _indices(row: Row) -> NDArray[np.float64]:
    places = range(1, len(DECILES) + 1)
    shares = decile_shares(
        [row[f"below_{place}"] for place in places], [row[f"up_to_{place}"] for place in places], row["chunks"]
    )
    return stability_index(np.full(len(DECILES) + 1, 0.1), shares)


def _labels(
    store: Store, span: dict[str, int], first_chunks: int, *, step_ms: int = HOUR_MS
) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = {}
    for row in ask(store, "labels_over_time", step_ms=step_ms, chunks=first_chunks, **span):
        found.setdefault(row["step"], {})[row["label"]] = row["chunks"]
    return found
