"""What chance does: how often a query that is in no call is matched as well as one that is.

Of a query's candidates the best one counts, so the distribution is that of the greatest of many sums: its tail falls
exponentially (S. Karlin, S. Altschul, "Methods for assessing the statistical significance of molecular sequence
features by using general scoring schemes", 1990).
"""

from math import exp, expm1
from typing import Final

from features.matching.agreement import LEAST_CUT, LEAST_SHARED, Agreement

# Fitted to negatives of the half that tunes, by `python -m bench.replay_calibration`
_PLACE: Final = 9.0
_SCALE: Final = 2.0


def false_match_probability(agreement: Agreement) -> float:
    """Tell how probable it is that a query of which nothing is in the index is matched so well or better.

    Parameters
    ----------
    agreement : Agreement
        Of the query's best candidate; `TOP` calls were looked at.

    Returns
    -------
    float
        Per query, 0 to 1. It is 1 where the shared part is shorter than `LEAST_SHARED`, or `LEAST_CUT` in all where
        it is in pieces: messages of one voice share words and phrases, and a phrase is no recording.
    """
    if agreement.shared < (LEAST_SHARED if agreement.parts == 1 else LEAST_CUT):
        return 1.0
    return -expm1(-exp(min(0.0, -(agreement.evidence - _PLACE) / _SCALE)))
