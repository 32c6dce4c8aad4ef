"""The kinds of silence that still send packets: exact zeros, a codec's idle codes, and dead air."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from features.g711 import Law
from models.sounds.scale import RATE, at_level

_STEP_CODES: Final[dict[Law, tuple[tuple[int, int], tuple[int, int]]]] = {
    # the two codes of silence, and the next ones on either side
    "pcmu": ((0xFF, 0x7F), (0xFE, 0x7E)),
    "pcma": ((0xD5, 0x55), (0xD4, 0x54)),
}


def digital_silence(n: int) -> NDArray[np.int16]:
    """N samples of exact zero."""
    return np.zeros(n, dtype=np.int16)


def idle_codes(rng: np.random.Generator, n: int, law: Law) -> NDArray[np.uint8]:
    """Codec idle noise: the codes next to zero toggling, at least 96 % of them the law's two silence codes.

    Parameters
    ----------
    rng : numpy.random.Generator
    n : int
        Number of codes.
    law : {"pcmu", "pcma"}

    Returns
    -------
    ndarray of uint8, shape (n,)
    """
    silent, step = _STEP_CODES[law]
    stay = rng.uniform(0.3, 0.9)
    negative = np.cumsum(rng.random(n) > stay) % 2
    one_step = rng.random(n) < rng.uniform(0.0, 0.02)
    codes = np.where(one_step, np.take(step, negative), np.take(silent, negative))
    return codes.astype(np.uint8)


def dead_air(rng: np.random.Generator, n: int) -> NDArray[np.int16]:
    """Dead air as calls without a talker carry it: averages about -70 dBFS, peaks about -50, never quite silent.

    Faint noise with bursts in it (movement, line crackle) and a trace of mains hum. The bursts are dense enough for
    every two seconds to have more than 5 % of codes that aren't silence, in both laws.

    Parameters
    ----------
    rng : numpy.random.Generator
    n : int
        Number of samples.

    Returns
    -------
    ndarray of int16, shape (n,)
    """
    if n == 0:
        return np.zeros(0, dtype=np.int16)
    white = rng.standard_normal(n)
    coloured = np.asarray(lfilter([1.0], [1.0, -rng.uniform(0.0, 0.6)], white))
    # bursts: a gate open for two of every eight pieces of 10 to 60 ms, so that no two seconds go without
    piece = int(rng.integers(80, 480))
    eights = -(-n // (8 * piece))
    open_ = rng.permuted(np.tile(np.arange(8) < 2, (eights, 1)), axis=1).ravel()
    gate = np.where(open_, rng.uniform(0.8, 1.2, open_.size), 0.14)
    hum = np.sin(2 * np.pi * float(rng.choice([50.0, 60.0])) * np.arange(n) / RATE + rng.uniform(0, 2 * np.pi))
    mixed = coloured / coloured.std() * np.repeat(gate, piece)[:n] + rng.uniform(0.0, 0.12) * hum
    return at_level(mixed, rng.uniform(-70.8, -69.8))
