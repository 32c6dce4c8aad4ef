"""The recorded message of a robocall campaign, and how it is heard in one of its calls."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from models.channel.codecs import through
from models.channel.line import gain, mix
from models.sounds.noise import noise
from models.sounds.scale import to_int16
from models.sounds.speech import VOICES, speak
from streams.audio import RATE
from streams.simulate.plan import Hearing

_OPENINGS = ("Congratulations.", "Attention please.", "This is an important announcement.", "Do not hang up.")
_OFFERS = (
    "Your household has been selected for a free solar panel inspection",
    "The warranty of your vehicle is about to expire",
    "Your electricity account qualifies for a discount of {number} percent",
    "You have been chosen for a luxury holiday worth {number} hundred dollars",
)
_URGINGS = (
    "this offer ends in {number} minutes",
    "only {number} places are left in your neighbourhood",
    "our records show {number} unanswered letters",
)
_CLOSING = "Press one now to speak with an advisor, or press nine to be removed from our list. Code {code}. Thank you."


@lru_cache(maxsize=4)
def message(seed: int, campaign: str) -> NDArray[np.int16]:
    """Words of a campaign, spoken by one voice; read-only int16 at 8 kHz, about ten to fifteen seconds."""
    rng = np.random.default_rng([seed, 20, *campaign.encode()])
    parts = [str(rng.choice(choices)) for choices in (_OPENINGS, _OFFERS, _URGINGS)]
    text = f"{parts[0]} {parts[1]}, and {parts[2]}. {_CLOSING}"
    code = " ".join(str(digit) for digit in rng.integers(0, 10, 4))
    text = text.format(number=int(rng.integers(11, 99)), code=code)
    voice = str(rng.choice([voice for voice in VOICES if voice.startswith("en")]))
    spoken = speak(text, voice=voice, pitch=int(rng.integers(35, 66)), rate=int(rng.integers(150, 185)), rng=rng)
    spoken.setflags(write=False)  # shared by all hearings
    return spoken


def heard(seed: int, hearing: Hearing, n: int, rng: np.random.Generator) -> NDArray[np.int16]:
    """Play the message as one call carries it: n samples, played again after a pause if the call is longer."""
    spoken = _faster(message(seed, hearing.campaign), hearing.speed)
    pause = np.zeros(round(0.8 * RATE), dtype=np.int16)
    lead = np.zeros(max(round(-hearing.cut_s * RATE), 0), dtype=np.int16)
    cut = max(round(hearing.cut_s * RATE), 0)
    rounds = -(-(n + cut) // (spoken.size + pause.size))
    played = np.tile(np.concatenate([spoken, pause]), rounds)[cut:]
    out = gain(np.concatenate([lead, played])[:n], hearing.gain_db)
    if hearing.noise_dbfs is not None:
        out = mix(out, noise(rng, n, hearing.noise_dbfs, "pink"))
    return out if hearing.codec is None else through(out, hearing.codec)


def _faster(spoken: NDArray[np.int16], speed: float) -> NDArray[np.int16]:
    """The message as a recorder plays it that runs too fast or too slow, to a hundredth."""
    if speed == 1.0:
        return spoken
    return to_int16(resample_poly(spoken.astype(np.float64), 100, round(100 * speed)))
