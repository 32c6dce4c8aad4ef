"""Drift by the hour: found where levels shift or labels change, not where nothing does, nor where little is known."""

import numpy as np
import pytest
from learning_world import HOUR, feed_labels, fill_hours, make_features, spectrum
from numpy.typing import NDArray
from rich.console import Console

from models.vector import FEATURE_NAMES, feature_matrix
from streams.learning import LearningError
from streams.learning.drift import DAY_MS, HOUR_MS, THRESHOLD, Drift, HourDrift, drift
from streams.learning.live import training_deciles
from streams.look.charts import drift_chart
from streams.look.learning import drift_objects, drift_view
from streams.spectrum import evidence_of
from streams.store import Store

LEVELS = ("rms_dbfs", "value1_db")


def sample(gain_db: float = 0.0, chunks: int = 150) -> NDArray[np.float32]:
    """The model's columns of noises of many levels."""
    random = np.random.default_rng(5)
    rows = []
    for seed in range(chunks):
        part = spectrum(float(random.normal(-40, 4)), seed, gain_db)
        rows.append(evidence_of(make_features("c", part=part).head, part, []))
    return feature_matrix(rows)


def after(store: Store, hours: int = 3, **changes: object) -> Drift:
    span = {"since_ms": HOUR + hours * HOUR_MS, "until_ms": HOUR + 48 * HOUR_MS}
    return drift(store, **(span | {"window_ms": hours * HOUR_MS} | changes))  # type: ignore[arg-type]


@pytest.mark.slow
def test_levels_that_shift_by_6_db_are_drift_and_steady_ones_are_not(store: Store) -> None:
    steady, shifted = sample(), sample(-6.0)
    fill_hours(store, 3, steady, each=800)
    fill_hours(store, 1, steady, each=800, first_hour=3)
    fill_hours(store, 1, shifted, each=800, first_hour=4)
    found = after(store)
    assert found.reference_chunks == 2400
    assert [hour.chunks for hour in found.hours] == [800, 800]
    calm, moved = found.hours
    assert not calm.over(THRESHOLD)
    assert calm.features is not None
    assert max(calm.features.values()) < 0.1
    assert moved.over(THRESHOLD)
    assert moved.features is not None
    assert all(moved.features[name] > 0.5 for name in LEVELS)
    # what has no level in it stays where it was
    assert moved.features["coverage"] == pytest.approx(0, abs=1e-9)


@pytest.mark.slow
def test_training_is_a_reference_too_and_one_of_other_columns_is_refused(store: Store) -> None:
    steady = sample()
    edges = np.quantile(steady, np.arange(1, 10) / 10, axis=0)
    training = {name: edges[:, place].tolist() for place, name in enumerate(FEATURE_NAMES)}
    fill_hours(store, 1, steady, each=800)
    fill_hours(store, 1, sample(6.0), each=800, first_hour=1)
    calm, moved = after(store, 0, training=training).hours
    assert not calm.over(THRESHOLD)
    assert moved.over(THRESHOLD)
    with pytest.raises(LearningError, match="rms_dbfs"):
        after(store, 0, training={name: edges for name, edges in training.items() if name != "rms_dbfs"})


@pytest.mark.slow
def test_labels_that_change_are_drift_and_few_chunks_tell_nothing(store: Store) -> None:
    for hour, counts in enumerate(
        ({"speech": 60, "noise": 40}, {"speech": 57, "noise": 43}, {"speech": 20, "fax": 80})
    ):
        feed_labels(store, hour, **counts)
    feed_labels(store, 3, speech=9)
    calm, moved, small = after(store, 1, at_least=50).hours
    assert (calm.labelled, moved.labelled, small.labelled) == (100, 100, 9)
    assert calm.labels == pytest.approx(0.03 * np.log(60 / 57) + 0.03 * np.log(43 / 40))
    assert moved.over(THRESHOLD)
    assert small.labels is None
    assert not small.over(0.0)
    assert all(hour.labels is None for hour in after(store, 1, at_least=101).hours)  # too few before


@pytest.mark.slow
def test_a_store_without_chunks_has_no_hours(store: Store) -> None:
    found = after(store)
    assert found.hours == []
    assert (found.reference_chunks, found.reference_labelled) == (0, 0)
    assert "no chunks" in shown(found)


@pytest.mark.slow
def test_few_chunks_before_tell_nothing_of_the_hours_after(store: Store) -> None:
    fill_hours(store, 1, np.ones((1, len(FEATURE_NAMES)), np.float32), each=10)
    fill_hours(store, 1, np.ones((1, len(FEATURE_NAMES)), np.float32), each=10, first_hour=1)
    (hour,) = after(store, 1, at_least=11).hours
    assert (hour.chunks, hour.features) == (10, None)
    (hour,) = after(store, 1, at_least=10).hours
    assert hour.features is not None
    assert not hour.over(THRESHOLD)


@pytest.mark.slow
def test_a_span_longer_than_features_are_kept_is_refused(store: Store) -> None:
    with pytest.raises(LearningError, match="92 days at most"):
        drift(store, since_ms=HOUR - 93 * DAY_MS, until_ms=HOUR)
    assert drift(store, since_ms=HOUR - 92 * DAY_MS, until_ms=HOUR).hours == []


def shown(found: Drift) -> str:
    console = Console(width=140, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(drift_view(found, THRESHOLD))
    return console.export_text()


def test_what_moved_is_shown_and_told_to_programs() -> None:
    hours = [
        HourDrift(hour_ms=HOUR, chunks=700, labelled=690, features={"rms_dbfs": 0.71, "a<b": 0.01}, labels=0.05),
        HourDrift(hour_ms=HOUR + HOUR_MS, chunks=7, labelled=9, features=None, labels=None),
    ]
    found = Drift(since_ms=HOUR, at_least=500, reference_chunks=900, reference_labelled=800, hours=hours)
    text = shown(found)
    assert "rms_dbfs 0.71, a<b 0.01" in text
    assert "against 900 chunks before" in text
    assert "too few" in text
    objects = list(drift_objects(found, THRESHOLD))
    assert [(each["kind"], each.get("name"), each.get("over")) for each in objects] == [
        ("column", "rms_dbfs", True),
        ("column", "a<b", False),
        ("labels", "labels", False),
        ("too_few", None, None),
    ]
    chart = drift_chart(found, THRESHOLD)
    assert 'class="threshold"' in chart
    assert "rms_dbfs 0.71" in chart
    assert "a<b" not in chart


def test_the_shipped_model_tells_ascending_deciles_of_every_column() -> None:
    training = training_deciles("")
    assert training.keys() == {*FEATURE_NAMES}
    assert all(len(edges) == 9 and sorted(edges) == list(edges) for edges in training.values())
