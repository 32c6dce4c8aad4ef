"""What the paper's 1,500 other calls may have begun with: people, tones, noises, music, and silence before speech."""

from collections.abc import Callable
from typing import Final

import numpy as np

from features.g711 import decode_pcmu
from models.channel.line import gain, mix
from models.evaluation.paper.recordings import Pcm
from models.evidence import CHUNK_SAMPLES
from models.sounds.music import hold_music
from models.sounds.noise import KINDS, noise
from models.sounds.silence import digital_silence, idle_codes
from models.sounds.speech import VOICES, conversation
from models.sounds.tones import COUNTRIES, busy, cng, dtmf, reorder, ringback

Made = tuple[str, Pcm]  # group, sound before coding

# How many of the 1,500 begin with what. The first four are cut from recordings where there are any, under these names.
# The paper only says that they are ordinary calls; most of those begin with somebody speaking or about to speak.
ORDINARY_MAKERS: Final[dict[str, int]] = {
    "speech_calls": 480,
    "speech_in_noise_p835": 170,
    "speech_in_noise_p808_en": 200,
    "noise_esc10": 80,
    "speech": 110,
    "speech after digital silence": 80,
    "speech after room silence": 60,
    "faint speech": 40,
    "ring-back": 60,
    "other tones": 50,
    "music": 50,
    "faint noise": 40,
    "comfort noise": 20,
    "idle codes": 10,
    "digital silence": 50,
}
DIGITAL_SILENCE: Final = "digital silence"
_N: Final = CHUNK_SAMPLES


def ordinary_sound(kind: str, rng: np.random.Generator) -> Made:
    """Simulate the begin of an ordinary call.

    Parameters
    ----------
    kind : str
        One of `ORDINARY_MAKERS`.
    rng : numpy.random.Generator

    Returns
    -------
    group : str
    sound : ndarray of int16, shape (16000,)
        Before coding.

    Raises
    ------
    KeyError
        For another kind.
    SynthesiserError
        When the synthesiser isn't installed.
    """
    return _MAKERS[kind](rng)


def _talk(rng: np.random.Generator, room_dbfs: float | None = None) -> Made:
    """Any two seconds of what one of the voices says, pauses as they fall."""
    voice = str(rng.choice(VOICES))
    long = conversation(rng, 5.0, voices=(voice,), room_dbfs=room_dbfs)
    begin = int(rng.integers(0, long.size - _N))
    return f"voice/{voice}", gain(long[begin : begin + _N], rng.uniform(-16.0, 4.0))


def _noisy_talk(rng: np.random.Generator) -> Made:
    group, sound = _talk(rng)
    return group, mix(sound, noise(rng, _N, rng.uniform(-50.0, -32.0), str(rng.choice(KINDS))))


def _late_talk(rng: np.random.Generator, *, digital: bool) -> Made:
    """Somebody who speaks up after some time: before that nothing at all is sent, or the room is heard."""
    voice = str(rng.choice(VOICES))
    said = gain(conversation(rng, 2.0, voices=(voice,), room_dbfs=-90.0), rng.uniform(-12.0, 2.0))
    begin = int(rng.uniform(0.5, 1.8) * 8000)
    sound = digital_silence(_N)
    sound[begin:] = said[: _N - begin]
    return f"voice/{voice}", sound if digital else mix(sound, noise(rng, _N, rng.uniform(-72.0, -58.0), "pink"))


def _faint_talk(rng: np.random.Generator) -> Made:
    group, sound = _talk(rng, room_dbfs=-90.0)
    return group, gain(sound, rng.uniform(-40.0, -32.0))


def _ringing(rng: np.random.Generator) -> Made:
    country = str(rng.choice(COUNTRIES))
    return f"ring-back/{country}", ringback(_N, country, level_dbm0=rng.uniform(-25, -10), offset_s=rng.uniform(0, 6))


def _tone(rng: np.random.Generator) -> Made:
    which, country = int(rng.integers(4)), str(rng.choice(COUNTRIES))
    level, offset = rng.uniform(-25.0, -8.0), rng.uniform(0.0, 3.0)
    if which == 0:
        return f"busy/{country}", busy(_N, country, level_dbm0=level, offset_s=offset)
    if which == 1:
        return f"reorder/{country}", reorder(_N, country, level_dbm0=level, offset_s=offset)
    if which == 2:
        return "fax", cng(_N, level_dbm0=level, offset_s=offset)
    digit = str(rng.choice(list("0123456789*#")))
    return f"key/{digit}", np.resize(dtmf(digit, 0.1, rng.uniform(0.1, 0.5), level), _N)


def _alone(name: str, rng: np.random.Generator) -> str:
    """Name a group of its own: nothing else is made of the same randomness."""
    return f"{name}/{int(rng.integers(1 << 62))}"


def _music(rng: np.random.Generator) -> Made:
    return _alone("music", rng), hold_music(rng, _N, rng.uniform(-40.0, -15.0))


def _noise(rng: np.random.Generator, low: float, high: float) -> Made:
    return _alone("noise", rng), noise(rng, _N, rng.uniform(low, high), str(rng.choice(KINDS)))


def _comfort_noise(rng: np.random.Generator) -> Made:
    """What decoders and gateways put in for silence: an even hiss."""
    return _alone("comfort noise", rng), noise(rng, _N, rng.uniform(-70.0, -50.0), str(rng.choice(["white", "pink"])))


def _idle_codes(rng: np.random.Generator) -> Made:
    """What a codec sends of a quiet line: zeros with single steps in them."""
    return "idle codes", decode_pcmu(idle_codes(rng, _N, "pcmu"))


_MAKERS: Final[dict[str, Callable[[np.random.Generator], Made]]] = {
    "speech_calls": _talk,
    "speech_in_noise_p835": _noisy_talk,
    "speech_in_noise_p808_en": _noisy_talk,
    "noise_esc10": lambda rng: _noise(rng, -50.0, -20.0),
    "speech": _talk,
    "speech after digital silence": lambda rng: _late_talk(rng, digital=True),
    "speech after room silence": lambda rng: _late_talk(rng, digital=False),
    "faint speech": _faint_talk,
    "ring-back": _ringing,
    "other tones": _tone,
    "music": _music,
    "faint noise": lambda rng: _noise(rng, -68.0, -50.0),
    "comfort noise": _comfort_noise,
    "idle codes": _idle_codes,
    DIGITAL_SILENCE: lambda _rng: (DIGITAL_SILENCE, digital_silence(_N)),
}
