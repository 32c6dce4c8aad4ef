"""What every way of finding a replay is asked, ours and others alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bench.replay.queries import Query

Pcm = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Answer:
    """The call that a query sounds most like.

    ``call`` is -1 where there is none, ``score`` the greater the likelier; ``chance`` the probability that a query of
    which nothing is known scores so, NaN for those who don't tell; ``middle_s`` the second of the call that is heard
    in the query's middle; ``pitch`` and ``tempo`` the query's over the call's.
    """

    call: int = -1
    score: float = 0.0
    chance: float = nan
    middle_s: float = nan
    pitch: float = nan
    tempo: float = nan


class Contender(Protocol):
    """A way of finding a replay among known calls; ``about`` tells what it is and in which version."""

    name: str
    about: str

    def enroll(self, calls: Sequence[Pcm]) -> None:
        """Make known all calls, which are numbered by their place."""

    def search(self, queries: Sequence[Query]) -> list[Answer]:
        """Find the likeliest call for each query, which is asked by itself."""

    @property
    def bytes_per_call(self) -> float:
        """What is kept of a call, on average."""


class Missing(Exception):  # noqa: N818  (no failure: a peer may be absent)
    """A peer is not installed; the message says what to install."""
