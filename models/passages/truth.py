"""What each block of an example truly is, from the passages that the data set tells of."""

from collections.abc import Sequence
from typing import Final

from features.blocks import BLOCKS
from models.evidence import CHUNK_SECONDS
from models.passages.model import NOBODY

_BLOCK_S: Final = CHUNK_SECONDS / BLOCKS
_INSIDE: Final = 0.8  # of a block: less is an edge, of which there is no truth


def block_truth(passages: Sequence[tuple[str, float, float]]) -> list[str | None]:
    """Label of each block that lies inside one passage; None at edges and where the truth is doubtful.

    Parameters
    ----------
    passages : sequence of (str, float, float)
        Label, start and duration in seconds.

    Returns
    -------
    list of str or None, length 10
        Dead air and noise, which the level tells apart, are "nobody".
    """
    found: list[str | None] = [None] * BLOCKS
    for label, start, duration in passages:
        for block in range(BLOCKS):
            begin = block * _BLOCK_S
            overlap = min(start + duration, begin + _BLOCK_S) - max(start, begin)
            if overlap >= _INSIDE * _BLOCK_S:
                found[block] = NOBODY if label in {"dead_air", "noise"} else label
    return found
