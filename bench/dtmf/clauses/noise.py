"""Digits in noise."""

from functools import partial
from typing import Final

import numpy as np

from bench.dtmf.clause import Case, Clause, Material
from bench.dtmf.digits import Sender, Trials, pair_power, send
from bench.heard.channel import noisy

ROW: Final = "50 ms on, 50 ms off"
LONG: Final = "100 ms"
RATIOS: Final = tuple(float(x) for x in range(20, -7, -1))
_IN_A_ROW: Final = Sender(lead_s=0.025, tail_s=0.025, jitter=0)  # rows of 100 ms: the digits follow on each other


def _noisy(sender: Sender, ratio: float, rng: np.random.Generator, n: int, material: Material) -> Trials:
    rows, truth = send(rng, n, sender)
    return Trials(noisy(rng, rows, pair_power() / 10 ** (ratio / 10)), truth)


CLAUSES: Final = (
    Clause(
        "noise",
        "Signal to noise",
        "White noise without a pause under the digits: a dialled row of 50 ms on and 50 ms off, and digits of 100 ms "
        "by themselves. The ratio is the power of the two tones together over that of the noise from 0 to 4 kHz. A "
        "digit counts when it comes out once, and nothing else from its start to the next one's.",
        "dB",
        (
            *(Case(ROW, x, "accept", partial(_noisy, _IN_A_ROW, x)) for x in RATIOS),
            *(Case(LONG, x, "accept", partial(_noisy, Sender().lasting(0.1), x)) for x in RATIOS if x <= 15),
        ),
    ),
)
