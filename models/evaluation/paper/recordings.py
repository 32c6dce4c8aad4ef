"""Two-second openings out of real recordings, where a directory of them is given; none is ever part of the project."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from models.errors import ModelError
from models.evidence import CHUNK_SAMPLES
from models.sounds.scale import RATE

Pcm = NDArray[np.int16]
_MAX_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Source:
    """A folder of recordings and what tells its talkers or devices apart: a regular expression, empty for the file.

    What matches in a file's name is its group; where nothing matches, the file is.
    """

    folder: str
    talker: str


DEAD_AIR: Final = Source("dead_air", r"[A-Za-z0-9_-]{22}(?=_farend)")
SPEECH: Final = (
    Source("speech_calls", r"[A-Za-z0-9_-]{22}(?=_doubletalk)"),
    # sentences of one talker are numbered by fives: sp0 is two talkers, sp1 two others
    Source("speech_in_noise_p835", r"sp\d|[mf]\d"),
    Source("speech_in_noise_p808_en", r"^"),  # every clip is the same talk in other noise: one group
)
NOISE: Final = Source("noise_esc10", r"\d-\d+")
_SAME_DEVICES: Final = {"dead_air": "speech_calls"}  # one group in both folders


def openings(data: Path, source: Source, step: int, tell: Callable[[int, int], None]) -> list[tuple[str, Pcm]]:
    """Every window of two seconds of a source, as if a call began there.

    Parameters
    ----------
    data : Path
        Directory with a folder for each source.
    source : Source
    step : int
        Samples from one window of a recording to the next.
    tell : callable
        Told files done and files in all.

    Returns
    -------
    list of (str, ndarray of int16, shape (16000,))
        Group, the same for all that one talker or device recorded, and audio; in the order of the names.

    Raises
    ------
    ModelError
        When the folder holds no recordings, or one can't be read or isn't at 8 kHz.
    """
    files = sorted((data / source.folder).glob("*.flac"))
    if not files:
        raise ModelError(f"no recordings in {data / source.folder}: CALLSIEVE_DATA names the directory above it")
    found: list[tuple[str, Pcm]] = []
    for number, file in enumerate(files):
        tell(number + 1, len(files))
        pcm, group = _read(file), _group(source, file.stem)
        begins = range(0, pcm.size - CHUNK_SAMPLES + 1, step)
        found.extend((group, pcm[begin : begin + CHUNK_SAMPLES]) for begin in begins)
    return found


def _group(source: Source, name: str) -> str:
    match = re.search(source.talker, name) if source.talker else None
    return f"{_SAME_DEVICES.get(source.folder, source.folder)}/{match[0] if match else name}"


def _read(file: Path) -> Pcm:
    try:
        samples, rate = soundfile.read(file, dtype="int16", always_2d=True, frames=_MAX_SECONDS * RATE)
    except (OSError, soundfile.SoundFileError) as error:
        raise ModelError(f"{file.name} can't be read: {error}") from error
    if rate != RATE:
        raise ModelError(f"{file.name} is at {rate} Hz, recordings are wanted at {RATE}")
    return np.ascontiguousarray(samples[:, 0])
