"""What chance does: how often a query that is in no call is matched as well as one that is.

Of a query's candidates the best one counts, so the distribution is that of the greatest of many sums: its tail falls
exponentially (S. Karlin, S. Altschul, "Methods for assessing the statistical significance of molecular sequence
features by using general scoring schemes", 1990).
"""

from math import exp, expm1, log
from typing import Final

from features.matching.agreement import LEAST_CUT, LEAST_SHARED, Agreement

# Fitted to queries of 2 to 8 s of the half that tunes, by `python -m bench.replay_calibration --queries 500`. With
# 20,000 made-up calls more the tail was no higher: so many candidates are compared, however many calls there are.
_PLACE: Final = -4.7  # of evidence
_SCALE: Final = 5.7  # of evidence, for a query of 100 frames ...
_LONGER: Final = 3.9  # ... and more for each factor e: in a longer one chance has longer stretches
_LEAST_SCALE: Final = 3.0


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
    scale = max(_LEAST_SCALE, _SCALE + _LONGER * log(max(agreement.asked, 1) / 100.0))
    return -expm1(-exp((_PLACE - agreement.evidence) / scale))
