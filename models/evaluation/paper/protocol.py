"""How the paper's estimators are asked: its own stratified shuffle split, and beside it a split by recording."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import StratifiedGroupKFold, StratifiedShuffleSplit
from sklearn.svm import LinearSVC

from models.evaluation.intervals import grouped_interval
from models.evaluation.paper.calls import Call
from models.evaluation.paper.table import accuracy_at, precision_at

Split = tuple[NDArray[np.int64], NDArray[np.int64]]  # rows to train on, rows to ask about
Mask = NDArray[np.bool_]

TREES: Final = 100  # the paper's
FOLDS: Final = 5
REPEATS: Final = 10  # of the shuffle split
_ASKED: Final = 0.2  # share of a shuffle split that is asked about

# scikit-learn's defaults where the paper names no value: C = 1, alpha = 1e-4. LinearSVC's primal problem has the same
# optimum and reaches it whatever C is.
ESTIMATORS: Final[dict[str, Callable[[int], Any]]] = {
    "LinearSVC": lambda seed: LinearSVC(dual=False, max_iter=10_000, random_state=seed),
    "SGDClassifier": lambda seed: SGDClassifier(random_state=seed, n_jobs=1),
    "random forest": lambda seed: RandomForestClassifier(TREES, random_state=seed, n_jobs=1),
}


@dataclass(frozen=True, slots=True)
class Material:
    """A set as the estimators see it.

    Attributes
    ----------
    vectors : ndarray of float32, shape (n, d)
    silent : ndarray of bool, shape (n,)
    kinds, groups : ndarray of str, shape (n,)
    """

    vectors: NDArray[np.float32]
    silent: Mask
    kinds: NDArray[np.str_]
    groups: NDArray[np.str_]

    @classmethod
    def of(cls, calls: Sequence[Call], vectors: NDArray[np.float32]) -> "Material":
        """Put calls and their feature vectors together."""
        return cls(
            vectors=vectors,
            silent=np.array([call.silent for call in calls]),
            kinds=np.array([call.kind for call in calls]),
            groups=np.array([call.group for call in calls]),
        )


@dataclass(frozen=True, slots=True)
class Answers:
    """What an estimator said of calls that it hadn't been trained on.

    Attributes
    ----------
    rows : ndarray of int64, shape (m,)
        Which calls of the material; one may have been asked about more than once.
    silent, called : ndarray of bool, shape (m,)
        Truth, and what was said.
    draws : ndarray of str, shape (m,)
        What an interval draws from: the split's number where calls were shuffled, the recording where they weren't.
    """

    rows: NDArray[np.int64]
    silent: Mask
    called: Mask
    draws: NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure and its 95 % interval; NaN where there is none."""

    value: float
    low: float
    high: float


def shuffled(material: Material, seed: int, repeats: int = REPEATS) -> list[Split]:
    """Stratified shuffle splits, call by call: two openings of one recording may fall on both sides."""
    maker = StratifiedShuffleSplit(repeats, test_size=_ASKED, random_state=seed)
    return [(train, test) for train, test in maker.split(material.vectors, material.silent)]


def grouped(material: Material, seed: int, folds: int = FOLDS) -> list[Split]:
    """Stratified folds that leave every talker, device, voice and tone whole."""
    maker = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    return [(train, test) for train, test in maker.split(material.vectors, material.silent, material.groups)]


def ask(
    make: Callable[[int], Any],
    material: Material,
    splits: Sequence[Split],
    seed: int,
    *,
    by_recording: bool,
    tell: Callable[[], None],
) -> Answers:
    """Train on each split's one side and ask about the other.

    Parameters
    ----------
    make : callable
        From a seed to an estimator of scikit-learn.
    material : Material
    splits : sequence of (ndarray, ndarray)
    seed : int
    by_recording : bool
        Whether intervals draw recordings (else splits).
    tell : callable
        Called after each split.
    """
    rows, called, draws = [], [], []
    for number, (train, test) in enumerate(splits):
        estimator = make(seed + number).fit(material.vectors[train], material.silent[train])
        rows.append(test)
        called.append(estimator.predict(material.vectors[test]))
        draws.append(material.groups[test] if by_recording else np.full(test.size, f"split {number}"))
        tell()
    every = np.concatenate(rows)
    return Answers(every, material.silent[every], np.concatenate(called).astype(np.bool_), np.concatenate(draws))


def rates(silent: Mask, called: Mask) -> tuple[float, float]:
    """Share of silent and of ordinary calls that were called silent; NaN where there are none."""
    return _share(called[silent]), _share(called[~silent])


def precision(answers: Answers, seed: int, prevalence: float | None = None) -> Measured:
    """Precision, as it is in the set or where another share of the calls is silent."""
    return _measured(
        answers, lambda s, c: precision_at(*rates(s, c), _share(s) if prevalence is None else prevalence), seed
    )


def accuracy(answers: Answers, seed: int, prevalence: float | None = None) -> Measured:
    """Share of right answers, as it is in the set or where another share of the calls is silent."""
    return _measured(
        answers, lambda s, c: accuracy_at(*rates(s, c), _share(s) if prevalence is None else prevalence), seed
    )


def recall(answers: Answers, seed: int) -> Measured:
    """Share of the silent calls that were found."""
    return _measured(answers, lambda s, c: rates(s, c)[0], seed)


def f1(answers: Answers, seed: int) -> Measured:
    """Harmonic mean of precision and recall."""
    return _measured(answers, lambda s, c: 2.0 * float((s & c).sum()) / max(float(s.sum() + c.sum()), 1.0), seed)


def _measured(answers: Answers, statistic: Callable[[Mask, Mask], float], seed: int) -> Measured:
    pairs = np.stack([answers.silent, answers.called], axis=1)
    low, high = grouped_interval(pairs, answers.draws, lambda drawn: statistic(drawn[:, 0], drawn[:, 1]), seed)
    return Measured(statistic(answers.silent, answers.called), low, high)


def _share(mask: Mask) -> float:
    return float(mask.mean()) if mask.size else float("nan")
