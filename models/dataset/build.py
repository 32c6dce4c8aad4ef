"""Building the data set: every wish is made from its own seed, sent through its connection, and judged."""

import os
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.channel.conditions import pass_through
from models.channel.laws import LAWS
from models.dataset.contents import DOUBT, NOBODY, Contents
from models.dataset.plan import KINDS, Wish, wishes
from models.dataset.scene import CHUNK, LEAD, Scene
from models.dataset.sources import SETS, Shelf, absent, find_recordings
from models.dataset.stage import Stage
from models.dataset.store import PACKETS, Entry, Head
from models.dataset.truth import truth
from models.dataset.writing import DatasetWriter
from models.errors import ModelError

BUILDER: Final = 1  # raise when the same seed gives other examples

_ATTEMPTS: Final = 12  # so often a scene is drawn anew before a wish is given up
_PROCESSES: Final = 2
_AT_ONCE: Final = 64
_ORIGINS: Final = {"simulated": "made by models.sounds", **{one.folder: one.origin for one in SETS}}

Made = tuple[Entry, NDArray[np.uint8], NDArray[np.uint8]]


def build(
    out: Path,
    data: Path,
    *,
    seed: int = 1,
    scale: float = 1.0,
    progress: Callable[[int, int], None] | None = None,
) -> Head:
    """Build the data set.

    Parameters
    ----------
    out : Path
        Folder to be written; a data set that is there is replaced when the new one is whole.
    data : Path
        Directory of recordings (`models.dataset.sources.SETS`).
    seed : int
        Same seed, scale and recordings: same bytes.
    scale : float
        1 is about 36,000 chunks to train on and as many to test; above 0.
    progress : callable, optional
        Told how many examples are done, and of how many; first of none, when the folder and the recordings are seen.

    Returns
    -------
    Head

    Raises
    ------
    ModelError
        When something else than a data set stands at the folder's place, there are no recordings, one can't be read,
        or a codec or the synthesiser is missing.
    """
    shelf = find_recordings(data)
    if not any(shelf.values()):
        raise ModelError(f"no recordings in {data}: it has none of the folders {', '.join(one.folder for one in SETS)}")
    planned = list(wishes(scale))
    rejected: Counter[str] = Counter()
    done = 0
    with DatasetWriter(out) as writer:
        if progress is not None:
            progress(0, len(planned))
        for made, reasons in _all(planned, data, seed):
            for entry, codes, packets in made:
                writer.add(entry, codes, packets)
            rejected.update(reasons)
            done = min(done + _AT_ONCE, len(planned))
            if progress is not None:
                progress(done, len(planned))
        return writer.finish(
            builder=BUILDER,
            seed=seed,
            scale=scale,
            origins=_ORIGINS,
            absent=[one.package or one.folder for one in absent(shelf)],
            rejected=rejected,
        )


def _all(planned: list[Wish], data: Path, seed: int) -> Iterator[tuple[list[Made], Counter[str]]]:
    pieces = [planned[i : i + _AT_ONCE] for i in range(0, len(planned), _AT_ONCE)]
    if len(pieces) < 2 * _PROCESSES or (os.cpu_count() or 1) < _PROCESSES:
        yield from (_piece(data, seed, piece) for piece in pieces)
        return
    with ProcessPoolExecutor(_PROCESSES) as pool:
        yield from pool.map(_piece, [data] * len(pieces), [seed] * len(pieces), pieces)


def _piece(data: Path, seed: int, planned: Sequence[Wish]) -> tuple[list[Made], Counter[str]]:
    rejected: Counter[str] = Counter()
    made = [one for wish in planned if (one := _make(wish, _shelf(data), seed, rejected)) is not None]
    return made, rejected


@lru_cache(maxsize=1)
def _shelf(data: Path) -> Shelf:
    return find_recordings(data)


def _make(wish: Wish, shelf: Shelf, seed: int, rejected: Counter[str]) -> Made | None:
    """Draw scenes until one has a truth; None when none has."""
    stage = Stage(wish.side, shelf, seed)
    for attempt in range(_ATTEMPTS):
        key = [seed, zlib.crc32(wish.kind.encode()), wish.side.fold + 1, wish.number, attempt]
        rng = np.random.default_rng(key)
        scene = KINDS[wish.kind].maker(rng, stage)
        if isinstance(scene, Scene):
            found = _judged(rng, wish, scene)
            if not isinstance(found, str):
                return found
            scene = found
        rejected[scene] += 1
    rejected["given up"] += 1
    return None


def _judged(rng: np.random.Generator, wish: Wish, scene: Scene) -> Made | str:
    law = LAWS[int(rng.integers(len(LAWS)))]
    passed = pass_through(rng, scene.pcm, wish.condition, law)
    chunk = slice(LEAD, LEAD + PACKETS)
    contents = _after(scene.contents, passed.replaced, passed.smear)[chunk]
    codes, packets = passed.codes[CHUNK], passed.packets[chunk]
    found = truth(contents, codes, packets, law)
    if isinstance(found, str):
        return found
    entry = Entry(
        label=found.label,
        kind=wish.kind,
        split=wish.side.split,
        fold=wish.side.fold,
        set=scene.origin.set,
        recording=scene.origin.recording,
        group=scene.origin.group,
        talker=scene.origin.talker,
        condition=wish.condition,
        law=law,
        chain=[*scene.chain, *passed.chain],
        snr_db=scene.snr_db,
        passages=found.passages,
        rms_dbfs=found.rms_dbfs,
    )
    return entry, codes, packets


def _after(contents: Contents, replaced: NDArray[np.bool_], smear: int) -> Contents:
    """Contents as the connection leaves them: nobody in comfort noise, doubt where a sound may linger."""
    out = np.where(replaced, NOBODY, contents).astype(np.uint8)
    if smear:
        sounding = out != NOBODY
        lingering = np.convolve(sounding, np.ones(smear + 1))[: out.size] > 0
        out[lingering & ~sounding] = DOUBT
    return out
