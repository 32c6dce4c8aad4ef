"""Labelled chunks from real recordings, where a directory of them is given; none is ever part of the project.

The sets' own labels are by file. What a chunk really holds is found here: a call of a talker has pauses, a recording
of "nobody speaks" may hold the far end's echo. Chunks that stay doubtful are left out. A recording (for sets with
named talkers: a talker) is wholly trained on or wholly held out.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from features.levels import frame_levels_dbfs, rms_dbfs
from models.channel.line import gain
from models.dataset.examples import Example, example
from models.dataset.simulated import LAWS
from models.errors import ModelError
from models.evidence import CHUNK_SAMPLES

Frames = NDArray[np.float64]

_HELD_OUT_OF: Final = 3  # one recording of so many is held out
_PASSES: Final = 3  # over a recording to train on, each with other cuts, gains and laws
_MAX_SECONDS: Final = 120
_RATE: Final = 8000
_PROMPT_BYTES: Final = 32 << 10  # two seconds
_MIN_LEVEL: Final = -62.0  # dBFS: speech isn't trained on below


@dataclass(frozen=True, slots=True)
class RecordingSet:
    """A folder of recordings, what tells its talkers apart, and how a chunk of it is labelled.

    Attributes
    ----------
    folder : str
    talker : str
        Regular expression whose match in the file's name is kept on one side; empty: each file by itself.
    kind : callable
        From the frame levels of the chunk and of the whole file (dBFS) to a kind, or None when doubtful.
    kept : str
        Regular expression for the names held out, for sets of so few talkers that chance would keep all or none.
    installed : str
        Where a Debian package puts the set, for the case that the data have no such folder.
    least : int
        Files of fewer bytes are left out: single words and beeps.
    """

    folder: str
    talker: str
    kind: Callable[[Frames, Frames], str | None]
    kept: str = ""
    installed: str = ""
    least: int = 0

    def files(self, data: Path, *, packaged: bool) -> list[tuple[str, Path]]:
        """Names and files of the set, in order; none where neither the data nor a package has it."""
        folder = data / self.folder
        if not folder.is_dir() and self.installed and packaged:
            folder = Path(self.installed)
        found = [f for f in folder.rglob("*") if f.suffix in {".flac", ".wav"} and f.stat().st_size >= self.least]
        return sorted((file.relative_to(folder).with_suffix("").as_posix(), file) for file in found)


def _talk(chunk: Frames, whole: Frames) -> str | None:
    """Speech with pauses: loud against the file's own quiet frames, or as quiet as those."""
    sounding = whole[whole > -100.0]
    if sounding.size == 0:
        return "nobody"
    floor, loud = np.percentile(sounding, 10), np.percentile(sounding, 95)
    active = float(np.mean(chunk > max(floor + 10.0, loud - 25.0)))
    if active >= 0.15 and loud - floor >= 15.0:
        return "speech"
    return "nobody" if chunk.max() < min(floor + 6.0, loud - 25.0) else None


def _situation(chunk: Frames, _whole: Frames) -> str | None:
    """Nobody speaks at this end: quiet, or a steady noise; what is louder and moves may be the far end's echo."""
    if chunk.max() < -50.0:
        return "nobody"
    return "nobody" if chunk.max() - np.percentile(chunk, 10) < 8.0 else None


def _noisy_talk(chunk: Frames, _whole: Frames) -> str | None:
    """Speech in noise, where the talker stands out."""
    return "speech" if chunk.max() - np.percentile(chunk, 20) >= 10.0 else None


def _environment(chunk: Frames, _whole: Frames) -> str | None:
    """Rain, engines, animals, a crying child: loud or quiet, nobody speaks."""
    return "nobody"


def _page(chunk: Frames, _whole: Frames) -> str | None:
    """A fax machine's data: without a break and loud. Its tones and flags are told by rule."""
    return "modem" if np.mean(chunk > -45.0) > 0.9 else None


def _music(chunk: Frames, _whole: Frames) -> str | None:
    """Music, where it isn't fading in or out."""
    return "music_or_hold" if np.median(chunk) > -50.0 else None


SETS: Final[tuple[RecordingSet, ...]] = (
    RecordingSet("speech_calls", r"[A-Za-z0-9-]{22}", _talk),
    RecordingSet("dead_air", r"[A-Za-z0-9-]{22}", _situation),
    RecordingSet("speech_in_noise_p835", r"sp\d\d|[mf]\d", _noisy_talk),
    RecordingSet("speech_in_noise_p808_en", r"", _noisy_talk),
    RecordingSet("noise_esc10", r"\d-\d+", _environment),
    RecordingSet("fax", r"", _page),
    # asterisk-moh-opsound-wav
    RecordingSet("hold_music", r"", _music, kept=r"^(manolo|reno)", installed="/usr/share/asterisk/moh"),
    # asterisk-core-sounds-en-wav, -es-wav, -it-wav: the folders are named after their languages
    RecordingSet("prompts", r"", _noisy_talk, kept=r"^it", installed="/usr/share/asterisk/sounds", least=_PROMPT_BYTES),
)


def recorded(
    data: Path, seed: int, *, progress: Callable[[str, int, int], None], packaged: bool = True
) -> Iterator[Example]:
    """Labelled chunks of every set that is there.

    Parameters
    ----------
    data : Path
        Directory with a folder for each set (`SETS`); a set that has none is left out.
    seed : int
        Of start, gain and law of each chunk.
    progress : callable
        Told the set's name, files done, files in all.
    packaged : bool
        Whether a set that has no folder is read where its Debian package puts it.

    Yields
    ------
    Example
        Source is the folder's name.

    Raises
    ------
    ModelError
        When the directory isn't there, or a file can't be read or isn't at 8 kHz.
    """
    if not data.is_dir():
        raise ModelError(f"no recordings: {data} is not a directory")
    for place, which in enumerate(SETS):
        files = which.files(data, packaged=packaged)
        for number, (name, file) in enumerate(files):
            progress(which.folder, number, len(files))
            held_out = _held_out(which, name)
            rng = np.random.default_rng([seed, place, number])
            for channel in _channels(file):
                for _ in range(1 if held_out else _PASSES):
                    yield from _chunks(rng, channel, which, held_out=held_out)


def _held_out(which: RecordingSet, name: str) -> bool:
    if which.kept:
        return re.search(which.kept, name) is not None
    found = re.search(which.talker, name) if which.talker else None
    group = f"{which.folder}/{found[0] if found else name}"
    # talkers keep their side across the two sets that share devices
    group = group.replace("dead_air/", "speech_calls/")
    return hashlib.sha256(group.encode()).digest()[0] % _HELD_OUT_OF == 0


def _channels(file: Path) -> list[NDArray[np.int16]]:
    try:
        samples, rate = soundfile.read(file, dtype="int16", always_2d=True, frames=_MAX_SECONDS * _RATE)
    except (OSError, soundfile.SoundFileError) as error:
        raise ModelError(f"{file.name} can't be read: {error}") from error
    if rate != _RATE:
        raise ModelError(f"{file.name} is at {rate} Hz, recordings are wanted at {_RATE}")
    return [np.ascontiguousarray(samples[:, c]) for c in range(samples.shape[1])]


def _chunks(
    rng: np.random.Generator, pcm: NDArray[np.int16], which: RecordingSet, *, held_out: bool
) -> Iterator[Example]:
    """Cut a recording from a random start, each chunk at a gain and in a law of its own."""
    whole = frame_levels_dbfs(pcm)
    start = int(rng.integers(0, max(min(CHUNK_SAMPLES, pcm.size - CHUNK_SAMPLES), 1)))
    for begin in range(start, pcm.size - CHUNK_SAMPLES + 1, CHUNK_SAMPLES):
        piece, law = pcm[begin : begin + CHUNK_SAMPLES], LAWS[int(rng.integers(2))]
        change = float(rng.uniform(-24.0, 6.0)) if rng.random() < 0.5 else 0.0
        kind = which.kind(frame_levels_dbfs(piece), whole)
        if kind is None:
            continue
        if kind == "speech":
            change = max(change, min(_MIN_LEVEL - rms_dbfs(piece), 0.0))
        made = example(gain(piece, change), kind, which.folder, held_out=held_out, law=law)
        if "fax" not in made.evidence.tone_shares:  # control frames between pages: a rule tells those
            yield made
