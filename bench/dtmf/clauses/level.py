"""Twist and levels (Q.24 table 1: AT&T +4 to -8 dB and 0 to -25 dBm0, not below -55; NTT 5 dB and -3 to -24, -29)."""

from functools import partial
from typing import Final

import numpy as np

from bench.dtmf.clause import Case, Clause, Material
from bench.dtmf.digits import Sender, Trials, trials

HIGH_WEAKER, LOW_WEAKER = "high tone weaker", "low tone weaker"
TWISTS: Final = tuple(x / 2 for x in range(25))  # dB
LEVELS: Final = tuple(float(x) for x in range(0, -56, -1))  # dBm0 of each tone
FAINT: Final = (-57.0, -60.0, -65.0)


def _twisted(sign: float, twist: float, rng: np.random.Generator, n: int, material: Material) -> Trials:
    return trials(rng, n, Sender(twist_db=sign * twist))


def _at_level(level: float, rng: np.random.Generator, n: int, material: Material) -> Trials:
    return trials(rng, n, Sender(level_dbm0=level))


CLAUSES: Final = (
    Clause(
        "twist",
        "Twist",
        "Digits of 50 ms, the stronger tone at -10 dBm0, the other weaker by so much.",
        "dB",
        tuple(
            Case(series, x, "accept" if x <= asked else "either", partial(_twisted, sign, x))
            for series, sign, asked in ((HIGH_WEAKER, -1.0, 8.0), (LOW_WEAKER, 1.0, 5.0))
            for x in TWISTS
        ),
    ),
    Clause(
        "level",
        "Dynamic range",
        "Digits of 50 ms, both tones at the same level, 16-bit samples. Two tones of 0 dBm0 each overload G.711 and "
        "are clipped, as on a line. AT&T wants nothing heard below -55 dBm0.",
        "dBm0 of each tone",
        tuple(
            Case("level", x, "accept" if x >= -25 else "reject" if x in FAINT else "either", partial(_at_level, x))
            for x in (*LEVELS, *FAINT)
        ),
    ),
)
