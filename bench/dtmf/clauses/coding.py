"""Digits through codecs: G.711's laws, and what a call may have passed before."""

from functools import partial
from typing import Final

import numpy as np

from bench.dtmf.clause import Case, Clause, Material
from bench.dtmf.digits import Sender, Trials, trials
from bench.heard.channel import coded
from models.channel.laws import LAWS

# low rates last; G.723.1 and AMR at 4.75 kbit/s were made for speech alone
NAMES: Final = {
    "pcmu": "G.711 mu-law",
    "pcma": "G.711 A-law",
    "g726": "G.726, 32 kbit/s",
    "gsm": "GSM full rate",
    "amr_12.2": "AMR 12.2",
    "opus": "Opus, 8 kbit/s",
    "amr_4.75": "AMR 4.75",
    "g723_1": "G.723.1, 6.3 kbit/s",
}
LENGTHS: Final = (50, 100)  # ms


def _coded(codec: str, ms: float, rng: np.random.Generator, n: int, material: Material) -> Trials:
    made = trials(rng, n, Sender().lasting(ms / 1000))
    rows = coded(made.rows, codec)
    # what isn't G.711 itself comes to us in it
    return Trials(rows if codec in LAWS else coded(rows, "pcmu"), made.truth)


CLAUSES: Final = (
    Clause(
        "codec",
        "Codecs",
        "Digits of 50 and 100 ms, coded and decoded; after another codec than G.711 once more through mu-law, as a "
        "gateway does. The low rates are meant for speech: telephones that use them send digits as RFC 4733 events.",
        "ms",
        tuple(
            Case(name, float(x), "accept", partial(_coded, codec, float(x)))
            for codec, name in NAMES.items()
            for x in LENGTHS
        ),
    ),
)
