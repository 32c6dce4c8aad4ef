"""What callers, codecs and networks do to a recording before it is heard again, a kind a file, and what is tried.

Every distortion takes and gives int16 samples at 8 kHz and draws what it draws from a seeded generator.
"""

from typing import Final

from bench.replay.distortions import codecs, combined, edits, filters, levels, losses, moves, noises, rooms, talk
from bench.replay.distortions.kind import Company, Distorted, Distortion

__all__ = ["DISTORTIONS", "Company", "Distorted", "Distortion", "named"]

DISTORTIONS: Final[tuple[Distortion, ...]] = (
    *edits.PLAIN,
    *levels.DISTORTIONS,
    *filters.DISTORTIONS,
    *noises.DISTORTIONS,
    *moves.DISTORTIONS,
    *codecs.DISTORTIONS,
    *losses.DISTORTIONS,
    *edits.DISTORTIONS,
    *rooms.DISTORTIONS,
    *talk.DISTORTIONS,
    *combined.DISTORTIONS,
)


def named(name: str) -> Distortion:
    """Find a distortion by its name.

    Raises
    ------
    KeyError
        If there is none of that name.
    """
    for distortion in DISTORTIONS:
        if distortion.name == name:
            return distortion
    raise KeyError(name)
