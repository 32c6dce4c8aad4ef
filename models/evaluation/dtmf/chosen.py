"""Model E: four candidates, and the one that folds of the training part choose."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesClassifier

from models.evaluation.dtmf.measured import Measured
from models.evaluation.dtmf.peaks import Lines
from models.evaluation.dtmf.protocol import Estimator, Known, Said, folds_by_source
from models.evaluation.dtmf.ratio import PitchModel, offsets

TREES: Final = 50


def joint_fit(known: Known, asked: Measured, _seed: int) -> Said:
    """Fit key and pitch factor together to the tone's two lines."""
    return PitchModel.fit(known.augmented.lines, known.augmented.keys).ask(asked.lines)


def plain_fit(known: Known, asked: Measured, _seed: int) -> Said:
    """Fit key and pitch factor together as `joint_fit` does, every line weighed alike."""
    learnt, lines = (replace(one, bounds=np.ones_like(one.bounds)) for one in (known.augmented.lines, asked.lines))
    return PitchModel.fit(learnt, known.augmented.keys).ask(lines)


def trees_on_spectrum(known: Known, asked: Measured, seed: int) -> Said:
    """Ask extra trees about the whole spectrum."""
    estimator = ExtraTreesClassifier(TREES, random_state=seed)
    estimator.fit(known.augmented.spectra, known.augmented.keys)
    said: Said = estimator.predict(asked.spectra).astype(np.int64)
    return said


def trees_on_fit(known: Known, asked: Measured, seed: int) -> Said:
    """Ask extra trees how far the two lines are off each key: in their ratio, and together."""
    estimator = ExtraTreesClassifier(TREES, random_state=seed)
    estimator.fit(_off(known.augmented.lines), known.augmented.keys)
    said: Said = estimator.predict(_off(asked.lines)).astype(np.int64)
    return said


CANDIDATES: Final[dict[str, Estimator]] = {
    "extra trees on the whole spectrum": trees_on_spectrum,
    "extra trees on the lines' offsets from each key": trees_on_fit,
    "joint fit of key and pitch to the two lines, weighed alike": plain_fit,
    "joint fit of key and pitch to the two lines": joint_fit,
}


def choose(known: Known, seed: int, tell: Callable[[int, int], None]) -> dict[str, int]:
    """Count each candidate's right answers over folds of the training part, all copies of a tone together.

    Parameters
    ----------
    known : Known
        The training part; nothing else is looked at.
    seed : int
    tell : callable
        Told answers had, and answers in all.

    Returns
    -------
    dict of str to int
        Right answers by candidate, of all augmented tones of the training part; the best first.
    """
    right = dict.fromkeys(CANDIDATES, 0)
    tones = known.augmented
    folds = folds_by_source(tones, seed)
    for number, (inner, outer) in enumerate(folds):
        learnt, asked = Known(known.clean, tones.take(inner)), tones.take(outer)
        for place, (name, estimator) in enumerate(CANDIDATES.items()):
            right[name] += int((estimator(learnt, asked, seed) == asked.keys).sum())
            tell(number * len(CANDIDATES) + place + 1, len(folds) * len(CANDIDATES))
    return dict(sorted(right.items(), key=lambda one: -one[1]))


def _off(lines: Lines) -> NDArray[np.float64]:
    off = offsets(lines)
    return np.concatenate([off[..., 1] - off[..., 0], off.mean(axis=2)], axis=1)
