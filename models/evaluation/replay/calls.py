"""Calls of 20 to 35 s, as many as the paper had: prompts of one voice joined, recorded calls of one device joined."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from features.g711 import decode_pcmu, encode_pcmu
from features.mpeg7 import WINDOW
from models.errors import ModelError
from models.sounds.scale import RATE

Pcm = NDArray[np.int16]

CALLS: Final = 28
SHORTEST_S, LONGEST_S = 20.0, 35.0
PROMPTS: Final = Path("/usr/share/asterisk/sounds")
VOICES: Final = ("en_US_f_Allison", "es_MX_f_Allison", "it_IT_m_Carlo", "fr_CA_f_June", "ru_RU_f_IvrvoiceRU")
ROBOCALLS: Final = "robocalls"
TALKS: Final = "speech_calls"

_OF_A_VOICE: Final = 3
_PAUSE_S: Final = 0.3  # between two prompts
_DEVICE: Final = re.compile(r"[A-Za-z0-9_-]{22}(?=_doubletalk)")
# tones, and files that hold nothing
_UNSPOKEN: Final = re.compile(r"(^|/)(silence/|beep|(a|de)scending-2tone|confbridge-(join|leave)|tt-monkeys)")


@dataclass(frozen=True, slots=True)
class Call:
    """A call and where it is from.

    Attributes
    ----------
    name : str
        Of the call; no two are alike.
    source : str
        Folder of the recordings.
    pcm : ndarray of int16, shape (n,)
        At 8 kHz, 20 to 35 s, after mu-law.
    """

    name: str
    source: str
    pcm: Pcm


def gather(data: Path, seed: int, *, prompts: Path = PROMPTS, calls: int = CALLS) -> list[Call]:
    """Put the calls together: the same seed and recordings give the same calls.

    No two hold the same recording. Robocalls come first, then prompts of each voice, then people's calls.

    Parameters
    ----------
    data : Path
        Directory with the folders `ROBOCALLS` and `TALKS`.
    seed : int
        Of which prompts make a call, and how long it is.
    prompts : Path
        Directory with a folder of prompts for each voice.
    calls : int

    Raises
    ------
    ModelError
        When there aren't recordings enough; the message says which are missing.
    """
    found = [*_robocalls(data), *_joined_prompts(prompts, seed), *_talks(data, seed)][:calls]
    if len(found) < calls:
        raise ModelError(
            f"recordings for {len(found)} calls of {calls}: CALLSIEVE_DATA names the directory with {ROBOCALLS} and "
            f"{TALKS}; Debian's asterisk-core-sounds-en-wav, -es-wav, -it-wav, -fr-wav and -ru-wav hold the prompts"
        )
    return found


def still_share(call: Call) -> float:
    """Share of a call's windows of 30 ms in which all samples are the same: zero, or what a codec makes of it."""
    whole = call.pcm[: call.pcm.size // WINDOW * WINDOW].reshape(-1, WINDOW)
    return float((np.ptp(whole, axis=1) == 0).mean())


def _robocalls(data: Path) -> Iterator[Call]:
    for file in sorted((data / ROBOCALLS).glob("*.flac")):
        pcm = _read(file)[: round(LONGEST_S * RATE)]
        if pcm.size >= SHORTEST_S * RATE:
            yield Call(file.stem, ROBOCALLS, _coded(pcm))


def _joined_prompts(folder: Path, seed: int) -> Iterator[Call]:
    for number, voice in enumerate(VOICES):
        rng = np.random.default_rng([seed, 1, number])
        files = [path for path in sorted((folder / voice).rglob("*.wav")) if not _UNSPOKEN.search(str(path))]
        order = iter(rng.permutation(len(files)))
        for call in range(_OF_A_VOICE):
            wanted = rng.uniform(SHORTEST_S, LONGEST_S) * RATE
            said: list[Pcm] = []
            while sum(part.size for part in said) < wanted and (place := next(order, None)) is not None:
                said += [_read(files[place]), np.zeros(round(_PAUSE_S * RATE), np.int16)]
            if said and (pcm := np.concatenate(said)[: round(wanted)]).size >= SHORTEST_S * RATE:
                yield Call(f"{voice}/{call}", f"prompts/{voice}", _coded(pcm))


def _talks(data: Path, seed: int) -> Iterator[Call]:
    """All that one device recorded, joined, where that is long enough."""
    devices: dict[str, list[Path]] = {}
    for path in sorted((data / TALKS).glob("*.flac")):
        match = _DEVICE.search(path.name)
        if match:
            devices.setdefault(match[0], []).append(path)
    names = sorted(devices)
    for place in np.random.default_rng([seed, 2]).permutation(len(names)):
        pcm = np.concatenate([_read(path) for path in devices[names[place]]])[: round(LONGEST_S * RATE)]
        if pcm.size >= SHORTEST_S * RATE:
            yield Call(f"{TALKS}/{names[place]}", TALKS, _coded(pcm))


def _read(path: Path) -> Pcm:
    try:
        pcm, rate = soundfile.read(path, dtype="int16", always_2d=True, frames=round(2 * LONGEST_S * RATE))
    except (OSError, soundfile.SoundFileError) as error:
        raise ModelError(f"{path.name} can't be read: {error}") from error
    if rate != RATE:
        raise ModelError(f"{path.name} is at {rate} Hz, recordings are wanted at {RATE}")
    return np.ascontiguousarray(pcm[:, 0])


def _coded(pcm: Pcm) -> Pcm:
    return decode_pcmu(encode_pcmu(pcm))
