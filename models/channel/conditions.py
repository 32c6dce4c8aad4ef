"""Whole connections: what happens to a sound between the talker's telephone and our ear, in the order it happens."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.g711 import Law
from features.levels import rms_dbfs
from models.channel import line
from models.channel.codecs import CODECS, through
from models.channel.echo import add_echo
from models.channel.laws import encode, encode_shifted
from models.channel.loss import burst_loss, conceal, random_loss
from models.channel.packets import CODED, COMFORT_NOISE, LOST, PACKET
from models.channel.pauses import comfort_noise, pauses

Pcm = NDArray[np.int16]

CONDITIONS: Final[tuple[str, ...]] = (
    "clean",
    *CODECS,
    "loss_5",
    "loss_5_concealed",
    "loss_heavy",
    "dtx",
    "line",
    "echo",
    "clipping",
)

_SHIFTED: Final = 0.15  # of mu-law calls come from an encoder that shifts
_OFFSET: Final = 0.1  # of line calls have an offset


@dataclass(slots=True)
class Passed:
    """A sound after its connection.

    Attributes
    ----------
    codes : ndarray of uint8, shape (n,)
    packets : ndarray of uint8, shape (n // 160,)
        0 lost, 1 coded, 2 comfort noise.
    replaced : ndarray of bool, shape (n // 160,)
        Packets in which something else is heard than was said: comfort noise.
    smear : int
        Packets over which a sound may reach beyond its end.
    chain : list of str
        Steps with their parameters.
    """

    codes: NDArray[np.uint8]
    packets: NDArray[np.uint8]
    replaced: NDArray[np.bool_]
    smear: int
    chain: list[str]


@dataclass(slots=True)
class _Way:
    """A sound on its way."""

    rng: np.random.Generator
    pcm: Pcm
    packets: NDArray[np.uint8]
    replaced: NDArray[np.bool_]
    smear: int = 0
    chain: list[str] = field(default_factory=list)


def pass_through(rng: np.random.Generator, pcm: Pcm, condition: str, law: Law) -> Passed:
    """Send a sound through a connection.

    Parameters
    ----------
    rng : numpy.random.Generator
        Of the condition's parameters and its chances.
    pcm : ndarray of int16, shape (n,), n a multiple of 160
    condition : str
        One of `CONDITIONS`.
    law : {"pcmu", "pcma"}
        Of the last leg.

    Returns
    -------
    Passed

    Raises
    ------
    ValueError
        For another condition, or a sound that isn't whole packets.
    ModelError
        When a codec isn't installed.
    """
    if condition not in CONDITIONS:
        raise ValueError(f"condition is one of {', '.join(CONDITIONS)}, not {condition!r}")
    if pcm.size % PACKET:
        raise ValueError(f"a sound on its way is whole packets of {PACKET} samples, not {pcm.size} samples")
    n = pcm.size // PACKET
    way = _Way(rng, pcm, np.full(n, CODED, dtype=np.uint8), np.zeros(n, dtype=np.bool_))
    if condition in CODECS:
        way.pcm = through(pcm, condition)
        way.chain.append(condition)
    elif condition != "clean":
        _STEPS[condition](way)
    if law == "pcmu" and rng.random() < _SHIFTED:
        codes = encode_shifted(way.pcm)
        way.chain.append("pcmu, encoder shifts")
    else:
        codes = encode(way.pcm, law)
        way.chain.append(law)
    return Passed(codes, way.packets, way.replaced, way.smear, way.chain)


def _loss(way: _Way) -> None:
    lost = _lost(way)
    way.packets[lost] = LOST


def _heavy_loss(way: _Way) -> None:
    """Everything, or most of it, or one long piece."""
    n, share = way.packets.size, float(way.rng.uniform(0.3, 0.98))
    if way.rng.random() < 0.25:
        way.packets[:] = LOST
        way.chain.append("all lost")
    elif way.rng.random() < 0.5:
        way.packets[burst_loss(way.rng, n, share, 8.0)] = LOST
        way.chain.append(f"loss {share:.0%}, bursts of 8")
    else:
        first = int(way.rng.integers(0, n))
        way.packets[first : first + round(share * n)] = LOST
        way.chain.append(f"{share * n * 0.02:.2f} s lost in one piece")


def _concealed(way: _Way) -> None:
    way.pcm = conceal(way.pcm, _lost(way))
    way.smear = 3  # 60 ms
    way.chain.append("concealed by repetition")


def _lost(way: _Way) -> NDArray[np.bool_]:
    if way.rng.random() < 0.5:
        way.chain.append("loss 5 %, random")
        return random_loss(way.rng, way.packets.size, 0.05)
    way.chain.append("loss 5 %, bursts of 3")
    return burst_loss(way.rng, way.packets.size, 0.05, 3.0)


def _dtx(way: _Way) -> None:
    quiet = pauses(way.pcm)
    if way.rng.random() < 0.5:
        way.packets[quiet] = COMFORT_NOISE
        way.chain.append("pauses as payload type 13")
    else:
        way.pcm = comfort_noise(way.rng, way.pcm, quiet)
        way.chain.append("pauses as coded comfort noise")
    way.replaced |= quiet


def _line(way: _Way) -> None:
    """A poor analogue line: band, hiss, hum, now and then an offset."""
    way.pcm = line.band_limit(way.pcm)
    hiss = float(way.rng.uniform(-82.0, -64.0))
    hum, mains = float(way.rng.uniform(-85.0, -62.0)), float(way.rng.choice([50.0, 60.0]))
    if not way.pcm.any():
        way.chain.append("band 300-3400 Hz")  # an end that sends zeros is behind the line, not before it
        return
    # never so loud that they cover the sound
    room = rms_dbfs(way.pcm) - 6.0
    hiss, hum = min(hiss, room), min(hum, room)
    noise = np.rint(way.rng.standard_normal(way.pcm.size) * 32768.0 * 10.0 ** (hiss / 20.0)).astype(np.int16)
    way.pcm = line.add_hum(way.rng, line.mix(way.pcm, noise), hum, mains)
    way.chain += ["band 300-3400 Hz", f"hiss {hiss:.1f} dBFS", f"hum {mains:.0f} Hz {hum:.1f} dBFS"]
    if way.rng.random() < _OFFSET:
        shift = int(way.rng.integers(-24, 25))
        way.pcm = line.offset(way.pcm, shift)
        way.chain.append(f"offset {shift}")


def _echo(way: _Way) -> None:
    delay, loss = float(way.rng.uniform(0.020, 0.250)), float(way.rng.uniform(20.0, 40.0))
    way.pcm = add_echo(way.rng, way.pcm, delay, loss)
    way.smear = int(np.ceil(delay * 50.0)) + 1
    way.chain.append(f"echo {delay * 1000:.0f} ms, {loss:.0f} dB down")


def _clipping(way: _Way) -> None:
    share = float(way.rng.uniform(0.01, 0.1))
    way.pcm = line.clip(way.pcm, share)
    way.chain.append(f"clipped {share:.1%} of samples")


_STEPS: Final[dict[str, Callable[[_Way], None]]] = {
    "loss_5": _loss,
    "loss_5_concealed": _concealed,
    "loss_heavy": _heavy_loss,
    "dtx": _dtx,
    "line": _line,
    "echo": _echo,
    "clipping": _clipping,
}
