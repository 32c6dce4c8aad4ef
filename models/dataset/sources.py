"""Recordings that chunks are cut from: which sets there are, whose they are, and where Debian's packages put some.

None of them is part of the project. The sets' own labels are by file; what a chunk of one really holds is found by
`models.dataset.activity`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from models.dataset.scene import Origin
from models.dataset.splits import SIDES, Side, side_of
from models.errors import ModelError
from models.sounds.scale import RATE

_MAX_SECONDS: Final = 120
_CACHED: Final = 256  # recordings kept in memory: at most 0.5 GB, as a rule 20 MB
_SOUNDS: Final = {".flac", ".wav"}


@dataclass(frozen=True, slots=True)
class RecordingSet:
    """A folder of recordings.

    Attributes
    ----------
    folder : str
        Under the data directory.
    origin : str
        What it is and whose.
    group : str
        Regular expression whose match in a file's name is kept on one side; empty: each file by itself.
    installed : str
        Where a Debian package puts the set, for the case that the data have no such folder.
    package : str
        Its name.
    without : str
        Regular expression for the names of files that are left out.
    """

    folder: str
    origin: str
    group: str = ""
    installed: str = ""
    package: str = ""
    without: str = ""

    def where(self, data: Path) -> Path | None:
        """Folder of the set, or None where neither the data nor a package has it."""
        own, packaged = data / self.folder, Path(self.installed or "/nowhere")
        return own if own.is_dir() else packaged if packaged.is_dir() else None


_DEVICE: Final = r"[A-Za-z0-9_-]{22}(?=_(?:doubletalk|farend))"
SETS: Final[tuple[RecordingSet, ...]] = (
    RecordingSet("speech_calls", "AEC Challenge, real recordings: double talk", _DEVICE),
    RecordingSet("dead_air", "AEC Challenge, real recordings: only the far end talks", _DEVICE),
    # noizeus_ref_* are degraded_NB_* once more; their condition c1 is speech that noise of its own level has destroyed
    # Of the others a clip holds two of its talker's five sentences: sp01 and sp03 are one talker, so are sp06 and sp08,
    # sp11 and sp13, sp16 and sp18. All of P.808's hold one talk in other noise. Groups by name part both, which
    # docs/guides/training.md owns to: whoever raises BUILDER groups them by r"sp\d" and by the set.
    RecordingSet("speech_in_noise_p835", "P.835 sample clips", r"sp\d\d|[mf]\d", without=r"^noizeus_ref|_NB_.*_c1_"),
    RecordingSet("speech_in_noise_p808_en", "P.808 sample clips"),
    RecordingSet("spoken_digits", "Free Spoken Digit Dataset, CC BY-SA", r"(?<=\d_)[a-z]+"),
    RecordingSet("noise_esc10", "ESC-10, CC BY", r"\d-\d+"),
    RecordingSet("fax", "whole fax calls made with spandsp", r"p\d$"),
    RecordingSet(
        "hold_music",
        "Debian's asterisk-moh-opsound-wav, CC BY-SA",
        r"^[a-z]+",
        "/usr/share/asterisk/moh",
        "asterisk-moh-opsound-wav",
    ),
    RecordingSet(
        "prompts",
        "Debian's asterisk-core-sounds-en-wav, -es-wav, -it-wav, CC BY-SA",
        r"^[^/]+",
        "/usr/share/asterisk/sounds",
        "asterisk-core-sounds-en-wav, asterisk-core-sounds-es-wav, asterisk-core-sounds-it-wav",
        without=r"(^|/)(silence/|beep(err)?$|(a|de)scending-2tone$|confbridge-(join|leave)$|tt-monkeys$)",  # no talk
    ),
)
_SAME_DEVICES: Final = {"dead_air": "speech_calls"}  # their groups go by one name


@dataclass(frozen=True, slots=True)
class Recording:
    """A file of a set."""

    path: Path
    origin: Origin

    def pcm(self) -> NDArray[np.int16]:
        """Samples at 8 kHz, one channel after the other, each at most two minutes.

        Raises
        ------
        ModelError
            When the file can't be read or is at another rate.
        """
        return _read(self.path)


Shelf = Mapping[tuple[str, Side], tuple[Recording, ...]]


def find_recordings(data: Path) -> dict[tuple[str, Side], tuple[Recording, ...]]:
    """Every set's recordings, by set and side.

    Parameters
    ----------
    data : Path
        Directory with a folder for each set.

    Returns
    -------
    dict of (str, Side) to tuple of Recording
        In the order of their names; sets that aren't there are empty.

    Raises
    ------
    ModelError
        When the directory isn't there.
    """
    if not data.is_dir():
        raise ModelError(f"no recordings: {data} is not a directory; give --data or CALLSIEVE_DATA")
    found: dict[tuple[str, Side], list[Recording]] = {(one.folder, side): [] for one in SETS for side in SIDES}
    for one in SETS:
        folder = one.where(data)
        if folder is None:
            continue
        for path in sorted(path for path in folder.rglob("*") if path.suffix in _SOUNDS):
            name = path.relative_to(folder).with_suffix("").as_posix()
            if not (one.without and re.search(one.without, name)):
                origin = _origin(one, name)
                found[one.folder, side_of(origin.group)].append(Recording(path, origin))
    return {key: tuple(recordings) for key, recordings in found.items()}


def absent(shelf: Shelf) -> list[RecordingSet]:
    """Sets without a recording: neither in the directory nor installed, or empty."""
    return [one for one in SETS if not any(shelf[one.folder, side] for side in SIDES)]


def _origin(one: RecordingSet, name: str) -> Origin:
    match = re.search(one.group, name) if one.group else None
    own = match[0] if match else name
    talker = own if match and one.folder in {"prompts", "spoken_digits", "speech_calls"} else ""
    return Origin(one.folder, name, f"{_SAME_DEVICES.get(one.folder, one.folder)}/{own}", talker)


@lru_cache(maxsize=_CACHED)
def _read(path: Path) -> NDArray[np.int16]:
    try:
        samples, rate = soundfile.read(path, dtype="int16", always_2d=True, frames=_MAX_SECONDS * RATE)
    except (OSError, soundfile.SoundFileError) as error:
        raise ModelError(f"{path.name} can't be read: {error}") from error
    if rate != RATE:
        raise ModelError(f"{path.name} is at {rate} Hz, recordings are wanted at {RATE}")
    joined: NDArray[np.int16] = np.ascontiguousarray(samples.T).ravel()
    return joined
