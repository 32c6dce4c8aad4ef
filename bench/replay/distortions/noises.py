"""Noise under the message, as strong as it, or up to 20 dB weaker; and the hum of the mains."""

from functools import partial
from typing import Final

import numpy as np

from bench.replay.distortions.kind import Apply, Company, Distorted, Distortion, Pcm, Rng, under
from features.levels import rms_dbfs
from models.channel.line import add_hum

RATIOS_DB: Final = (20, 10, 5, 0)
HUM_DB: Final = 6.0  # under the message
_LOWEST_HZ: Final = 20.0 / 4000.0  # of pink noise, as a share of the band


def white(snr_db: float, rng: Rng, pcm: Pcm, company: Company) -> Distorted:
    """White noise."""
    return Distorted(under(pcm, rng.standard_normal(pcm.size), snr_db))


def pink(snr_db: float, rng: Rng, pcm: Pcm, company: Company) -> Distorted:
    """Noise falling by 3 dB an octave."""
    spectrum = np.fft.rfft(rng.standard_normal(pcm.size))
    spectrum /= np.sqrt(np.maximum(np.linspace(0.0, 1.0, spectrum.size), _LOWEST_HZ))
    return Distorted(under(pcm, np.fft.irfft(spectrum, pcm.size), snr_db))


def babble(snr_db: float, rng: Rng, pcm: Pcm, company: Company) -> Distorted:
    """Five people who speak at once."""
    return Distorted(under(pcm, company.babble(rng, pcm.size), snr_db))


def hum(rng: Rng, pcm: Pcm, company: Company) -> Distorted:
    """Hum of 50 or 60 Hz with its harmonics, 6 dB under the message."""
    level = rms_dbfs(pcm)
    if not np.isfinite(level):
        return Distorted(pcm.copy())
    return Distorted(add_hum(rng, pcm, level - HUM_DB, float(rng.choice([50.0, 60.0]))))


_KINDS: Final = (("white", white), ("pink", pink), ("babble", babble))


def noisy(kind: str, snr_db: float) -> Apply:
    """One of white, pink and babble at a ratio."""
    return partial(dict(_KINDS)[kind], snr_db)


DISTORTIONS: Final = (
    *(Distortion(f"{kind} noise {ratio} dB", "noise", noisy(kind, ratio)) for kind, _ in _KINDS for ratio in RATIOS_DB),
    Distortion("hum", "noise", hum),
)
