"""From chunks to evidence: the one place where examples are measured, as serving measures calls."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

from features.g711 import PCMA_DBM0_OFFSET, PCMU_DBM0_OFFSET, Law
from features.tones import detect_tones
from models.dataset.store import Dataset, open_dataset
from models.errors import ModelError
from models.evidence import Evidence, evidence_from_pcm

Progress = Callable[[int, int], None]

_OFFSET: Final[dict[Law, float]] = {"pcmu": PCMU_DBM0_OFFSET, "pcma": PCMA_DBM0_OFFSET}
_PROCESSES: Final = 2
_AT_ONCE: Final = 256  # chunks a process takes before it tells how far it is
_WORTH_IT: Final = 512  # fewer chunks are measured before a second process has started

_opened: dict[tuple[Path, str], Dataset] = {}


def measure(dataset: Dataset, numbers: Sequence[int], progress: Progress | None = None) -> list[Evidence]:
    """Measure chunks: levels, bases, tones and whatever else `models.evidence` knows of.

    Parameters
    ----------
    dataset : Dataset
    numbers : sequence of int
        Which chunks, 0 to len(dataset) - 1, in the order wanted.
    progress : callable, optional
        Told how many are done, and of how many.

    Returns
    -------
    list of Evidence
        In the order of `numbers`.

    Raises
    ------
    IndexError
        When there is no such chunk.
    ModelError
        When another data set has taken this one's place meanwhile.
    """
    tell = progress or _silently
    found: list[Evidence] = []
    pieces = [list(numbers[i : i + _AT_ONCE]) for i in range(0, len(numbers), _AT_ONCE)]
    if len(numbers) < _WORTH_IT or (os.cpu_count() or 1) < _PROCESSES:
        for piece in pieces:
            found += [measure_one(dataset, i) for i in piece]
            tell(len(found), len(numbers))
        return found
    with ProcessPoolExecutor(_PROCESSES) as pool:
        where = (dataset.path.absolute(), dataset.sha256)
        for part in pool.map(_measure_piece, [where] * len(pieces), pieces):
            found += part
            tell(len(found), len(numbers))
    return found


def measure_one(dataset: Dataset, i: int) -> Evidence:
    """Measure one chunk; IndexError when there is no such chunk."""
    pcm, law = dataset.pcm(i), dataset.entries[i].law
    return evidence_from_pcm(
        pcm,
        dataset.heard_codes(i),
        law,
        received=dataset.received(i),
        comfort_noise_share=dataset.comfort_noise_share(i),
        tones=detect_tones(pcm, 0, received=dataset.known(i), dbm0_offset=_OFFSET[law]),
    )


def _measure_piece(where: tuple[Path, str], numbers: Sequence[int]) -> list[Evidence]:
    if where not in _opened:
        _opened[where] = open_dataset(where[0])
    if _opened[where].sha256 != where[1]:
        raise ModelError(f"the data set in {where[0]} was built anew meanwhile; begin again")
    return [measure_one(_opened[where], i) for i in numbers]


def _silently(_done: int, _total: int) -> None:
    """Tell nobody."""
