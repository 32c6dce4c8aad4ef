"""The answer tone of fax machines and modems: plain, modulated, or turning its phase over (T.30, V.25, V.8)."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.samples import SAMPLE_RATE

FREQUENCY: Final = 2100.0  # Hz
TOLERANCE_HZ: Final = 18.0  # 15, and what noise adds

_BLOCK: Final = 40  # samples, 5 ms
_STEP: Final = 6  # blocks between the phases compared: 30 ms
_LEAST_TURN: Final = 0.7 * np.pi  # V.25 allows 180 degrees +- 10
_MODULATION_HZ: Final = 15.0  # V.8: +- 0.1
_LEAST_DEPTH: Final = 0.1  # V.8: 20 %
_LEAST_MODULATED_S: Final = 0.2


def name_answer(samples: NDArray[np.int16], received: NDArray[np.bool_] | None, frequency: float) -> str:
    """Name an answer tone.

    Parameters
    ----------
    samples
        Shape (n,), int16: the tone without its edges.
    received
        Shape (n,), which of them came; None: all.
    frequency
        Its mean frequency, Hz.

    Returns
    -------
    str
        ``ced`` (plain, ANS), ``ans_pr`` (/ANS: with phase reversals), ``ansam`` (modulated) or ``ansam_pr`` (both).
        A piece too short to show either is ``ced``.
    """
    blocks = len(samples) // _BLOCK
    if blocks <= 2 * _STEP:
        return "ced"
    turn = np.exp(-2j * np.pi * frequency / SAMPLE_RATE * np.arange(blocks * _BLOCK))
    sums = (samples[: blocks * _BLOCK] * turn).reshape(blocks, _BLOCK).mean(axis=1)
    came: NDArray[np.bool_] = np.ones(blocks, np.bool_)
    if received is not None:
        came = np.all(received[: blocks * _BLOCK].reshape(blocks, _BLOCK), axis=1)
    reversed_at = _reversals(sums, came)
    for at in reversed_at:
        came[max(at - 3, 0) : at + 4] = False  # its level dips there
    kinds = ("ans_pr", "ansam_pr") if len(reversed_at) else ("ced", "ansam")
    return kinds[_modulated(np.abs(sums), came)]


def _reversals(sums: NDArray[np.complex128], came: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the blocks at which the phase turns over, seen against its slow drift."""
    turned = sums[_STEP:] * np.conj(sums[:-_STEP])
    level = np.abs(sums)
    sure = came & (level >= 0.5 * np.median(level[came])) if came.any() else came
    both = sure[_STEP:] & sure[:-_STEP]
    if not both.any():
        return np.zeros(0, np.int64)
    drift = np.angle(np.median(turned.real[both]) + 1j * np.median(turned.imag[both]))
    over = (np.abs(np.angle(turned * np.exp(-1j * drift))) >= _LEAST_TURN) & both
    edges = np.flatnonzero(np.diff(np.concatenate([[0], over.astype(np.int8), [0]])))
    begins, ends = edges[::2], edges[1::2]
    long = ends - begins >= _STEP // 2  # noise turns single ones
    return ((begins + ends)[long] // 2 + _STEP // 2).astype(np.int64)


def _modulated(level: NDArray[np.float64], keep: NDArray[np.bool_]) -> bool:
    """Tell whether the level of the blocks to keep swings 15 times a second by at least a tenth."""
    if np.count_nonzero(keep) * _BLOCK < _LEAST_MODULATED_S * SAMPLE_RATE:
        return False
    time = np.flatnonzero(keep) * _BLOCK / SAMPLE_RATE
    angle = 2 * np.pi * _MODULATION_HZ * time
    design = np.stack([np.ones_like(time), time, np.cos(angle), np.sin(angle)], axis=1)
    (mean, _, c, s), *_ = np.linalg.lstsq(design, level[keep], rcond=None)
    return bool(np.hypot(c, s) >= _LEAST_DEPTH * abs(mean))
