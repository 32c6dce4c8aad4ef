"""Speech, music and noise without telephone tones in them, where Debian's packages and one's own folder put them.

Recordings of calls are taken as they are; music of games is brought to one channel, 8 kHz and the loudness of music on
hold. What is a tone and no speech (beeps, rising tones of a conference) is left out, and so are the files of silence.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import resample_poly

from bench.heard.halves import Half, half, sources
from bench.result import BenchError
from models.sounds.scale import RATE, at_level, to_int16

Kind = Literal["speech", "music", "noise"]

SOUNDS: Final = Path("/usr/share/asterisk/sounds")
HOLD: Final = Path("/usr/share/asterisk/moh")
GAMES: Final = Path("/usr/share/games")
MUSIC_DBFS: Final = -22.2  # -16 dBm0 over the whole track: what national rules allow music on hold
LONGEST_S: Final = 1800.0  # of one recording; what is longer is not read on

# not spoken: tones of a conference or a menu, which a detector of tones rightly hears, and a joke of monkeys
_UNSPOKEN: Final = {
    "beep", "beeperr", "ascending-2tone", "descending-2tone", "confbridge-join", "confbridge-leave", "tt-monkeys",
}  # fmt: skip
_TALKERS: Final = {
    "asterisk-en": "en_US_f_Allison",
    "asterisk-es": "es_MX_f_Allison",
    "asterisk-it": "it_IT_m_Carlo",
    "asterisk-fr": "fr_CA_f_June",
    "asterisk-ru": "ru_RU_f_IvrvoiceRU",
    "asterisk-es-co": "es",
    "asterisk-fr-armelle": "fr",
}
_OWN: Final[dict[str, Kind]] = {
    "speech_calls": "speech",
    "speech_in_noise_p808_en": "speech",
    "speech_in_noise_p835": "speech",
    "spoken_digits": "speech",
    "robocalls": "speech",
    "dead_air": "noise",
    "noise_esc10": "noise",
}
# how to come by what is missing, for the page
PACKAGES: Final = (
    "asterisk-core-sounds-it-wav asterisk-core-sounds-fr-wav asterisk-core-sounds-ru-wav asterisk-prompt-es-co "
    "asterisk-prompt-fr-armelle asterisk-moh-opsound-wav wesnoth-1.16-music warzone2100-music"
)


@dataclass(frozen=True, slots=True)
class Recording:
    """A file of a source, and what is to be heard in it."""

    source: str
    kind: Kind
    path: Path

    @property
    def half(self) -> Half:
        """Which half it belongs to."""
        return half(self.source, self.path.name)


@dataclass(frozen=True, slots=True)
class Places:
    """Where recordings are looked for; ``data`` is one's own folder (``CALLSIEVE_DATA``)."""

    data: Path | None = None
    sounds: Path = SOUNDS
    hold: Path = HOLD
    games: Path = GAMES


def find(places: Places, wanted: Half, kinds: Sequence[Kind] = ("speech", "music", "noise")) -> list[Recording]:
    """List the recordings of a half, by source and path; folders that aren't there have none."""
    found = [*_prompts(places.sounds), *_music(places.hold, places.games), *_own(places.data)]
    return sorted((r for r in found if r.kind in kinds and r.half == wanted), key=lambda r: (r.source, str(r.path)))


def absent(places: Places, wanted: Half) -> list[str]:
    """Say which sources of a half aren't here and how to come by them, in one line; an empty list where all are."""
    known = {*_TALKERS, *_OWN, "asterisk-moh", "warzone2100", "wesnoth"} & sources(wanted)
    gone = sorted(known - {recording.source for recording in find(places, wanted)})
    if not gone:
        return []
    return [f"no recordings of {', '.join(gone)}: apt-get install {PACKAGES}, or name a folder (CALLSIEVE_DATA)"]


def read(recording: Recording, longest_s: float = LONGEST_S) -> NDArray[np.int16]:
    """Read a recording as one channel of int16 at 8 kHz, at most ``longest_s`` seconds of it.

    Raises
    ------
    BenchError
        If it can't be read as sound.
    """
    try:
        if recording.path.suffix == ".gsm":  # bare frames, without a header
            found, rate = soundfile.read(
                recording.path, samplerate=RATE, channels=1, format="RAW", subtype="GSM610", dtype="int16"
            )
        else:
            with soundfile.SoundFile(recording.path) as file:
                rate = file.samplerate
                found = file.read(round(longest_s * rate), dtype="int16", always_2d=True)
    except (OSError, RuntimeError) as error:
        raise BenchError(f"{recording.path} can't be read as sound: {error}") from error
    if found.ndim == 2 and found.shape[1] > 1:
        mono = found.mean(axis=1, dtype=np.float32)
    else:
        mono = found.reshape(-1).astype(np.float32)
    if rate != RATE:
        mono = np.asarray(resample_poly(mono, RATE, rate), dtype=np.float32)
    if recording.source in ("wesnoth", "warzone2100"):
        return at_level(mono.astype(np.float64), MUSIC_DBFS)
    return to_int16(mono.astype(np.float64))


def heard(recordings: Sequence[Recording]) -> Iterator[tuple[Recording, NDArray[np.int16]]]:
    """Read recordings one after another; only one is in memory."""
    for recording in recordings:
        yield recording, read(recording)


def _prompts(sounds: Path) -> Iterator[Recording]:
    """Every prompt once, in the better of its formats."""
    for source, folder in _TALKERS.items():
        found = {path.with_suffix(""): path for path in _files(sounds / folder, ("gsm", "wav"))}
        for path in found.values():
            if path.stem not in _UNSPOKEN and path.parent.name != "silence":
                yield Recording(source, "speech", path)


def _music(hold: Path, games: Path) -> Iterator[Recording]:
    for path in _files(hold, ("wav",)):
        yield Recording("asterisk-moh", "music", path)
    for path in _files(games / "warzone2100" / "music", ("ogg", "opus")):
        yield Recording("warzone2100", "music", path)
    for folder in sorted((games / "wesnoth").glob("*/data/core/music")):
        for path in _files(folder, ("ogg",)):
            yield Recording("wesnoth", "music", path)


def _own(data: Path | None) -> Iterator[Recording]:
    if data is not None:
        for source, kind in _OWN.items():
            for path in _files(data / source, ("flac", "wav")):
                yield Recording(source, kind, path)


def _files(folder: Path, endings: Sequence[str]) -> list[Path]:
    """Files under a folder; a link to a folder is not followed, so that nothing is heard twice."""
    if not folder.is_dir() or folder.is_symlink():
        return []
    return sorted(path for ending in endings for path in folder.rglob(f"*.{ending}") if path.is_file())
