"""What chance does: how often a query that is in no call scores as much as one that is.

Of a query's candidates the best one counts, so the distribution is that of the greatest of them: its tail falls
exponentially (E. J. Gumbel, Statistics of Extremes, 1958), from a place and with a scale that depend on how much was
compared.
"""

from math import exp, expm1
from typing import Final

from features.matching.agreement import LEAST_COMPARED, Agreement

# Fitted to negatives of the half that tunes, by `python -m bench.replay_calibration`
_PLACE: Final = 2.2
_SCALE: Final = 0.30


def false_match_probability(agreement: Agreement) -> float:
    """Tell how probable it is that a query of which nothing is in the index is matched so well or better.

    Parameters
    ----------
    agreement : Agreement
        Of the query's best candidate; `TOP` of them looked at.

    Returns
    -------
    float
        Per query, 0 to 1. It is 1 where less than `LEAST_COMPARED` frames were compared: messages of one voice
        share words, and a word is no recording.
    """
    if agreement.compared < LEAST_COMPARED:
        return 1.0
    return -expm1(-exp(min(0.0, -(agreement.z - _PLACE) / _SCALE)))
