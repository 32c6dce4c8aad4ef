"""Other ways to tell keys from the same tones: what the paper compares itself with, and two that need no learning."""

from typing import Final

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC

from models.evaluation.dtmf.counterpropagation import CounterPropagation
from models.evaluation.dtmf.measured import Measured
from models.evaluation.dtmf.protocol import NONE, Estimator, Known, Said
from models.evaluation.dtmf.published import PUBLISHED, Knn
from models.evaluation.dtmf.rows import by_maximum

TREES: Final = 100
# What a tone must show to be taken for a key: Q.24's twist (AT&T), and most of its energy in the two frequencies.
_SHARE: Final = 0.5
_TWIST_DB: Final = (-8.0, 4.0)  # column less row
_ROUNDING_DB: Final = 0.5  # of what is measured in noise; twist that is sent at a limit is within it


def knn(model: Knn) -> Estimator:
    """Make an estimator of one of the paper's models."""

    def ask(known: Known, asked: Measured, _seed: int) -> Said:
        learnt = known.augmented if model.augmented else known.clean
        return model.ask(learnt.rows, learnt.keys, asked.rows)

    return ask


def largest(_known: Known, asked: Measured, _seed: int) -> Said:
    """Take the largest of the four rows and of the four columns; nothing is learnt."""
    said: Said = 4 * asked.rows[:, :4].argmax(axis=1) + asked.rows[:, 4:8].argmax(axis=1)
    return said


def thresholds(_known: Known, asked: Measured, _seed: int) -> Said:
    """Take the strongest row and column at the exact frequencies if thresholds are met, else say that there is none."""
    row, column = asked.exact[:, :4].argmax(axis=1), asked.exact[:, 4:8].argmax(axis=1)
    each = np.arange(len(row))
    low, high = asked.exact[each, row], asked.exact[each, 4 + column]
    twist = 10.0 * np.log10(np.maximum(high, 1e-12) / np.maximum(low, 1e-12))
    heard = (low + high >= _SHARE) & (twist >= _TWIST_DB[0] - _ROUNDING_DB) & (twist <= _TWIST_DB[1] + _ROUNDING_DB)
    return np.where(heard, 4 * row + column, NONE)


def support_vectors(known: Known, asked: Measured, seed: int) -> Said:
    """Ask a support vector machine with a radial kernel."""
    return _ask(SVC(C=10.0, random_state=seed), known, asked)


def network(known: Known, asked: Measured, seed: int) -> Said:
    """Ask a network of one hidden layer of 32 units."""
    return _ask(MLPClassifier((32,), early_stopping=len(known.augmented.keys) > 1000, random_state=seed), known, asked)


def counter_propagation(known: Known, asked: Measured, seed: int) -> Said:
    """Ask a counter-propagation network."""
    learnt = known.augmented
    return CounterPropagation.fit(by_maximum(learnt.rows), learnt.keys, seed).ask(by_maximum(asked.rows))


def trees(known: Known, asked: Measured, seed: int) -> Said:
    """Ask extra trees."""
    return _ask(ExtraTreesClassifier(TREES, random_state=seed), known, asked)


# each with what it is, as the page says it
COMPARATORS: Final[dict[str, tuple[Estimator, str]]] = {
    "SVM": (support_vectors, "radial kernel, C = 10"),
    "neural network": (network, "32 hidden units, stopped early"),
    "counter-propagation network": (counter_propagation, "Kohonen layer of 128 units, Grossberg layer"),
    "DFT + modified Goertzel": (
        thresholds,
        "at the exact frequencies; two of them hold half of the energy, twist as in Q.24; else *no key*",
    ),
    "extra trees": (trees, f"{TREES} trees"),
    "largest row and column": (largest, "nothing is learnt"),
}

MODELS: Final[dict[str, Estimator]] = {name: knn(model) for name, model in PUBLISHED.items()}


def _ask(estimator: SVC | MLPClassifier | ExtraTreesClassifier, known: Known, asked: Measured) -> Said:
    learnt = known.augmented
    estimator.fit(by_maximum(learnt.rows), learnt.keys)
    said: Said = estimator.predict(by_maximum(asked.rows)).astype(np.int64)
    return said
