"""Which windows may hold a key at all: a few sums over blocks dismiss nearly all before samples are looked at."""

import numpy as np
from numba import njit

from features.dtmf.keys import BLOCK, FREQUENCIES, SAMPLE_RATE

TOTALS = 9  # of a window: the power in each band, and the energy
# What turns a sum's phase from one block to the next at each nominal frequency, so that what is left is the deviation.
TURNS = np.exp(-2j * np.pi * BLOCK / SAMPLE_RATE * np.array(FREQUENCIES)).astype(np.complex64)

_FREQUENCIES = np.array(FREQUENCIES)
_HZ = SAMPLE_RATE / (2 * np.pi * BLOCK)  # of a phase of one radian a block
_MAX_HIGH = 10**1.0  # twist as the sums show it, leakage from one group to the other and all: wider than the gates'
_MAX_LOW = 10**1.5
_MIN_COHERENCE = 0.45  # of neighbouring blocks: 0 dB S/N leaves 0.8, two harmonics of a voice in one band beat
_NO_TONE = 9.0  # radians: no phase


@njit(cache=True, nogil=True)
def gather(powers, energies, first, end, totals):  # type: ignore[no-untyped-def]
    """Add blocks `first` to `end` - 1, the last one first, to a window's ``totals`` (kernel)."""
    for b in range(end - 1, first - 1, -1):
        for k in range(8):
            totals[k] += powers[b, k]
        totals[8] += energies[b]


@njit(cache=True, nogil=True)
def _step(sums, first, length, k, turn, total):  # type: ignore[no-untyped-def]
    """Phase in radians that the tone in band k gains in a block over its nominal frequency's; no phase: no tone."""
    pairs = np.complex64(0)
    for i in range(first, first + length - 1):
        pairs += sums[i + 1, k] * np.conj(sums[i, k])
    pairs *= turn
    if pairs.real * pairs.real + pairs.imag * pairs.imag < (_MIN_COHERENCE * total) ** 2:
        return _NO_TONE
    return np.arctan2(pairs.imag, pairs.real)


@njit(cache=True, nogil=True)
def _refine(sums, first, length, k, turn, step):  # type: ignore[no-untyped-def]
    """Return the step again, finer, from the phase between the window's halves, and the power of the coherent sum."""
    half = length // 2
    back = turn * np.complex64(complex(np.cos(step), -np.sin(step)))
    swing = np.complex64(1)
    early = late = np.complex64(0)
    for i in range(length):
        if i < half:
            early += sums[first + i, k] * swing
        else:
            late += sums[first + i, k] * swing
        swing *= back
    between = late * np.conj(early)
    sum_ = abs(early) + abs(late)
    return step + 2 * np.arctan2(between.imag, between.real) / length, sum_ * sum_ / length


@njit(cache=True, nogil=True)
def propose(sums, totals, first, length, known, floor, share, turns, guess):  # type: ignore[no-untyped-def]
    """Look whether `length` blocks from `first` on may hold a key; fill `guess` with its frequencies in Hz (kernel).

    ``totals`` are the window's from `gather`, ``known`` the number of samples received in it, ``floor`` the least mean
    square of a component, ``share`` the least share of the window's energy that both must have.
    """
    energy = totals[8]
    if energy < 1.6 * floor * known:
        return False
    row, column = 0, 4
    for k in range(1, 4):
        if totals[k] > totals[row]:
            row = k
        if totals[4 + k] > totals[column]:
            column = 4 + k
    low, high = totals[row], totals[column]
    # A tone of mean square P has a power of P * BLOCK**2 / 2 in each block and an energy of P * BLOCK.
    enough = share * energy * (BLOCK / 2)
    if low + high < enough or high > _MAX_HIGH * low or low > _MAX_LOW * high:
        return False
    step_low = _step(sums, first, length, row, turns[row], low)
    if step_low == _NO_TONE:
        return False
    step_high = _step(sums, first, length, column, turns[column], high)
    if step_high == _NO_TONE:
        return False
    step_low, low = _refine(sums, first, length, row, turns[row], step_low)
    step_high, high = _refine(sums, first, length, column, turns[column], step_high)
    if (low + high) * length * BLOCK < enough * known:
        return False
    guess[0] = _FREQUENCIES[row] + step_low * _HZ
    guess[1] = _FREQUENCIES[column] + step_high * _HZ
    return True
