"""What happens to a signal between its generator and our ear."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.progress.signals import Signal
from bench.progress.sounds import RATE
from features.g711 import PCMU_DBM0_OFFSET, Law
from models.channel.codecs import through
from models.channel.laws import decode, encode
from models.channel.loss import conceal, random_loss
from models.channel.packets import PACKET
from models.sounds.scale import to_int16

LEVELS_DBM0: Final = (-20.0, -10.0)
_SHIFT: Final = 0.003  # any generator's own error, up to; E.180 allows 1 %
_BEFORE_S: Final = (0.3, 0.8)


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition; where nothing is told, -20 to -10 dBm0, within 0.3 % of its frequency, mu-law.

    ``snr_db`` is the signal's power while it is on over the power of white noise from 0 to 4 kHz, which is there all
    the time; ``shift`` is relative; lost packets of 20 ms are each lost by themselves, and zeros stand there, or what a
    receiver repeats.
    """

    name: str
    snr_db: float | None = None
    shift: float | None = None
    level_dbm0: float | None = None
    codec: str | None = None
    law: Law = "pcmu"
    loss: float = 0.0
    concealed: bool = False


CLEAN: Final = Condition("clean")
NOISES: Final = (CLEAN, *(Condition(f"{snr} dB", snr_db=snr) for snr in (20, 15, 12, 10)))
_CODEC_NAMES: Final = {
    "gsm": "GSM 06.10",
    "amr_4.75": "AMR 4.75",
    "g723_1": "G.723.1, 6.3",
    "g726": "G.726, 32",
    "opus": "Opus, 8",
}
PLAIN: Final = (
    Condition("-1 %", shift=-0.01),
    Condition("+1 %", shift=0.01),
    Condition("-5 dBm0", level_dbm0=-5),
    Condition("-25 dBm0", level_dbm0=-25),
    Condition("-35 dBm0", level_dbm0=-35),
    Condition("A-law", law="pcma"),
    Condition("5 % lost, zeros", loss=0.05),
    Condition("10 % lost, zeros", loss=0.10),
    Condition("5 % lost, repeated", loss=0.05, concealed=True),
    Condition("10 % lost, repeated", loss=0.10, concealed=True),
)
CODED: Final = tuple(Condition(name, codec=codec) for codec, name in _CODEC_NAMES.items())
CONDITIONS: Final = (*NOISES, *PLAIN, *CODED)


@dataclass(frozen=True, slots=True)
class Heard:
    """What arrives: int16 at 8 kHz, which samples arrived (None: all), where the signal is on; all of shape (n,)."""

    pcm: NDArray[np.int16]
    received: NDArray[np.bool_] | None
    on: NDArray[np.bool_]

    @property
    def begins_s(self) -> float:
        """Second at which the signal begins."""
        return float(np.argmax(self.on)) / RATE


def send(rng: np.random.Generator, signal: Signal, condition: Condition) -> Heard:
    """Make a signal, after a while of silence, and send it through a condition."""
    shift = condition.shift
    shift = rng.uniform(-_SHIFT, _SHIFT) if shift is None else float(np.clip(shift, -signal.widest, signal.widest))
    sound = signal.make(rng, 1.0 + shift)
    before = round(rng.uniform(*_BEFORE_S) * RATE)
    n = -(-(before + sound.on.size) // PACKET) * PACKET
    on = np.zeros(n, np.bool_)
    on[before : before + sound.on.size] = sound.on
    samples = np.zeros(n, np.float32)
    samples[before : before + sound.on.size] = sound.samples
    level = rng.uniform(*LEVELS_DBM0) if condition.level_dbm0 is None else condition.level_dbm0
    amplitude = 32768.0 * 10 ** ((level - PCMU_DBM0_OFFSET) / 20)
    if condition.snr_db is not None:
        samples += rng.standard_normal(n, np.float32) * np.float32(10 ** (-condition.snr_db / 20))
    pcm = to_int16(samples.astype(np.float64) * amplitude)
    if condition.codec is not None:
        pcm = through(pcm, condition.codec)
    pcm = decode(encode(pcm, condition.law), condition.law)
    if not condition.loss:
        return Heard(pcm, None, on)
    lost = random_loss(rng, n // PACKET, condition.loss)
    gone = np.repeat(lost, PACKET)
    return Heard(conceal(pcm, lost) if condition.concealed else np.where(gone, 0, pcm).astype(np.int16), ~gone, on)
