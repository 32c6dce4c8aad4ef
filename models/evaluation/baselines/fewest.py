"""Which of a voice detector's figures tells dead air best."""

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from models.evaluation.baselines.protocol import Scorer


def fewest(rows: NDArray[np.float32], truth: NDArray[np.bool_]) -> Scorer:
    """Score by the one figure that parts dead air best (area under the curve): less of it is likelier dead air.

    Parameters
    ----------
    rows : ndarray of float32, shape (n, k)
    truth : ndarray of bool, shape (n,)
        Both kinds must be there.
    """
    best = int(np.argmax([roc_auc_score(truth, -column) for column in rows.T]))

    def score(others: NDArray[np.float32]) -> NDArray[np.float64]:
        return -others[:, best].astype(np.float64)

    return score
