"""Speech as a telephone carries it: synthetic voices, band-limited to 300-3400 Hz, at 8 kHz."""

from collections.abc import Sequence
from math import gcd
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, resample_poly, sosfilt

from models.sounds.scale import RATE, at_level, to_int16
from models.sounds.synthesiser import synthesise
from models.sounds.words import sentence

__all__ = ["VOICES", "conversation", "sentence", "speak"]

_LANGUAGES: Final = {"en-us": "en-us", "en-gb": "gmw/en", "es": "es", "it": "it", "de": "de", "fr": "fr"}
_VARIANTS: Final = ("", "+m1", "+m2", "+m3", "+m4", "+m5", "+m6", "+m7", "+f1", "+f2", "+f3", "+f4", "+f5")

VOICES: Final[tuple[str, ...]] = tuple(language + variant for language in _LANGUAGES for variant in _VARIANTS)

_SPEECH_DBFS: Final = -22.0  # RMS of what `speak` gives, pauses within the sentence counted: a good line's level
_PHONE_BAND: Final = butter(4, (300.0, 3400.0), btype="bandpass", fs=RATE, output="sos")


def speak(
    text: str, *, voice: str, pitch: int = 50, rate: int = 170, rng: np.random.Generator | None = None
) -> NDArray[np.int16]:
    """Speak a text; the same arguments give the same samples, whatever was spoken before.

    Parameters
    ----------
    text : str
        In the voice's language, or at least its letters.
    voice : str
        One of `VOICES`.
    pitch : int
        0 to 99; 50 is the voice's own.
    rate : int
        Words a minute, 80 to 450.
    rng : numpy.random.Generator, optional
        Draws a little change of pitch and rate and the voice's breath: two readings of one text then differ, as a
        person's do. Without it every reading is the same.

    Returns
    -------
    ndarray of int16, shape (n,)
        At 8 kHz, RMS -22 dBFS; empty when the text has nothing to be spoken.

    Raises
    ------
    ValueError
        For a voice that isn't in `VOICES`, or a pitch or rate out of range.
    SynthesiserError
        When the synthesiser isn't there.
    """
    if voice not in VOICES:
        raise ValueError(f"no voice {voice!r}; there are {', '.join(VOICES[:3])}, …")
    if not 0 <= pitch <= 99 or not 80 <= rate <= 450:
        raise ValueError(f"pitch is 0 to 99 and rate 80 to 450, not {pitch} and {rate}")
    language, plus, variant = voice.partition("+")
    seed = 1
    if rng is not None:
        seed = int(rng.integers(1, 2**31 - 1))
        pitch = int(np.clip(pitch + rng.integers(-4, 5), 0, 99))
        rate = int(np.clip(rate + rng.integers(-6, 7), 80, 450))
    wide, wide_rate = synthesise(text, _LANGUAGES[language] + plus + variant, pitch=pitch, rate=rate, seed=seed)
    if not wide.any():
        return np.zeros(0, dtype=np.int16)
    common = gcd(RATE, wide_rate)
    narrow = resample_poly(wide.astype(np.float64), RATE // common, wide_rate // common)
    return at_level(np.asarray(sosfilt(_PHONE_BAND, narrow), dtype=np.float64), _SPEECH_DBFS)


def conversation(
    rng: np.random.Generator, seconds: float, *, voices: Sequence[str] = VOICES, room_dbfs: float | None = None
) -> NDArray[np.int16]:
    """One side of a conversation: a random speaker's sentences with pauses between them, over faint room noise.

    Parameters
    ----------
    rng : numpy.random.Generator
        Chooses speaker, pitch, rate, text, pauses and noise.
    seconds : float
        Length wanted, at most 3,600; it begins with speech and is cut where it ends.
    voices : sequence of str
        To choose the speaker from.
    room_dbfs : float, optional
        RMS of the noise under it; by default drawn from -80 to -62.

    Returns
    -------
    ndarray of int16, shape (round(8000 * seconds),)
        Speech at -22 dBFS RMS.

    Raises
    ------
    ValueError
        When the length isn't between 0 and an hour.
    SynthesiserError
        When the synthesiser isn't there.
    """
    if not 0 <= seconds <= 3600:
        raise ValueError(f"a conversation lasts from 0 to 3600 s, not {seconds}")
    n = round(seconds * RATE)
    voice = str(rng.choice(list(voices)))
    pitch, rate = int(rng.integers(30, 71)), int(rng.integers(140, 211))
    level = rng.uniform(-80.0, -62.0) if room_dbfs is None else room_dbfs
    out = rng.standard_normal(n) * (32768.0 * 10.0 ** (level / 20.0))
    at = 0
    while at < n:
        text = sentence(rng, voice.split("+", maxsplit=1)[0])
        said = speak(text, voice=voice, pitch=pitch, rate=rate, rng=rng)[: n - at]
        out[at : at + said.size] += said
        at += said.size + round(RATE * float(np.clip(rng.lognormal(-0.8, 0.5), 0.15, 1.5)))
    return to_int16(out)
