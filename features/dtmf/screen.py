"""Which windows may hold a key at all: a few sums over blocks dismiss nearly everything before samples are looked at."""

import numpy as np
from numba import njit

from features.dtmf.keys import BLOCK, FREQUENCIES, SAMPLE_RATE

# What turns a sum's phase from one block to the next at each nominal frequency, so that what is left is the deviation.
TURNS = np.exp(-2j * np.pi * BLOCK / SAMPLE_RATE * np.array(FREQUENCIES)).astype(np.complex64)

_MAX_HIGH = 10**1.0  # twist as the sums show it, leakage from one group to the other and all: wider than the gates'
_MAX_LOW = 10**1.5
_MIN_COHERENCE = 0.45  # of neighbouring blocks: 0 dB S/N leaves 0.8, two harmonics of a voice in one band beat


@njit(cache=True, nogil=True)
def _deviation(sums, powers, first, length, k, turn, total):  # type: ignore[no-untyped-def]
    """Phase in radians that the tone in band k gains in a block over its nominal frequency; 9.0 where it is no tone."""
    pairs = np.complex64(0)
    for i in range(first, first + length - 1):
        pairs += sums[i + 1, k] * np.conj(sums[i, k])
    pairs *= turn
    if abs(pairs) < _MIN_COHERENCE * total:
        return 9.0
    step = np.arctan2(pairs.imag, pairs.real)
    half = length // 2
    early = late = 0j
    for i in range(half):  # between the halves' middles the phase shows what is left of the deviation, more finely
        swing = complex(np.cos(-(step) * i), np.sin(-(step) * i)) * complex(turn) ** i
        early += sums[first + i, k] * swing
        late += sums[first + length - half + i, k] * swing
    between = late * np.conj(early) * complex(turn) ** (length - half)
    angle = np.arctan2(between.imag, between.real) - step * (length - half)
    angle -= 2 * np.pi * np.round(angle / (2 * np.pi))
    return step + angle / (length - half)


@njit(cache=True, nogil=True)
def propose(sums, powers, energies, first, length, known, floor, share, turns, guess):  # type: ignore[no-untyped-def]
    """Look whether blocks `first` to `first + length` may hold a key; fill `guess` with its frequencies (kernel).

    ``known`` is the number of samples received in the window, ``floor`` the least mean square of a component, ``share``
    the least share of the window's energy that both must have. Returns whether it may.
    """
    energy = np.float32(0)
    for i in range(first, first + length):
        energy += energies[i]
    if energy < 1.6 * floor * known:
        return False
    row = column = 0
    low = high = np.float32(0)
    for k in range(8):
        total = np.float32(0)
        for i in range(first, first + length):
            total += powers[i, k]
        if k < 4 and total > low:
            row, low = k, total
        elif k >= 4 and total > high:
            column, high = k, total
    # A tone of mean square P has a power of P * BLOCK**2 / 2 in each block and an energy of P * BLOCK.
    if low + high < share * energy * (BLOCK / 2) or high > _MAX_HIGH * low or low > _MAX_LOW * high:
        return False
    gained = _deviation(sums, powers, first, length, row, turns[row], low)
    if gained > 8.0:
        return False
    guess[0] = FREQUENCIES[row] + gained * SAMPLE_RATE / (2 * np.pi * BLOCK)
    gained = _deviation(sums, powers, first, length, column, turns[column], high)
    if gained > 8.0:
        return False
    guess[1] = FREQUENCIES[column] + gained * SAMPLE_RATE / (2 * np.pi * BLOCK)
    return True
