"""The paper's three cross-validation curves: score over number of trees, over alpha, over C."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.svm import LinearSVC

from models.evaluation.paper.protocol import Material, Split, grouped, shuffled
from models.evaluation.plots import COLOURS, OURS, THEIRS, figure, plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Scores = NDArray[np.float64]  # shape (splits, values): accuracy

TREES: Final = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200)
ALPHAS: Final = tuple(10.0**power for power in (-7, -6, -5, -4.5, -4, -3.5, -3, -2.5, -2, -1))
COSTS: Final = tuple(10.0**power for power in (-3, -2, -1, -0.5, 0, 0.5, 1, 2, 3))
_SPLITS: Final = 5  # of each protocol


@dataclass(frozen=True, slots=True)
class Curve:
    """Accuracy over the values of one parameter: on what was trained on, on shuffled calls, on whole recordings.

    Attributes
    ----------
    estimator, parameter : str
    values : tuple of float
    seen, shuffled, grouped : ndarray of float64, shape (splits, values)
    """

    estimator: str
    parameter: str
    values: tuple[float, ...]
    seen: Scores
    shuffled: Scores
    grouped: Scores

    def best(self) -> tuple[float, float]:
        """Value of the best mean over whole recordings (the first of equals), and that mean."""
        means = self.grouped.mean(axis=0)
        place = int(means.argmax())
        return self.values[place], float(means[place])

    def draw(self, chosen: float) -> "Figure":
        """Draw the means, with the least and the greatest of the splits as bands, and the value used in the table."""
        made = figure(7.5, 3.6)
        axes = made.add_subplot()
        for name, scores, colour in (
            ("trained on", self.seen, THEIRS),
            ("shuffled calls, as in the paper", self.shuffled, COLOURS[0]),
            ("recordings never trained on", self.grouped, OURS),
        ):
            axes.plot(self.values, scores.mean(axis=0), color=colour, marker="o", markersize=3, label=name)
            axes.fill_between(
                self.values, scores.min(axis=0), scores.max(axis=0), color=colour, alpha=0.15, linewidth=0
            )
        axes.axvline(chosen, color="#424242", linestyle=":", linewidth=1)
        axes.set_xscale("log")
        axes.set_xlabel(f"{self.parameter} (dotted: the value in the table)")
        axes.set_ylabel("accuracy: mean, least, greatest")
        plain(axes)
        made.legend(frameon=False, fontsize=8, loc="outside upper center", ncols=3)
        return made


def curves(material: Material, seed: int, tell: Callable[[int, int], None]) -> list[Curve]:
    """Ask the three estimators at all values, in five shuffle splits and in five folds of whole recordings.

    Parameters
    ----------
    material : Material
    seed : int
    tell : callable
        Told fits done and fits in all.
    """
    protocols = (shuffled(material, seed, _SPLITS), grouped(material, seed, _SPLITS))
    total = 2 * _SPLITS * (1 + len(ALPHAS) + len(COSTS))
    done = 0

    def fitted() -> None:
        nonlocal done
        done += 1
        tell(done, total)

    found = []
    for estimator, parameter, values, score in (
        ("random forest", "number of trees", tuple(float(n) for n in TREES), _forest),
        ("SGDClassifier", "alpha", ALPHAS, _sgd),
        ("LinearSVC", "C", COSTS, _svc),
    ):
        both = [[score(material, split, values, seed + n, fitted) for n, split in enumerate(s)] for s in protocols]
        scores = np.array(both)  # (protocol, split, seen or asked, value)
        found.append(Curve(estimator, parameter, values, scores[0, :, 0], scores[0, :, 1], scores[1, :, 1]))
    return found


def _forest(
    material: Material, split: Split, values: Sequence[float], seed: int, fitted: Callable[[], None]
) -> list[list[float]]:
    """One forest is all the smaller ones too: its first trees."""
    train, _ = split
    forest = RandomForestClassifier(int(max(values)), random_state=seed, n_jobs=1)
    forest.fit(material.vectors[train], material.silent[train])
    fitted()
    scores = []
    for rows in split:
        votes = np.cumsum([tree.predict_proba(material.vectors[rows])[:, 1] for tree in forest.estimators_], axis=0)
        said = [votes[int(n) - 1] / n > 0.5 for n in values]
        scores.append([float((one == material.silent[rows]).mean()) for one in said])
    return scores


def _sgd(
    material: Material, split: Split, values: Sequence[float], seed: int, fitted: Callable[[], None]
) -> list[list[float]]:
    return _each(material, split, [SGDClassifier(alpha=v, random_state=seed, n_jobs=1) for v in values], fitted)


def _svc(
    material: Material, split: Split, values: Sequence[float], seed: int, fitted: Callable[[], None]
) -> list[list[float]]:
    return _each(
        material, split, [LinearSVC(C=v, dual=False, max_iter=10_000, random_state=seed) for v in values], fitted
    )


def _each(material: Material, split: Split, estimators: Sequence[Any], fitted: Callable[[], None]) -> list[list[float]]:
    scores: list[list[float]] = [[], []]
    train, _ = split
    for estimator in estimators:
        estimator.fit(material.vectors[train], material.silent[train])
        fitted()
        for place, rows in enumerate(split):
            scores[place].append(float(estimator.score(material.vectors[rows], material.silent[rows])))
    return scores
