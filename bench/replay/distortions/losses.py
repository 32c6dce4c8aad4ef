"""Packets that don't come: left open, as our tap sees them, or concealed by a gateway before."""

from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.replay.distortions.kind import Apply, Company, Distorted, Distortion, Pcm, Rng
from models.channel.loss import burst_loss, conceal, random_loss
from models.channel.packets import PACKET
from models.channel.pauses import comfort_noise, pauses

BURST: Final = 4.0  # packets: mean length of a burst


def _whole(pcm: Pcm) -> Pcm:
    """Whole packets; zeros fill the last."""
    return np.concatenate([pcm, np.zeros(-pcm.size % PACKET, np.int16)])


def _lost(rng: Rng, packets: int, share: float, bursts: bool) -> NDArray[np.bool_]:
    return burst_loss(rng, packets, share, BURST) if bursts else random_loss(rng, packets, share)


def holed(share: float, bursts: bool, rng: Rng, pcm: Pcm, company: Company) -> Distorted:
    """Zeros where packets were lost; which samples came is known."""
    whole = _whole(pcm)
    received = ~np.repeat(_lost(rng, whole.size // PACKET, share, bursts), PACKET)
    return Distorted(np.where(received, whole, 0).astype(np.int16)[: pcm.size], received[: pcm.size])


def concealed(share: float, bursts: bool, rng: Rng, pcm: Pcm, company: Company) -> Distorted:
    """A gateway has filled the holes; nobody knows where they were."""
    whole = _whole(pcm)
    return Distorted(conceal(whole, _lost(rng, whole.size // PACKET, share, bursts))[: pcm.size])


def discontinuous(rng: Rng, pcm: Pcm, company: Company) -> Distorted:
    """Comfort noise in place of the pauses."""
    whole = _whole(pcm)
    return Distorted(comfort_noise(rng, whole, pauses(whole))[: pcm.size])


def holes(share: float, *, bursts: bool = False) -> Apply:
    """Loss left open."""
    return partial(holed, share, bursts)


def mended(share: float, *, bursts: bool = False) -> Apply:
    """Loss concealed."""
    return partial(concealed, share, bursts)


DISTORTIONS: Final = (
    Distortion("loss 5 %", "loss", holes(0.05)),
    Distortion("loss 10 %", "loss", holes(0.10)),
    Distortion("loss 20 % in bursts", "loss", holes(0.20, bursts=True)),
    Distortion("loss 5 %, concealed", "loss", mended(0.05)),
    Distortion("loss 10 %, concealed", "loss", mended(0.10)),
    Distortion("loss 10 % in bursts, concealed", "loss", mended(0.10, bursts=True)),
    Distortion("comfort noise in pauses", "loss", discontinuous),
)
