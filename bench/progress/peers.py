"""spandsp as one more ear: told the table of the country whose tone is played, or listening for fax and modem tones."""

from collections.abc import Sequence
from functools import cache
from math import nan
from typing import Final

import numpy as np

from bench.heard.peers.spandsp_tones import ConnectTones, Element, SupervisoryTones
from bench.progress.conditions import Heard
from bench.progress.ears import Named
from bench.progress.national import KINDS, PLANS, Plan
from bench.progress.signals import SUPERVISORY, Signal

CONNECT: Final = ("cng", "ced", "ans_pr", "ansam", "ansam_pr", "v21")  # what it has a receiver for


def spandsp(rng: np.random.Generator, signal: Signal, heard: Heard) -> Named | None:
    """What spandsp names in a stream; None for a signal that it has no receiver for."""
    if signal.symbol in SUPERVISORY:
        return dict.fromkeys(supervisory(signal.form).hear(heard.pcm), nan)
    return dict.fromkeys(connect().hear(heard.pcm), nan) if signal.symbol in CONNECT else None


@cache
def supervisory(country: str) -> SupervisoryTones:
    """Receiver of a country's tones.

    Raises
    ------
    Missing
        If the library isn't installed.
    """
    return SupervisoryTones({kind: _elements(plan) for kind, plan in zip(KINDS, PLANS[country], strict=True)})


@cache
def connect() -> ConnectTones:
    """Receiver of fax and modem tones.

    Raises
    ------
    Missing
        If the library isn't installed.
    """
    return ConnectTones()


def _elements(plan: Plan) -> Sequence[Element]:
    """A line of the table in its terms; of modulation and of levels it has none."""
    if not plan.cadence:
        return [Element(plan.frequencies, 0.0)]
    return [Element(plan.frequencies if place % 2 == 0 else (), s) for place, s in enumerate(plan.cadence)]
