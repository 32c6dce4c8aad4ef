"""Labelled chunks made from `models.sounds`: as many of each label as asked, every one from its own seed."""

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.g711 import Law
from features.levels import frame_levels_dbfs, rms_dbfs
from models.channel.laws import decode
from models.channel.line import add_noise, gain, mix
from models.dataset.examples import Example, example, packet_loss
from models.evidence import CHUNK_SAMPLES
from models.sounds.modem import SIGNALS, modem_data
from models.sounds.music import hold_music
from models.sounds.noise import KINDS, noise
from models.sounds.silence import dead_air, digital_silence, idle_codes
from models.sounds.speech import VOICES, conversation
from models.sounds.tones import COUNTRIES, busy, ced, cng, dtmf, reorder, ringback, sit, v21_preamble

Sound = NDArray[np.int16]
LAWS: Final[tuple[Law, ...]] = ("pcmu", "pcma")

_N: Final = CHUNK_SAMPLES
# Every fourth voice is kept for evaluation: a language's voices then stand on both sides, a speaker only on one.
HELD_OUT_VOICES: Final = VOICES[3::4]
_TRAIN_VOICES: Final = tuple(voice for voice in VOICES if voice not in HELD_OUT_VOICES)
_ACTIVE_DB: Final = 25.0  # a frame of clean speech this far below the loudest is a pause
_SPOKEN: Final = 0.1  # at least this share of frames active: somebody speaks
_UNSPOKEN: Final = 0.02


def simulated(seed: int, each: int, *, held_out: bool) -> Iterator[Example]:
    """Labelled chunks, `each` of every kind of sound.

    Parameters
    ----------
    seed : int
        Of everything; training and held-out examples differ in seeds and voices even when it is the same.
    each : int
        Chunks of each kind.
    held_out : bool

    Yields
    ------
    Example
        Music and speech, which vary most, three and two times as many to train on. Chunks whose truth is doubtful (a
        syllable at the edge) are left out, so there may be fewer.
    """
    for place, (name, maker) in enumerate(_MAKERS.items()):
        for number in range(each * (1 if held_out else _TIMES.get(name, 1))):
            rng = np.random.default_rng([seed, int(held_out), place, number])
            made = maker(rng, HELD_OUT_VOICES if held_out else _TRAIN_VOICES)
            if made is None:
                continue
            pcm, kind = made
            law = LAWS[int(rng.integers(2))]
            lost = packet_loss(rng, rng.uniform(0.02, 0.4)) if rng.random() < 0.1 and kind in _LOSSY else None
            yield example(pcm, kind, f"simulated {name}", held_out=held_out, law=law, lost=lost)


def faint_speech(seed: int, chunks: int) -> Iterator[Example]:
    """Speech of held-out voices at -60 dBFS RMS, over nothing: the faintest that must not pass for dead air.

    Parameters
    ----------
    seed : int
    chunks : int
        How many to make; those that fall into a pause are left out.

    Yields
    ------
    Example
        In both laws, by turns.
    """
    for number in range(chunks):
        rng = np.random.default_rng([seed, 2, number])
        pcm, spoken = _talk(rng, HELD_OUT_VOICES)
        if spoken >= 0.3:
            yield example(_at(pcm, -60.0), "speech", "faint speech", held_out=True, law=LAWS[number % 2])


def amount(each: int, *, held_out: bool) -> int:
    """Return how many chunks `simulated` makes at most."""
    return each * (len(_MAKERS) if held_out else sum(_TIMES.get(name, 1) for name in _MAKERS))


def _at(pcm: Sound, level_dbfs: float) -> Sound:
    return gain(pcm, level_dbfs - rms_dbfs(pcm)) if pcm.any() else pcm


def _cut(rng: np.random.Generator, pcm: Sound) -> Sound:
    start = int(rng.integers(0, pcm.size - _N + 1))
    return pcm[start : start + _N]


def _talk(rng: np.random.Generator, voices: tuple[str, ...]) -> tuple[Sound, float]:
    """Two seconds out of one speaker's talk, without noise, and how much of it is spoken."""
    whole = conversation(rng, 6.0, voices=voices, room_dbfs=-100.0)
    piece = _cut(rng, whole)
    levels, loudest = frame_levels_dbfs(piece), frame_levels_dbfs(whole).max()
    return piece, float(np.mean(levels > loudest - _ACTIVE_DB - 5.0))


def _speech(rng: np.random.Generator, voices: tuple[str, ...]) -> tuple[Sound, str] | None:
    pcm, spoken = _talk(rng, voices)
    if spoken < _SPOKEN:
        return None
    pcm = _at(pcm, float(rng.uniform(-60.0, -12.0)))
    room = dead_air(rng, _N) if rng.random() < 0.3 else noise(rng, _N, float(rng.uniform(-85, -66)), "pink")
    if rng.random() < 0.5:
        return add_noise(rng, mix(pcm, room), float(rng.uniform(6.0, 30.0)), str(rng.choice(KINDS))), "speech"
    return mix(pcm, room if rms_dbfs(pcm) > -50.0 else digital_silence(_N)), "speech"


def _speech_over_keys(rng: np.random.Generator, voices: tuple[str, ...]) -> tuple[Sound, str] | None:
    """Somebody speaks and presses a key or two: that is speech."""
    pcm, spoken = _talk(rng, voices)
    if spoken < 0.3:
        return None
    pcm = _at(pcm, float(rng.uniform(-35.0, -15.0)))
    keys = _keys(rng, int(rng.integers(1, 3)))
    return mix(pcm, keys), "speech"


def _pause(rng: np.random.Generator, voices: tuple[str, ...]) -> tuple[Sound, str] | None:
    """Room noise with at most the last breath of a word: nobody speaks."""
    pcm, spoken = _talk(rng, voices)
    if spoken > _UNSPOKEN:
        pcm = pcm[:0]
    room = noise(rng, _N, float(rng.uniform(-80.0, -50.0)), str(rng.choice(["white", "pink", "brown", "hum"])))
    return mix(room, pcm) if pcm.size else room, "nobody"


def _dead_air(rng: np.random.Generator, _voices: tuple[str, ...]) -> tuple[Sound, str]:
    return gain(dead_air(rng, _N), float(rng.choice([0.0, 0.0, rng.uniform(0.0, 12.0)]))), "nobody"


def _transcoded_silence(rng: np.random.Generator, _voices: tuple[str, ...]) -> tuple[Sound, str]:
    """Silence of another law or with an offset: one value held, or two taking turns, that is not this law's zero."""
    base, step = int(rng.integers(-24, 25)), int(rng.choice([0, 8, 16]))
    turns = np.cumsum(rng.random(_N) < rng.choice([0.0, 0.001, 0.05, 0.5])) % 2
    return (base + step * turns).astype(np.int16), "nobody"


def _noise(rng: np.random.Generator, _voices: tuple[str, ...]) -> tuple[Sound, str]:
    pcm = noise(rng, _N, float(rng.uniform(-65.0, -14.0)), str(rng.choice(KINDS)))
    if rng.random() < 0.3:  # something falls, clicks, is put down
        for _ in range(int(rng.integers(1, 6))):
            at, length = int(rng.integers(0, _N - 400)), int(rng.integers(20, 400))
            knock = rng.standard_normal(length) * np.exp(-np.arange(length) / (length / 4))
            level = 32768.0 * 10.0 ** (min(rms_dbfs(pcm) + rng.uniform(6, 26), -8.0) / 20.0)
            pcm[at : at + length] = np.clip(pcm[at : at + length] + level * knock, -32767, 32767).astype(np.int16)
    return pcm, "nobody"


def _music(rng: np.random.Generator, _voices: tuple[str, ...]) -> tuple[Sound, str]:
    pcm = _cut(rng, hold_music(rng, 4 * _N, float(rng.uniform(-42.0, -12.0))))
    return add_noise(rng, pcm, float(rng.uniform(15.0, 45.0)), "pink"), "music_or_hold"


def _keys(rng: np.random.Generator, count: int) -> Sound:
    """A number dialled by hand or machine, somewhere in two seconds."""
    digits = "".join(rng.choice(list("0123456789*#"), count))
    on, off = float(rng.uniform(0.06, 0.25)), float(rng.uniform(0.05, 0.3))
    dialled = dtmf(digits, on, off, float(rng.uniform(-20.0, -4.0)), twist_db=float(rng.uniform(-4.0, 2.0)))
    out = np.zeros(_N + 2 * dialled.size, dtype=np.int16)
    start = int(rng.integers(dialled.size // 2, _N + dialled.size // 2))
    out[start : start + dialled.size] = dialled
    return out[dialled.size : dialled.size + _N]


def _dtmf(rng: np.random.Generator, _voices: tuple[str, ...]) -> tuple[Sound, str] | None:
    keys = _keys(rng, int(rng.integers(1, 9)))
    if np.mean(frame_levels_dbfs(keys) > -45.0) < 0.04:  # less than 80 ms of tone is none to be told
        return None
    room = noise(rng, _N, float(rng.uniform(-80.0, -45.0)), str(rng.choice(["pink", "hum", "white"])))
    under = (digital_silence(_N), dead_air(rng, _N), room)
    return mix(keys, under[int(rng.integers(3))]), "dtmf"


def _modem(rng: np.random.Generator, _voices: tuple[str, ...]) -> tuple[Sound, str]:
    signal = str(rng.choice(list(SIGNALS)))
    return modem_data(rng, _N, signal, level_dbfs=float(rng.uniform(-40.0, -14.0))), "modem"


def _busy(rng: np.random.Generator, _voices: tuple[str, ...]) -> tuple[Sound, str]:
    maker = busy if rng.random() < 0.6 else reorder
    country, level = str(rng.choice(COUNTRIES)), float(rng.uniform(-24.0, -8.0))
    return _over_air(rng, maker(_N, country, level_dbm0=level, offset_s=float(rng.uniform(0, 10)))), "busy"


def _ringback(rng: np.random.Generator, _voices: tuple[str, ...]) -> tuple[Sound, str] | None:
    country, level = str(rng.choice(COUNTRIES)), float(rng.uniform(-24.0, -8.0))
    pcm = ringback(_N, country, level_dbm0=level, offset_s=float(rng.uniform(0, 60)))
    if np.mean(frame_levels_dbfs(pcm) > -60.0) < 0.15:  # between two rings, or only an edge of one
        return None
    return _over_air(rng, pcm), "ringback"


def _fax(rng: np.random.Generator, _voices: tuple[str, ...]) -> tuple[Sound, str]:
    level = float(rng.uniform(-24.0, -8.0))
    which = rng.random()
    if which < 0.4:
        return _over_air(rng, cng(_N, level_dbm0=level, offset_s=float(rng.choice([2.0, 3.0, 1.8])))), "fax"
    if which < 0.7:
        return _over_air(rng, ced(_N, level_dbm0=level)), "fax"
    return _over_air(rng, v21_preamble(_N, level_dbm0=level)), "fax"


def _sit(rng: np.random.Generator, _voices: tuple[str, ...]) -> tuple[Sound, str]:
    tones = sit(level_dbm0=float(rng.uniform(-24.0, -8.0)))
    pcm, start = np.zeros(_N, dtype=np.int16), int(rng.integers(0, _N - tones.size))
    pcm[start : start + tones.size] = tones
    return _over_air(rng, pcm), "sit"


def _digital_silence(rng: np.random.Generator, _voices: tuple[str, ...]) -> tuple[Sound, str]:
    if rng.random() < 0.5:
        return digital_silence(_N), "digital_silence"
    law = LAWS[int(rng.integers(2))]
    return decode(idle_codes(rng, _N, law), law), "digital_silence"


def _over_air(rng: np.random.Generator, tone: Sound) -> Sound:
    """Tones come over quiet lines, or with exact silence between them."""
    return mix(tone, dead_air(rng, _N)) if rng.random() < 0.6 else tone


_TIMES: Final = {"music": 3, "speech": 2}
_LOSSY: Final = {"speech", "nobody", "music_or_hold", "modem"}
_MAKERS: Final[dict[str, Callable[[np.random.Generator, tuple[str, ...]], tuple[Sound, str] | None]]] = {
    "speech": _speech,
    "speech over keys": _speech_over_keys,
    "pauses": _pause,
    "dead air": _dead_air,
    "transcoded silence": _transcoded_silence,
    "noises": _noise,
    "music": _music,
    "keys": _dtmf,
    "modems": _modem,
    "busy": _busy,
    "ring-back": _ringback,
    "fax tones": _fax,
    "information tones": _sit,
    "digital silence": _digital_silence,
}
