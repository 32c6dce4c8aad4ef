"""What a distortion is, and whom it may need for company."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.sounds.scale import to_int16

Pcm = NDArray[np.int16]
Rng = np.random.Generator


@dataclass(frozen=True, slots=True)
class Distorted:
    """A sound after what was done to it; ``received`` tells which samples came, None: all of them."""

    pcm: Pcm
    received: NDArray[np.bool_] | None = None


class Company:
    """Other people's speech, for talking over a message and for babble; none of it is enrolled.

    Parameters
    ----------
    talkers : sequence of ndarray of int16
        Their messages, at least one that sounds.
    """

    def __init__(self, talkers: Sequence[Pcm]) -> None:
        self._talkers = [pcm for pcm in talkers if pcm.any()]
        if not self._talkers:
            raise ValueError("nobody is there for company")

    def talker(self, rng: Rng, n: int) -> Pcm:
        """Draw n samples of somebody's speech, begun anywhere; repeated where it is too short."""
        pcm = self._talkers[int(rng.integers(len(self._talkers)))]
        start = int(rng.integers(pcm.size))
        drawn: Pcm = np.resize(np.roll(pcm, -start), n)
        return drawn

    def babble(self, rng: Rng, n: int, voices: int = 5) -> NDArray[np.float64]:
        """Draw n samples of several people who speak at once, each as loud as the others."""
        total = np.zeros(n)
        for _ in range(voices):
            said = self.talker(rng, n).astype(np.float64)
            total += said / max(rms(said), 1.0)
        return total


Apply = Callable[[Rng, Pcm, Company], Distorted]


@dataclass(frozen=True, slots=True)
class Distortion:
    """One way of changing a sound.

    ``apply`` takes the generator, the sound and the company. ``pitch`` and ``tempo`` are the outcome's over the
    original's, ``needs`` the seconds of the original that a second of the outcome takes at most. ``straight`` tells
    whether the outcome follows the original along one line, so that an offset can be asked for.
    """

    name: str
    kind: str
    apply: Apply
    pitch: float = 1.0
    tempo: float = 1.0
    straight: bool = True

    @property
    def needs(self) -> float:
        """Seconds of the original for each second of the outcome, at most."""
        return max(self.tempo, 1.0)


def plain(change: Callable[[Pcm], Pcm]) -> Apply:
    """Make a distortion's function of one that needs neither chance nor company and loses nothing."""

    def apply(rng: Rng, pcm: Pcm, company: Company) -> Distorted:
        return Distorted(change(pcm))

    return apply


def chanced(change: Callable[[Rng, Pcm], Pcm]) -> Apply:
    """Make a distortion's function of one that needs chance alone."""

    def apply(rng: Rng, pcm: Pcm, company: Company) -> Distorted:
        return Distorted(change(rng, pcm))

    return apply


def chain(*steps: Apply) -> Apply:
    """Do one after another; what is lost in one is lost in the end, so no step after it may move time."""

    def apply(rng: Rng, pcm: Pcm, company: Company) -> Distorted:
        heard, received = pcm, None
        for step in steps:
            found = step(rng, heard, company)
            heard = found.pcm
            received = found.received if received is None else received
        return Distorted(heard, received)

    return apply


def rms(signal: NDArray[np.float64]) -> float:
    """Root of the mean square; 0 of nothing."""
    return float(np.sqrt(np.mean(signal**2))) if signal.size else 0.0


def under(pcm: Pcm, noise: NDArray[np.float64], snr_db: float) -> Pcm:
    """Add a noise of any scale at a ratio to the sound; both powers are means over the whole piece."""
    wide = pcm.astype(np.float64)
    loud = rms(noise)
    if loud == 0.0:
        return pcm.copy()
    return to_int16(wide + noise * (rms(wide) * 10.0 ** (-snr_db / 20.0) / loud))
