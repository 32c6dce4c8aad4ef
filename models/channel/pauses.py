"""Pauses that are not sent (discontinuous transmission), and the comfort noise heard instead.

An energy detector with a hangover stands for the sender's voice activity detector. In the pauses the sender sends RFC
3389 comfort noise (payload type 13: a level, no samples), or a gateway has made noise of that level and coded it.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from features.levels import frame_levels_dbfs
from models.channel.packets import PACKET

_OVER_FLOOR_DB: Final = 6.0
_LOUD_DBFS: Final = -40.0  # what is louder is sent, whatever the floor: tones and music have no quiet packets
_HANGOVER: Final = 8  # packets sent after the last active one: 160 ms
_FLOOR_DBFS: Final = -90.0  # comfort noise has levels from 0 to -127 dBov (RFC 3389); under this nothing is heard


def pauses(pcm: NDArray[np.int16]) -> NDArray[np.bool_]:
    """Which packets of 20 ms a sender with discontinuous transmission leaves out, shape (n // 160,)."""
    levels = frame_levels_dbfs(pcm, frame=PACKET)
    floor = min(float(np.percentile(levels, 10)), _LOUD_DBFS - _OVER_FLOOR_DB)
    active = levels > floor + _OVER_FLOOR_DB
    held = np.convolve(active, np.ones(_HANGOVER + 1))[: levels.size] > 0
    return ~held


def comfort_noise(rng: np.random.Generator, pcm: NDArray[np.int16], quiet: NDArray[np.bool_]) -> NDArray[np.int16]:
    """The sound with noise in place of its pauses, as a gateway makes it: the pauses' level in whole dB and their tilt.

    Parameters
    ----------
    rng : numpy.random.Generator
    pcm : ndarray of int16, shape (n,), n a multiple of 160
    quiet : ndarray of bool, shape (n // 160,)
        Pauses, from `pauses`.

    Returns
    -------
    ndarray of int16, shape (n,)
    """
    inside = np.repeat(quiet, PACKET)
    if not inside.any():
        return pcm.copy()
    told = pcm[inside].astype(np.float64)
    power = float(np.mean(told**2))
    level = round(10.0 * np.log10(max(power, 1e-9) / 32768.0**2))
    if level < _FLOOR_DBFS:
        return np.where(inside, 0, pcm).astype(np.int16)
    tilt = float(np.clip(np.mean(told[1:] * told[:-1]) / max(power, 1e-9), -0.9, 0.9))
    noise = np.asarray(lfilter([np.sqrt(1.0 - tilt**2)], [1.0, -tilt], rng.standard_normal(pcm.size)))
    noise *= 32768.0 * 10.0 ** (level / 20.0)
    return np.where(inside, np.clip(np.rint(noise), -32767, 32767), pcm).astype(np.int16)
