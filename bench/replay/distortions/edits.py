"""A message cut, joined with another, put together in another order."""

from typing import Final

import numpy as np

from bench.replay.distortions.kind import Company, Distorted, Distortion, Pcm, Rng, plain
from models.sounds.scale import RATE

HOP: Final = 128  # samples of a fingerprint's frame: what begins between two frames is the harder to find
_EVERY_S: Final = 2.0  # a pause is put in so often
_PAUSE_S: Final = (0.3, 0.7)
_KEPT: Final = 0.6  # of a query spliced with another message


def late(rng: Rng, pcm: Pcm, company: Company) -> Distorted:
    """Begin half a frame late: as far as possible from the grid on which the original was heard."""
    return Distorted(np.concatenate([np.zeros(HOP // 2, np.int16), pcm]))


def halves(pcm: Pcm) -> Pcm:
    """Second half first."""
    return np.roll(pcm, pcm.size // 2)


def shuffled(rng: Rng, pcm: Pcm, company: Company) -> Distorted:
    """Seconds in another order, none after the one that it came after."""
    blocks = np.array_split(pcm, max(round(pcm.size / RATE), 2))
    order = np.arange(len(blocks))[::-1]
    for _ in range(100):
        drawn = rng.permutation(len(blocks))
        if (np.diff(drawn) != 1).all():
            order = drawn
            break
    return Distorted(np.concatenate([blocks[i] for i in order]))


def paused(rng: Rng, pcm: Pcm, company: Company) -> Distorted:
    """Put pauses of 0.3 to 0.7 s in, one every two seconds."""
    parts: list[Pcm] = []
    at = 0
    while at < pcm.size:
        take = round(RATE * _EVERY_S * float(rng.uniform(0.3, 0.7)) * (1.0 if not parts else 2.0))
        parts += [pcm[at : at + take], np.zeros(round(RATE * float(rng.uniform(*_PAUSE_S))), np.int16)]
        at += take
    return Distorted(np.concatenate(parts)[: pcm.size])


def spliced_after(rng: Rng, pcm: Pcm, company: Company) -> Distorted:
    """After six tenths another message."""
    kept = round(pcm.size * _KEPT)
    return Distorted(np.concatenate([pcm[:kept], company.talker(rng, pcm.size - kept)]))


def spliced_before(rng: Rng, pcm: Pcm, company: Company) -> Distorted:
    """Another message for the first four tenths."""
    kept = round(pcm.size * _KEPT)
    return Distorted(np.concatenate([company.talker(rng, pcm.size - kept), pcm[:kept]]))


PLAIN: Final = (Distortion("clean", "clean", plain(np.copy)),)
DISTORTIONS: Final = (
    Distortion("half a frame late", "edit", late),
    Distortion("halves swapped", "edit", plain(halves), straight=False),
    Distortion("seconds shuffled", "edit", shuffled, straight=False),
    Distortion("silence inserted", "edit", paused, straight=False),
    Distortion("another message after", "edit", spliced_after),
    Distortion("another message before", "edit", spliced_before, straight=False),
)
