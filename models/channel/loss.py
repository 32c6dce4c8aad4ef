"""Packets that don't arrive, and what a receiver plays instead.

Unconcealed, a lost packet is simply not there. A gateway conceals it before it codes anew: here by repeating the last
pitch period and fading it out, with the timing of G.711 Appendix I (full for 10 ms, then a fifth less every 10 ms,
silent from 60 ms on); the Appendix's growing number of periods and its delay are left out.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.channel.packets import PACKET
from models.sounds.scale import RATE, to_int16

_SHORTEST, _LONGEST = 40, 120  # samples: pitch periods of 5 to 15 ms, G.711 Appendix I
_WINDOW: Final = 160  # samples that the period is looked for in
_FULL_S, _GONE_S = 0.010, 0.060
_JOIN: Final = 32  # samples: 4 ms from the repeated to what arrives again


def random_loss(rng: np.random.Generator, packets: int, share: float) -> NDArray[np.bool_]:
    """Which packets are lost, each by itself, shape (packets,)."""
    return rng.random(packets) < share


def burst_loss(rng: np.random.Generator, packets: int, share: float, burst: float) -> NDArray[np.bool_]:
    """Which packets are lost, in bursts (Gilbert's model: a good and a bad state).

    Parameters
    ----------
    rng : numpy.random.Generator
    packets : int
    share : float
        Of packets lost in the long run, 0 <= share < 1.
    burst : float
        Mean length of a burst, at least 1 packet.

    Returns
    -------
    ndarray of bool, shape (packets,)
    """
    back = 1.0 / burst
    into = share * back / (1.0 - share)
    lost = np.zeros(packets, dtype=np.bool_)
    bad = bool(rng.random() < share)
    for i, chance in enumerate(rng.random(packets)):
        bad = chance >= back if bad else chance < into
        lost[i] = bad
    return lost


def conceal(pcm: NDArray[np.int16], lost: NDArray[np.bool_]) -> NDArray[np.int16]:
    """Play something in place of lost packets.

    Parameters
    ----------
    pcm : ndarray of int16, shape (n,)
    lost : ndarray of bool, shape (n // 160,)
        Which packets are lost.

    Returns
    -------
    ndarray of int16, shape (n,)
    """
    out = pcm.astype(np.float64)
    edges = np.flatnonzero(np.diff(lost.astype(np.int8), prepend=0, append=0))
    for begin, end in edges.reshape(-1, 2) * PACKET:
        history = out[max(begin - _WINDOW - _LONGEST, 0) : begin]
        played = _repeated(history, end - begin + _JOIN)
        out[begin:end] = played[: end - begin]
        joined = min(_JOIN, out.size - end)
        weight = np.arange(1, joined + 1) / (joined + 1)
        out[end : end + joined] = weight * out[end : end + joined] + (1 - weight) * played[end - begin :][:joined]
    return to_int16(out)


def _repeated(history: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    if history.size < _LONGEST:
        return np.zeros(n)
    period = _period(history)
    time = np.arange(n) / RATE
    steps = np.floor((time - _FULL_S) / 0.010) + 1
    fade = np.where(time < _FULL_S, 1.0, np.where(time < _GONE_S, np.maximum(1.0 - 0.2 * steps, 0.0), 0.0))
    return np.asarray(np.resize(history[-period:], n) * fade)


def _period(history: NDArray[np.float64]) -> int:
    """Lag at which the newest samples are most like those before."""
    newest = history[-min(_WINDOW, history.size - _LONGEST) or -1 :]
    best, found = -np.inf, _SHORTEST
    for lag in range(_SHORTEST, min(_LONGEST, history.size - newest.size) + 1):
        before = history[history.size - newest.size - lag : history.size - lag]
        likeness = float(newest @ before) / np.sqrt(float(before @ before) + 1.0)
        if likeness > best:
            best, found = likeness, lag
    return found
