"""The paper's four models as it publishes them."""

from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from models.evaluation.dtmf.neighbours import Distance, Weights, answers, nearest
from models.evaluation.dtmf.rows import by_maximum

Rows = NDArray[np.float64]
Scaling = Literal["maximum", "none", "standardised"]

SCALINGS: Final[tuple[Scaling, ...]] = ("maximum", "none", "standardised")


@dataclass(frozen=True, slots=True)
class Knn:
    """K nearest neighbours among rows of |DFT|.

    Attributes
    ----------
    neighbours : int
        K.
    distance, weights : str
        As `neighbours.nearest` and `neighbours.answers` have them.
    scaling : {"maximum", "none", "standardised"}
        Each row divided by its maximum; left as it is; divided by its maximum and then each column brought to the
        training rows' mean 0 and deviation 1.
    harmonics : bool
        Sixteen columns, else the first eight.
    augmented : bool
        Trained on augmented tones, else on clean ones.
    """

    neighbours: int
    distance: Distance
    weights: Weights
    scaling: Scaling
    harmonics: bool
    augmented: bool

    def prepared(self, known: Rows, asked: Rows) -> tuple[Rows, Rows]:
        """Scale raw rows of sixteen columns as this model wants them; what is learnt is learnt from `known`."""
        columns = 16 if self.harmonics else 8
        return scaled(known[:, :columns], asked[:, :columns], self.scaling)

    def ask(self, known: Rows, keys: NDArray[np.int64], asked: Rows) -> NDArray[np.int64]:
        """Say which key each row is.

        Parameters
        ----------
        known : ndarray of float64, shape (n, 16)
            Raw rows to learn from.
        keys : ndarray of int64, shape (n,)
        asked : ndarray of float64, shape (m, 16)

        Returns
        -------
        ndarray of int64, shape (m,)
        """
        known, asked = self.prepared(known, asked)
        places, distances = nearest(known, asked, self.distance, self.neighbours)
        said: NDArray[np.int64] = answers(keys[places], distances, self.weights, [self.neighbours])[0]
        return said

    def named(self) -> str:
        """K, distance and weights in a few words."""
        more = ", standardised" if self.scaling == "standardised" else ", not scaled" if self.scaling == "none" else ""
        return f"K = {self.neighbours}, {self.distance}, {self.weights}{more}"

    def other(self, neighbours: int, distance: Distance, weights: Weights, scaling: Scaling) -> "Knn":
        """The same features and training tones with other hyper-parameters."""
        return replace(self, neighbours=neighbours, distance=distance, weights=weights, scaling=scaling)


# K, distance and weights from the paper; that C's columns are standardised only the authors' scripts say
PUBLISHED: Final = {
    "A": Knn(31, "cosine", "equal", "maximum", harmonics=False, augmented=False),
    "B": Knn(29, "cosine", "equal", "maximum", harmonics=True, augmented=False),
    "C": Knn(16, "correlation", "inverse", "standardised", harmonics=False, augmented=True),
    "D": Knn(138, "correlation", "squared inverse", "maximum", harmonics=True, augmented=True),
}


def scaled(known: Rows, asked: Rows, scaling: Scaling) -> tuple[Rows, Rows]:
    """Scale rows; columns are standardised by the mean and deviation of `known`."""
    if scaling == "none":
        return known, asked
    known, asked = by_maximum(known), by_maximum(asked)
    if scaling == "maximum":
        return known, asked
    mean, deviation = known.mean(axis=0), known.std(axis=0)
    deviation = np.where(deviation > 0.0, deviation, 1.0)
    return (known - mean) / deviation, (asked - mean) / deviation
