"""DTMF frame by frame (ITU-T Q.23, receivers Q.24): which key, if any, each 24 ms window holds."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from features.dtmf.keys import COLUMNS, FREQUENCIES, ROWS
from features.goertzel import HOP, SAMPLE_RATE, SineFit, fit_window, gram_inverse, half_sums
from features.tone_runs import StretchRules

HALF = 3  # blocks: windows of 192 samples, so that 23 ms fill none and 40 ms fill at least four
MAX_DEVIATION = 0.023  # between Q.24's "accept at 1.5 %" and "reject at 3.5 %"
MAX_HIGH_DB = 6.0  # twist, high minus low: Q.24 asks for +4 to -8 dB
MAX_LOW_DB = 10.0
MIN_LEVEL_DBM0 = -40.0  # per component; Q.24: accept -25, reject -55
MIN_PURITY = 0.9  # tuned on spoken digits and call speech: see tests/features/test_tones_data.py

# 10 ms off costs at most seven frames and is bridged, a pause of 30 ms costs eleven and is not.
RULES = StretchRules(gap=9, steady=4, edge_steady=4)

_OMEGAS = 2 * np.pi * np.array(FREQUENCIES) / SAMPLE_RATE
_INVERSES = np.stack([gram_inverse((r, c), HALF * HOP) for r in ROWS for c in COLUMNS])


@dataclass(frozen=True, slots=True)
class DtmfFrames:
    """The key heard in each frame (index into `KEYS`, -1 for none), shape (frames,), and the fit of its two tones."""

    keys: NDArray[np.int64]
    fit: SineFit


@njit(cache=True, nogil=True)
def _strongest(sums, frame, half, first):  # type: ignore[no-untyped-def]
    best, most = first, -1.0
    for k in range(first, first + 4):
        total = abs(sums[frame, k]) ** 2 + abs(sums[frame + half, k]) ** 2
        if total > most:
            best, most = k, total
    return best


@njit(cache=True, nogil=True)
def _fit_keys(sums, energies, half, omegas, inverses, hop, keys, power, deviation, purity):  # type: ignore[no-untyped-def]
    columns = np.zeros(2, dtype=np.int64)
    pair = np.zeros(2)
    for frame in range(keys.shape[0]):
        columns[0] = _strongest(sums, frame, half, 0)
        columns[1] = _strongest(sums, frame, half, 4)
        pair[0], pair[1] = omegas[columns[0]], omegas[columns[1]]
        keys[frame] = columns[0] * 4 + columns[1] - 4
        purity[frame] = fit_window(
            sums, energies, frame, half, columns, pair, inverses[keys[frame]], hop, power[frame], deviation[frame]
        )


def hear_keys(blocks: NDArray[np.complex128], energies: NDArray[np.float64], min_power: float) -> DtmfFrames:
    """Decide for every window of 192 samples, one every 32, which DTMF key it holds.

    Parameters
    ----------
    blocks
        Shape (b, 8), `features.goertzel.block_spectra` at `FREQUENCIES`.
    energies
        Shape (b,), `features.goertzel.block_energies`.
    min_power
        Least mean square of each of the two tones, squared sample units.
    """
    frames = max(len(energies) - 2 * HALF + 1, 0)
    keys = np.zeros(frames, dtype=np.int64)
    fit = SineFit(np.zeros((frames, 2)), np.zeros((frames, 2)), np.zeros(frames))
    sums = half_sums(blocks, tuple(range(8)), FREQUENCIES, HALF)
    _fit_keys(sums, energies, HALF, _OMEGAS, _INVERSES, HOP, keys, fit.power, fit.deviation_hz, fit.purity)
    low, high = fit.power[:, 0], fit.power[:, 1]
    nominal = np.stack([np.array(ROWS)[keys // 4], np.array(COLUMNS)[keys % 4]], axis=1)
    good = (
        (fit.purity >= MIN_PURITY)
        & (np.minimum(low, high) >= min_power)
        & (high <= low * 10 ** (MAX_HIGH_DB / 10))
        & (low <= high * 10 ** (MAX_LOW_DB / 10))
        & (np.abs(fit.deviation_hz) <= MAX_DEVIATION * nominal).all(axis=1)
    )
    return DtmfFrames(np.where(good, keys, -1), fit)
