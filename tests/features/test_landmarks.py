import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from features.landmarks import FINGERPRINT_VERSION, MAX_LANDMARKS, landmarks
from features.peaks import BINS


def some_peaks(seed: int = 1, count: int = 60) -> NDArray[np.int32]:
    rng = np.random.default_rng(seed)
    peaks = np.stack([rng.integers(0, 500, count), rng.integers(0, BINS, count)], axis=1).astype(np.int32)
    return peaks[np.lexsort((peaks[:, 1], peaks[:, 0]))]


def test_the_same_peaks_later_have_the_same_keys() -> None:
    peaks = some_peaks()

    now, later = landmarks(peaks), landmarks(peaks + np.array([1000, 0], np.int32))

    assert len(now.keys) > 100
    assert np.array_equal(now.keys, later.keys)
    assert np.array_equal(later.ticks - now.ticks, np.full(len(now.ticks), 1000))


def test_other_peaks_share_next_to_no_key() -> None:
    keys = [set(landmarks(some_peaks(seed)).keys.tolist()) for seed in range(20)]

    shared = sum(len(keys[a] & keys[b]) for a in range(20) for b in range(a))

    assert shared <= 5  # of 190 pairs of some 250 keys each


def test_a_lost_peak_takes_only_its_own_landmarks_with_it() -> None:
    peaks = some_peaks()
    whole = set(landmarks(peaks).keys.tolist())

    without = set(landmarks(np.delete(peaks, 30, axis=0)).keys.tolist())

    assert len(whole & without) > 0.8 * len(whole)


def test_keys_carry_the_version_and_landmarks_point_at_their_peaks() -> None:
    peaks = some_peaks()

    found = landmarks(peaks)

    assert set((found.keys >> 29).tolist()) == {FINGERPRINT_VERSION}
    assert np.array_equal(found.ticks, peaks[found.members[:, 0], 0])
    assert (np.diff(peaks[found.members, 0], axis=1) >= 0).all()


@given(st.lists(st.tuples(st.integers(-10, 3000), st.integers(0, BINS - 1)), max_size=80))
def test_any_ordered_peaks_are_taken(pairs: list[tuple[int, int]]) -> None:
    peaks = np.array(sorted(pairs), np.int32).reshape(-1, 2)

    found = landmarks(peaks)

    assert len(found.keys) == len(found.ticks) == len(found.members) <= MAX_LANDMARKS
    assert len(peaks) >= 3 or len(found.keys) == 0


def test_their_number_is_bounded() -> None:
    assert len(landmarks(some_peaks(count=1000)).keys) == MAX_LANDMARKS


@pytest.mark.parametrize(
    "peaks",
    [np.zeros((3, 3), np.int32), np.array([[5, 0], [4, 0]], np.int32), np.array([[0, BINS]], np.int32)],
    ids=["shape", "order", "bin"],
)
def test_what_are_no_peaks_is_refused(peaks: NDArray[np.int32]) -> None:
    with pytest.raises(ValueError, match="peaks are"):
        landmarks(peaks)
