"""Which windows may hold a key at all: a few sums over blocks dismiss nearly all before samples are looked at."""

import numpy as np
from numba import njit

from features.dtmf.keys import BLOCK, FREQUENCIES, SAMPLE_RATE

# What turns a sum's phase from one block to the next at each nominal frequency, so that what is left is the deviation.
TURNS = np.exp(-2j * np.pi * BLOCK / SAMPLE_RATE * np.array(FREQUENCIES)).astype(np.complex64)

_FREQUENCIES = np.array(FREQUENCIES)
_HZ = SAMPLE_RATE / (2 * np.pi * BLOCK)  # of a phase of one radian a block
_MAX_HIGH = 10**1.0  # twist as the sums show it, leakage from one group to the other and all: wider than the gates'
_MAX_LOW = 10**1.5
_MIN_COHERENCE = 0.45  # of neighbouring blocks: 0 dB S/N leaves 0.8, two harmonics of a voice in one band beat
_NO_TONE = 9.0  # radians: no phase


@njit(cache=True, nogil=True)
def accumulate(powers, energies, first, end, running):  # type: ignore[no-untyped-def]
    """Go on with running totals of the bands' powers and, last, of the energy: blocks `first` to `end` - 1 (kernel).

    ``running``, shape (blocks + 1, 9), holds integers, so that a window's total is the same wherever the totals began.
    """
    for b in range(first, end):
        for k in range(8):
            running[b + 1, k] = running[b, k] + np.int64(powers[b, k])
        running[b + 1, 8] = running[b, 8] + np.int64(energies[b])


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
def strongest(running, first, length, known, floor, share):  # type: ignore[no-untyped-def]
    """Return the strongest row and column (4 to 7) of a window when they may be a key's, else (-1, -1) (kernel).

    ``running`` is from `accumulate`, ``known`` the number of samples received in the window, ``floor`` the least mean
    square of a component, ``share`` the least share of the window's energy that both must have.
    """
    energy = float(running[first + length, 8] - running[first, 8])
    if energy < 1.6 * floor * known:
        return -1, -1
    row = column = 0
    most_low = most_high = np.int64(-1)
    for k in range(4):
        total = running[first + length, k] - running[first, k]
        if total > most_low:
            row, most_low = k, total
        total = running[first + length, 4 + k] - running[first, 4 + k]
        if total > most_high:
            column, most_high = 4 + k, total
    low, high = float(most_low), float(most_high)
    # A tone of mean square P has a power of P * BLOCK**2 / 2 in each block and an energy of P * BLOCK.
    if low + high < share * energy * (BLOCK / 2) or high > _MAX_HIGH * low or low > _MAX_LOW * high:
        return -1, -1
    return row, column


@njit(cache=True, nogil=True)
def _response(hertz, k):  # type: ignore[no-untyped-def]
    """Return a block's sum in band `k` of a wave of so many hertz and amplitude 1 (Dirichlet's kernel: it is real)."""
    half = np.pi * (hertz - _FREQUENCIES[k]) / SAMPLE_RATE
    return np.sin(BLOCK * half) / np.sin(half) if abs(half) > 1e-9 else float(BLOCK)


@njit(cache=True, nogil=True)
def _without(sums, first, length, strong, hertz, group, cleaned):  # type: ignore[no-untyped-def]
    """Fill ``cleaned`` (blocks, 4) with a group's sums less what the strong tone in band `strong` spills into them.

    Returns the band of the group that then is the strongest, and its power over all blocks.
    """
    best, most = group, -1.0
    for k in range(group, group + 4):
        share = np.float32(_response(hertz, k) / _response(hertz, strong))
        total = 0.0
        for i in range(length):
            value = sums[first + i, k] - share * sums[first + i, strong]
            cleaned[i, k - group] = value
            total += value.real * value.real + value.imag * value.imag
        if total > most:
            best, most = k, total
    return best, most


@njit(cache=True, nogil=True)
def propose(sums, running, first, length, known, floor, share, guess):  # type: ignore[no-untyped-def]
    """Look whether `length` blocks from `first` on may hold a key; fill `guess` with its frequencies in Hz (kernel).

    Parameters are those of `strongest`. Returns whether it may. The stronger tone is looked at first, for the weaker
    one may lie below what spills over from it.
    """
    row, column = strongest(running, first, length, known, floor, share)
    if row < 0:
        return False
    low = float(running[first + length, row] - running[first, row])
    high = float(running[first + length, column] - running[first, column])
    lead = 0 if low >= high else 1
    strong, power = (row, low) if lead == 0 else (column, high)
    step = _step(sums, first, length, strong, TURNS[strong], power)
    if step == _NO_TONE:
        return False
    step, coherent = _refine(sums, first, length, strong, TURNS[strong], step)
    guess[lead] = _FREQUENCIES[strong] + step * _HZ
    cleaned = np.empty((length, 4), np.complex64)
    group = 4 - 4 * lead
    weak, power = _without(sums, first, length, strong, guess[lead], group, cleaned)
    step = _step(cleaned, 0, length, weak - group, TURNS[weak], power)
    if step == _NO_TONE:
        return False
    step, more = _refine(cleaned, 0, length, weak - group, TURNS[weak], step)
    guess[1 - lead] = _FREQUENCIES[weak] + step * _HZ
    energy = float(running[first + length, 8] - running[first, 8])
    return (coherent + more) * length * BLOCK >= share * energy * (BLOCK / 2) * known
