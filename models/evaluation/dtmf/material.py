"""The paper's own tones: 2,032 clean ones and their augmented copies, each known by the clean one it was made from."""

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.dtmf import COLUMNS, ROWS
from models.errors import ModelError

FOLDER: Final = "dtmf_paper"
LABELS: Final = tuple(f"{row:.0f}+{column:.0f}" for row in ROWS for column in COLUMNS)
FREQUENCIES: Final = np.array([[row, column] for row in ROWS for column in COLUMNS], dtype=np.float64)  # (16, 2), Hz
PAPER_COPIES: Final = 10  # augmented copies of each clean tone that the paper used
FEWEST: Final = 7  # clean tones of each key: four fifths of them still fill five folds
_SHORTEST: Final = 400  # samples: half of what a tone lasts as it was made


@dataclass(frozen=True, slots=True)
class Tones:
    """Labelled tones at 8 kHz.

    Attributes
    ----------
    pcm : ndarray of int16, shape (n, samples)
        Each from its row's start; what lies beyond its length is not part of it.
    lengths : ndarray of int64, shape (n,)
        Samples.
    keys : ndarray of int64, shape (n,)
        Place in `LABELS`: four times the row plus the column.
    sources : ndarray of str, shape (n,)
        Clean tone that it is or was made from.
    copies : ndarray of int64, shape (n,)
        Which augmented copy of its source, from 1; 0 of a clean tone.
    """

    pcm: NDArray[np.int16]
    lengths: NDArray[np.int64]
    keys: NDArray[np.int64]
    sources: NDArray[np.str_]
    copies: NDArray[np.int64]


def load_tones(data: Path) -> tuple[Tones, Tones]:
    """Read the paper's tones.

    Parameters
    ----------
    data : Path
        Directory of recordings (``CALLSIEVE_DATA``): its folder ``dtmf_paper`` holds clean.npz and augmented.npz.

    Returns
    -------
    clean, augmented : Tones

    Raises
    ------
    ModelError
        When a file is missing or holds something else.
    """
    return _load(data / FOLDER / "clean.npz", augmented=False), _load(data / FOLDER / "augmented.npz", augmented=True)


def _load(path: Path, *, augmented: bool) -> Tones:
    if not path.is_file():
        raise ModelError(
            f"no tones: {path} is not there. The paper's authors publish them; CALLSIEVE_DATA (or --data) names the "
            f"directory above {FOLDER}"
        )
    try:
        with np.load(path, allow_pickle=False) as found:
            pcm, lengths, labels, names = (found[name] for name in ("pcm", "length", "label", "name"))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ModelError(f"{path} can't be used: {error}") from error
    right = (
        pcm.dtype == np.int16
        and pcm.ndim == 2
        and lengths.dtype.kind == "i"
        and lengths.shape == labels.shape == names.shape == (len(pcm),)
        and len(pcm) > 0
        and lengths.min() >= _SHORTEST
        and lengths.max() <= pcm.shape[1]
        and np.isin(labels, LABELS).all()
    )
    if not right:
        raise ModelError(f"{path} doesn't hold tones: pcm (n, samples) int16 with length, label and name of each")
    places = {label: place for place, label in enumerate(LABELS)}
    parts = [str(name).split("_") for name in names]  # 697+1209_101, and _3 of its third copy
    if any(len(part) != 2 + augmented or not part[-1].isdigit() for part in parts):
        raise ModelError(f"{path} has names that don't tell which tone a copy was made from")
    keys = np.array([places[str(label)] for label in labels])
    sources = np.array(["_".join(part[:2]) for part in parts])
    fewest = min(np.unique(sources[keys == key]).size for key in range(len(LABELS)))
    if fewest < FEWEST:
        raise ModelError(
            f"{path} has {fewest} clean tones of a key: {FEWEST} of each are needed to split them into folds"
        )
    return Tones(
        pcm=pcm,
        lengths=lengths.astype(np.int64),
        keys=keys,
        sources=sources,
        copies=np.array([int(part[2]) if augmented else 0 for part in parts]),
    )
