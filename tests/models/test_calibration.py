import numpy as np
import pytest

from models.calibration import calibrated, expected_error, fit_calibration
from models.evaluation.intervals import upper_bound
from models.thresholds import DEAD_AIR_RATE, LEAST, MOST, PRECISION, choose_thresholds


def overconfident(rounds: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    """Chances that are right less often than they say, and the truth."""
    rng = np.random.default_rng(3)
    logs = rng.standard_normal((rounds, 4)) * 2.0
    honest = np.exp(logs) / np.exp(logs).sum(axis=1, keepdims=True)
    truth = np.array([rng.choice(4, p=row) for row in honest])
    sharp = honest**3
    return sharp / sharp.sum(axis=1, keepdims=True), truth


def error(chances: np.ndarray, truth: np.ndarray) -> float:
    return expected_error(chances.max(axis=1), chances.argmax(axis=1) == truth)


def test_what_is_too_sure_becomes_as_sure_as_it_may_be():
    chances, truth = overconfident()
    temperature, offsets = fit_calibration(chances, truth)
    assert temperature == pytest.approx(3.0, rel=0.1)
    assert np.abs(offsets).max() < 0.5
    given = calibrated(chances, temperature, offsets)
    assert given.sum(axis=1) == pytest.approx(np.ones(len(given)))
    assert error(given, truth) < 0.03 < error(chances, truth)


def test_certainty_stays_finite_and_no_change_changes_nothing():
    certain = np.array([[1.0, 0.0, 0.0], [0.2, 0.5, 0.3]])
    assert np.isfinite(calibrated(certain, 0.1, np.array([5.0, -5.0, 0.0]))).all()
    assert calibrated(certain, 1.0, np.zeros(3)) == pytest.approx(certain, abs=1e-6)


def test_a_label_is_given_from_where_it_is_precise():
    probability = np.linspace(0.4, 1.0, 1000)
    truth = np.where(probability < 0.8, "music_or_hold", "speech")
    given = np.full(1000, "speech")
    chosen = choose_thresholds(given, probability, truth, others=10)["speech"]
    assert 0.75 < chosen < 0.81
    kept = probability >= chosen
    assert (truth[kept] == "speech").mean() >= PRECISION
    assert choose_thresholds(given, probability, np.full(1000, "speech"), others=10) == {"speech": LEAST}
    assert choose_thresholds(given, probability, np.full(1000, "noise"), others=10) == {"speech": MOST}


def test_dead_air_is_given_where_its_false_alarms_are_surely_rare_enough():
    probability = np.array([0.97, 0.96, 0.9, 0.8] + [0.99] * 96)
    truth = np.array(["speech"] * 4 + ["dead_air"] * 96)
    given = np.full(100, "dead_air")
    many, few = (choose_thresholds(given, probability, truth, others=n)["dead_air"] for n in (25_000, 15_000))
    assert 0.96 < many < 0.97  # one false alarm in 25,000 leaves the bound below the rate
    assert few > 0.97
    assert upper_bound(1, 25_000) <= DEAD_AIR_RATE < upper_bound(2, 25_000)
    assert choose_thresholds(given, probability, truth, others=100)["dead_air"] > 0.97
    assert upper_bound(0, 0) == 1.0
