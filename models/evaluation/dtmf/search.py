"""The hyper-parameters found again by Bayesian optimisation, on folds of the training part alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.evaluation.dtmf.neighbours import DISTANCES, WEIGHTS, Distance, Weights, answers, nearest
from models.evaluation.dtmf.protocol import Known, folds_by_source
from models.evaluation.dtmf.published import SCALINGS, Knn, Scaling
from models.evaluation.extras import needed

TRIALS: Final = 40  # for each model
MOST: Final = 300  # neighbours


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to.

    Attributes
    ----------
    published, best : Knn
    published_right, best_right : int
        Answers over the folds, of `asked`.
    asked : int
    """

    published: Knn
    best: Knn
    published_right: int
    best_right: int
    asked: int


class Folds:
    """Neighbours of every tone among the other folds' tones, found once for each distance and scaling.

    Parameters
    ----------
    model : Knn
        Whose features and kind of training tones to use.
    known : Known
        The training part.
    seed : int
    """

    def __init__(self, model: Knn, known: Known, seed: int) -> None:
        self._model, self._known = model, known
        self._folds = folds_by_source(known.augmented, seed)
        self._kept: dict[tuple[Distance, Scaling], list[tuple[NDArray[np.int64], NDArray[np.float64]]]] = {}

    def right(self, model: Knn) -> int:
        """Count right answers over the folds."""
        return int(self.curve(model, [model.neighbours])[0])

    def curve(self, model: Knn, counts: Sequence[int]) -> NDArray[np.int64]:
        """Count right answers over the folds for several K, shape (len(counts),)."""
        total = np.zeros(len(counts), dtype=np.int64)
        for (keys, distances), (_, outer) in zip(self._neighbours(model), self._folds, strict=True):
            said = answers(keys, distances, model.weights, counts)
            total += (said == self._known.augmented.keys[outer]).sum(axis=1)
        return total

    def _neighbours(self, model: Knn) -> list[tuple[NDArray[np.int64], NDArray[np.float64]]]:
        """Keys and distances of the neighbours in each fold."""
        angle = model.distance in ("cosine", "correlation")  # which doesn't depend on how long a row is
        scaling = "maximum" if angle and model.scaling == "none" else model.scaling
        if (model.distance, scaling) not in self._kept:
            self._kept[model.distance, scaling] = [self._fold(model, *fold) for fold in self._folds]
        return self._kept[model.distance, scaling]

    def _fold(
        self, model: Knn, inner: NDArray[np.int64], outer: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        clean, tones = self._known.clean, self._known.augmented
        if model.augmented:
            rows, keys = tones.rows[inner], tones.keys[inner]
        else:
            apart = ~np.isin(clean.sources, tones.sources[outer])
            rows, keys = clean.rows[apart], clean.keys[apart]
        places, distances = nearest(*model.prepared(rows, tones.rows[outer]), model.distance, MOST)
        return keys[places], distances


def search(folds: Folds, published: Knn, asked: int, seed: int, trials: int, tell: Callable[[int], None]) -> Found:
    """Look for better hyper-parameters than the published ones: K, distance, weights and scaling.

    Tree-structured Parzen estimators (Bergstra et al. 2011) as Optuna has them; of equals the first found is kept.

    Parameters
    ----------
    folds : Folds
    published : Knn
    asked : int
        Tones in all folds.
    seed : int
    trials : int
    tell : callable
        Told how many trials were made.

    Raises
    ------
    ModelError
        When Optuna isn't installed.
    """
    optuna: Any = needed("optuna")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    known: dict[Knn, int] = {}

    def tried(trial: Any) -> float:
        distance: Distance = trial.suggest_categorical("distance", DISTANCES)
        weights: Weights = trial.suggest_categorical("weights", WEIGHTS)
        scaling: Scaling = trial.suggest_categorical("scaling", SCALINGS)
        model = published.other(trial.suggest_int("neighbours", 1, MOST, log=True), distance, weights, scaling)
        if model not in known:
            known[model] = folds.right(model)
        tell(trial.number + 1)
        return known[model] / asked

    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    study.optimize(tried, n_trials=trials)
    best = max(known, key=known.__getitem__)
    return Found(published, best, folds.right(published), known[best], asked)
