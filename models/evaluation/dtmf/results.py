"""Everything measured on the paper's tones: its models, others beside them, and the search for hyper-parameters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from models.evaluation.dtmf.chosen import CANDIDATES, choose
from models.evaluation.dtmf.comparators import COMPARATORS, MODELS, knn
from models.evaluation.dtmf.material import PAPER_COPIES, Tones, load_tones
from models.evaluation.dtmf.measured import Measured, measure
from models.evaluation.dtmf.protocol import Estimator, Known, Said, ask_by_source, by_file, folds_by_file
from models.evaluation.dtmf.published import PUBLISHED
from models.evaluation.dtmf.search import Folds, Found, search

Tell = Callable[[str, int, int], None]

OURS: Final = "E"
COUNTS: Final = tuple(np.unique(np.geomspace(1, 300, 40).round().astype(int)).tolist())  # K, for the curves
DRAWS: Final = 10


@dataclass(frozen=True, slots=True)
class Results:
    """Everything measured.

    Attributes
    ----------
    known, asked : Known, Measured
        The paper's split, file by file.
    augmented : Measured
        All augmented tones.
    said : dict of str to ndarray of int64
        On the paper's split, by model.
    by_source : dict of str to ndarray of int64, shape (n,)
        On all augmented tones, each asked about once.
    five_fold : dict of str to float
        Share right over five folds of a model's own training tones, file by file as in the paper.
    draws : dict of str to list of float
        Share right when ten copies of each tone are drawn and split anew.
    chosen : dict of str to int
        Right answers of each candidate for E over folds of the training part, the best first.
    found : dict of str to Found
        Hyper-parameters found again.
    found_said : dict of str to ndarray of int64
        What they say on the paper's split.
    curves : dict of str to ndarray of float64, shape (len(COUNTS),)
        Share right over K, folds of the training part by source.
    """

    known: Known
    asked: Measured
    augmented: Measured
    said: dict[str, Said]
    by_source: dict[str, Said]
    five_fold: dict[str, float]
    draws: dict[str, list[float]]
    chosen: dict[str, int]
    found: dict[str, Found]
    found_said: dict[str, Said]
    curves: dict[str, NDArray[np.float64]]


def results(data: Path, *, seed: int, trials: int, tell: Tell) -> Results:
    """Measure everything that rests on the paper's tones.

    Parameters
    ----------
    data : Path
        Directory with the folder ``dtmf_paper``.
    seed : int
        Of splits, estimators and the search: same seed, same figures.
    trials : int
        Of the search, for each model.
    tell : callable
        Told a stage, how much of it is done, and of how much.

    Raises
    ------
    ModelError
        When the tones aren't there, or Optuna isn't installed.
    """
    # threads of BLAS cost more than they bring where others are at work, and may change last bits
    with threadpool_limits(1):
        clean, augmented = (measure(tones, _telling(tell, name)) for name, tones in _named(data))
        known, asked = by_file(clean, augmented, seed)
        chosen = choose(known, seed, _telling(tell, "model E"))
        estimators = _estimators(CANDIDATES[next(iter(chosen))])
        said = {}
        for number, (name, estimator) in enumerate(estimators.items()):
            said[name] = estimator(known, asked, seed)
            tell("the paper's split", number + 1, len(estimators))
        found, curves = _searched(known, seed, trials, tell)
        return Results(
            known=known,
            asked=asked,
            augmented=augmented,
            said=said,
            by_source=ask_by_source(estimators, clean, augmented, seed, _telling(tell, "by source")),
            five_fold={name: _five_fold(name, known, seed) for name in PUBLISHED},
            draws=_drawn(estimators, clean, augmented, seed, tell),
            chosen=chosen,
            found=found,
            found_said={name: knn(one.best)(known, asked, seed) for name, one in found.items()},
            curves=curves,
        )


def _named(data: Path) -> list[tuple[str, Tones]]:
    clean, augmented = load_tones(data)
    return [("clean tones", clean), ("augmented tones", augmented)]


def _estimators(ours: Estimator) -> dict[str, Estimator]:
    return {**MODELS, **{name: one for name, (one, _) in COMPARATORS.items()}, OURS: ours}


def _searched(
    known: Known, seed: int, trials: int, tell: Tell
) -> tuple[dict[str, Found], dict[str, NDArray[np.float64]]]:
    found, curves = {}, {}
    count, total = len(known.augmented.keys), trials * len(PUBLISHED)
    for number, (name, model) in enumerate(PUBLISHED.items()):

        def told(made: int, before: int = number * trials) -> None:
            tell("search", before + made, total)

        folds = Folds(model, known, seed)  # gigabytes of neighbours: one model's at a time
        found[name] = search(folds, model, count, seed, trials, told)
        curves[name] = folds.curve(model, COUNTS) / count
    return found, curves


def _five_fold(name: str, known: Known, seed: int) -> float:
    model = PUBLISHED[name]
    tones = known.augmented if model.augmented else known.clean
    right = 0
    for inner, outer in folds_by_file(tones.keys, seed):
        said = model.ask(tones.rows[inner], tones.keys[inner], tones.rows[outer])
        right += int((said == tones.keys[outer]).sum())
    return right / len(tones.keys)


def _drawn(
    estimators: Mapping[str, Estimator], clean: Measured, augmented: Measured, seed: int, tell: Tell
) -> dict[str, list[float]]:
    """Draw as many copies of each tone as the paper had, and a split, over and over."""
    shares: dict[str, list[float]] = {name: [] for name in (*PUBLISHED, OURS)}
    for number in range(DRAWS):
        kept = _ten_copies(augmented, np.random.default_rng([seed, 12, number]))
        known, asked = by_file(clean, augmented.take(kept), 1000 * seed + number)
        for name, drawn in shares.items():
            drawn.append(float((estimators[name](known, asked, seed) == asked.keys).mean()))
        tell("ten copies", number + 1, DRAWS)
    return shares


def _ten_copies(tones: Measured, rng: np.random.Generator) -> NDArray[np.int64]:
    order = np.lexsort((rng.random(len(tones.keys)), tones.sources))
    _, begins = np.unique(tones.sources[order], return_index=True)
    rank = np.arange(order.size) - np.repeat(begins, np.diff(np.append(begins, order.size)))
    return np.sort(order[rank < PAPER_COPIES])


def _telling(tell: Tell, stage: str) -> Callable[[int, int], None]:
    return lambda done, total: tell(stage, done, total)
