"""What every receiver under test is asked, ours and others alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Pcm = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Heard:
    """A symbol that a receiver reported; ``at_s`` from the piece's first sample, NaN where the receiver tells no time.

    Ours tells when the tone began; spandsp is asked after every 20 ms, so its time is that of the report.
    """

    symbol: str
    at_s: float


class Receiver(Protocol):
    """A receiver of tones at 8 kHz.

    ``name`` stands in tables, ``about`` tells what it is and in which version.
    """

    name: str
    about: str

    def hear(self, pieces: Sequence[Pcm], received: Sequence[NDArray[np.bool_]] | None = None) -> list[list[Heard]]:
        """Listen to one stream, given in pieces that follow on each other, and tell what was heard in each.

        Parameters
        ----------
        pieces : sequence of int16 arrays
            8 kHz.
        received : sequence of bool arrays, optional
            Which samples came; receivers that can't use it don't.

        Returns
        -------
        list of list of Heard
            One list a piece, in order of time.
        """
        ...


class Missing(Exception):  # noqa: N818  (no failure: a peer may be absent)
    """A peer is not installed; the message says what to install."""
