"""Who is asked about what: the paper's split by file, and beside it folds that keep all copies of a tone together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, StratifiedShuffleSplit

from models.evaluation.dtmf.measured import Measured

Places = NDArray[np.int64]
Said = NDArray[np.int64]

FOLDS: Final = 5
ASKED: Final = 0.2  # share of the augmented tones that the paper's split asks about
NONE: Final = -1  # said by a method that may say that there is no key


@dataclass(frozen=True, slots=True)
class Known:
    """What a model may learn from: clean tones, augmented tones, or both."""

    clean: Measured
    augmented: Measured


Estimator = Callable[[Known, Measured, int], Said]  # what is known, what is asked about, a seed


def by_file(clean: Measured, augmented: Measured, seed: int) -> tuple[Known, Measured]:
    """Split as the paper does, at random within each key and file by file: copies of one tone are on both sides.

    Parameters
    ----------
    clean, augmented : Measured
    seed : int

    Returns
    -------
    known : Known
        Four fifths of the clean and of the augmented tones.
    asked : Measured
        The other augmented ones.
    """
    known_clean, _ = _shuffled(clean, seed)
    known, asked = _shuffled(augmented, seed)
    return Known(clean.take(known_clean), augmented.take(known)), augmented.take(asked)


def folds_by_file(keys: Places, seed: int, folds: int = FOLDS) -> list[tuple[Places, Places]]:
    """Stratified folds, file by file, as the paper's five: places to know, places to ask about."""
    maker = StratifiedKFold(folds, shuffle=True, random_state=seed)
    return [(known, asked) for known, asked in maker.split(keys, keys)]


def folds_by_source(tones: Measured, seed: int, folds: int = FOLDS) -> list[tuple[Places, Places]]:
    """Stratified folds that keep all copies of a clean tone together."""
    maker = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    return [(known, asked) for known, asked in maker.split(tones.keys, tones.keys, tones.sources)]


def ask_by_source(
    estimators: Mapping[str, Estimator],
    clean: Measured,
    augmented: Measured,
    seed: int,
    tell: Callable[[int, int], None],
) -> dict[str, Said]:
    """Ask about every augmented tone once, knowing neither its clean tone nor another copy of that.

    Parameters
    ----------
    estimators : mapping of str to Estimator
    clean, augmented : Measured
    seed : int
    tell : callable
        Told answers had, and answers in all.

    Returns
    -------
    dict of str to ndarray of int64, shape (n,)
    """
    said = {name: np.full(len(augmented.keys), NONE) for name in estimators}
    for number, (known, asked) in enumerate(folds_by_source(augmented, seed)):
        held_out = np.isin(clean.sources, augmented.sources[asked])
        material = Known(clean.take(np.flatnonzero(~held_out)), augmented.take(known))
        questions = augmented.take(asked)
        for place, (name, estimator) in enumerate(estimators.items()):
            said[name][asked] = estimator(material, questions, seed)
            tell(number * len(estimators) + place + 1, FOLDS * len(estimators))
    return said


def macro_f1(keys: Places, said: Said) -> float:
    """Mean over the keys asked about of the harmonic mean of precision and recall."""
    scores = []
    for key in np.unique(keys):
        both = ((keys == key) & (said == key)).sum()
        scores.append(2.0 * float(both) / float((keys == key).sum() + (said == key).sum()))
    return float(np.mean(scores))


def _shuffled(tones: Measured, seed: int) -> tuple[Places, Places]:
    maker = StratifiedShuffleSplit(1, test_size=ASKED, random_state=seed)
    known, asked = next(iter(maker.split(tones.keys, tones.keys)))
    return known, asked
