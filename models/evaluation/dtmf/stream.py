"""The paper's model on a running stream: windows of 100 ms, one every 50 ms, and the digits it hears in speech."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from features.dtmf import DtmfDetector
from features.goertzel import SAMPLE_RATE, block_spectra
from models.errors import ModelError
from models.evaluation.dtmf.neighbours import answers, nearest
from models.evaluation.dtmf.protocol import NONE, Known
from models.evaluation.dtmf.published import PUBLISHED
from models.evaluation.dtmf.rows import ALL

WINDOW: Final = 800  # samples: as long as the tones it was trained on
HOP: Final = 400
FLOOR_DBFS: Final = -45.0  # RMS of a window below which nothing is asked: silence has no key
_BINS: Final = np.round(ALL / SAMPLE_RATE * WINDOW) * SAMPLE_RATE / WINDOW
_LONGEST: Final = 600 * SAMPLE_RATE

LEVEL: Final = "level"
AGREED: Final = "level, and all neighbours agree"
TWICE: Final = "level, and all neighbours agree twice in a row"
ENERGY: Final = "level, and the two frequencies hold half of the energy"
GATES: Final = (LEVEL, AGREED, TWICE, ENERGY)
# speech that no detector of ours was tuned on: whole folders, and of one the files whose name's SHA-256 begins odd
SPEECH: Final = ("speech_in_noise_p808_en", "spoken_digits", "speech_calls")
_HALVED: Final = "speech_calls"


@dataclass(frozen=True, slots=True)
class Heard:
    """Digits heard where nobody pressed a key.

    Attributes
    ----------
    files : int
    hours : float
    theirs : dict of str to int
        Digits of the paper's model D behind each of `GATES`.
    ours : int
        Of the stream detector.
    """

    files: int
    hours: float
    theirs: dict[str, int]
    ours: int


def listen(data: Path, known: Known, tell: Callable[[int, int], None]) -> dict[str, Heard]:
    """Count the digits heard in speech.

    Parameters
    ----------
    data : Path
        Directory of recordings; folders that aren't there are left out.
    known : Known
        What model D learns from.
    tell : callable
        Told recordings done, and recordings in all.

    Returns
    -------
    dict of str to Heard
        By folder.

    Raises
    ------
    ModelError
        When a recording can't be read or isn't at 8 kHz.
    """
    files = {folder: _files(data, folder) for folder in SPEECH}
    total, done = sum(map(len, files.values())), 0
    found: dict[str, Heard] = {}
    for folder, paths in files.items():
        windows, ours, samples = [], 0, 0
        for path in paths:
            pcm = _read(path)
            detector = DtmfDetector()
            ours += len(detector.feed(pcm) + detector.flush())
            windows.append(_windows(pcm))
            samples += pcm.size
            done += 1
            tell(done, total)
        if paths:
            found[folder] = Heard(len(paths), samples / SAMPLE_RATE / 3600.0, _theirs(windows, known), ours)
    return found


def digits(keys: NDArray[np.int64], *, least: int = 1) -> int:
    """Count runs of one key that last at least `least` windows; `NONE` is a pause."""
    starts = np.flatnonzero(np.diff(keys, prepend=NONE - 1) != 0)
    lasts = np.diff(np.append(starts, keys.size))
    return int(((keys[starts] != NONE) & (lasts >= least)).sum())


def _windows(pcm: NDArray[np.int16]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Energies of a recording's windows, and rows of |DFT| of those that are loud enough; NaN of the others."""
    if pcm.size < WINDOW:
        return np.empty(0), np.empty((0, ALL.size))
    cut = sliding_window_view(pcm, WINDOW)[::HOP]
    energies = (cut.astype(np.float64) ** 2).sum(axis=1)
    rows = np.full((len(cut), ALL.size), np.nan)
    for place in np.flatnonzero(energies >= WINDOW * 32768.0**2 * 10.0 ** (FLOOR_DBFS / 10.0)):
        rows[place] = np.abs(block_spectra(cut[place], _BINS, WINDOW)[0])
    return energies, rows


def _theirs(windows: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]], known: Known) -> dict[str, int]:
    """Count model D's digits behind each gate; windows are of one recording after the other."""
    energies, rows = (np.concatenate(part) for part in zip(*windows, strict=True))
    loud = np.flatnonzero(~np.isnan(rows[:, 0]))
    if not loud.size:
        return dict.fromkeys(GATES, 0)
    rows = rows[loud]
    model, learnt = PUBLISHED["D"], known.augmented
    places, distances = nearest(*model.prepared(learnt.rows, rows), model.distance, model.neighbours)
    votes = learnt.keys[places]
    said = answers(votes, distances, model.weights, [model.neighbours])[0]
    each = np.arange(loud.size)
    both = rows[each, said // 4] ** 2 + rows[each, 4 + said % 4] ** 2
    agreed = (votes == said[:, None]).all(axis=1)
    tonal = 2.0 * both / (WINDOW * energies[loud]) >= 0.5
    ends = np.cumsum([len(one) for one, _ in windows])[:-1]

    def counted(kept: NDArray[np.bool_], least: int = 1) -> int:
        heard = np.full(energies.size, NONE)
        heard[loud[kept]] = said[kept]
        return sum(digits(part, least=least) for part in np.split(heard, ends))

    return {
        LEVEL: counted(np.ones(loud.size, dtype=np.bool_)),
        AGREED: counted(agreed),
        TWICE: counted(agreed, 2),
        ENERGY: counted(tonal),
    }


def _files(data: Path, folder: str) -> list[Path]:
    paths = sorted((data / folder).glob("*.flac"))
    if folder == _HALVED:
        paths = [path for path in paths if hashlib.sha256(path.name.encode()).digest()[0] % 2]
    return paths


def _read(path: Path) -> NDArray[np.int16]:
    try:
        samples, rate = soundfile.read(path, dtype="int16", always_2d=True, frames=_LONGEST)
    except (OSError, soundfile.SoundFileError) as error:
        raise ModelError(f"{path.name} can't be read: {error}") from error
    if rate != SAMPLE_RATE:
        raise ModelError(f"{path.name} is at {rate} Hz, recordings are wanted at {SAMPLE_RATE}")
    return np.ascontiguousarray(samples[:, 0])
