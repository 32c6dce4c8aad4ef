"""The detector's walk over blocks: tries windows while nothing is on, follows what is on until it ends."""

from typing import Final

import numpy as np
from numba import njit

from features.dtmf.extent import PAUSE, PRESENT, expect, find_edge, is_echo, shares
from features.dtmf.fit import FITTED, HIGH_HZ, LOW_HZ, fit_pair
from features.dtmf.gates import near_key, pass_gates
from features.dtmf.judge import share_of_keys
from features.dtmf.keys import BLOCK, REACH
from features.dtmf.screen import TOTALS, TURNS, gather, propose
from features.dtmf.traits import TRAITS, describe

# Windows in blocks, shortest first: 40 ms hold one of 30 ms and 23 ms fill three quarters of it; 50 ms hold one of 45 ms
# in any case; 90 ms find tones at 0 dB S/N. The shorter, the purer.
LENGTHS: Final = np.array([6, 9, 18])
PURITIES: Final = np.array([0.86, 0.62, 0.40])
SWAYS: Final = np.array([0.25, 0.30, 0.35])
SHARES: Final = np.array([0.72, 0.50, 0.32])  # what the screen asks, before the frequencies are known

# Windows with lost samples: the tone must fill what came of them.
HOLED_LENGTHS: Final = np.array([7, 9, 11])
HOLED_KNOWN: Final = 96  # samples, 12 ms
HOLED_SHARE: Final = 0.72
HOLED_PURITY: Final = 0.9
HOLED_SWAY: Final = 0.3

# A key is on once so many windows in a row, 5 ms apart, held it, each with such a share among its neighbours.
NEEDED: Final = 2
MIN_SHARE: Final = 0.65

# State, integers.
ON, START, KNOWN, LAST, OFF, LOST, ENDED, ASKED, VOTES, WHEN = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
STATE: Final = 10

_MAX_LOST: Final = 12  # blocks: after 60 ms of nothing received nobody knows
_TOO_LOUD: Final = 20.0


@njit(cache=True, nogil=True)
def _follow(powers, counts, b, base, state, expected):  # type: ignore[no-untyped-def]
    """Look whether the tone that is on is there in block `b`; tell whether it has ended."""
    if counts[b] < BLOCK // 2:
        state[LOST] += 1
        return state[LOST] > _MAX_LOST
    least, most = shares(powers, counts, b, state[ON], expected)
    if least < PRESENT or most > _TOO_LOUD:
        state[OFF] += 1
    else:
        state[OFF] = state[LOST] = 0
        state[LAST] = base + b
    return state[OFF] >= PAUSE


@njit(cache=True, nogil=True)
def _count(counts, first, end):  # type: ignore[no-untyped-def]
    total = 0
    for b in range(first, end):
        total += counts[b]
    return total


@njit(cache=True, nogil=True)
def _try_holed(pcm, known, counts, sums, powers, energies, b, earliest, floor, on, totals, guess, fit, left):  # type: ignore[no-untyped-def]
    """Return the key that a window ending with block `b` in which samples were lost holds, or -1, and its length."""
    for length in HOLED_LENGTHS:
        first = b + 1 - length
        if first < earliest:
            break
        count = _count(counts, first, b + 1)
        if count == length * BLOCK or count < HOLED_KNOWN:
            continue
        totals[:] = np.float32(0)
        gather(powers, energies, first, b + 1, totals)
        if (
            propose(sums, totals, first, length, count, floor, HOLED_SHARE, TURNS, guess)
            and near_key(guess) != on
            and fit_pair(pcm, known, first * BLOCK, length * BLOCK, guess, fit, left)
        ):
            key = pass_gates(fit, floor, HOLED_PURITY, HOLED_SWAY)
            if key >= 0:
                return key, length
    return -1, 0


@njit(cache=True, nogil=True)
def _is_key(fit, left, window, powers, counts, first, earliest, key, least_share, judges):  # type: ignore[no-untyped-def]
    """Ask the neighbours about a window that passed the gates."""
    rows, is_key, begins, centre, scale = judges
    traits, expected = np.zeros(TRAITS), np.zeros(2)
    expect(fit, key, expected)
    describe(fit, left, LENGTHS[window] * BLOCK, powers, counts, first, earliest, key, expected, traits)
    distance = np.empty(is_key.shape[0], np.float32)
    return share_of_keys(traits, window, rows, is_key, begins, centre, scale, distance) >= least_share


@njit(cache=True, nogil=True)
def _try(
    pcm, known, counts, sums, powers, energies, b, earliest, windows, floor, least_share, on,
    totals, guess, fit, left, judges,
):  # fmt: skip  # type: ignore[no-untyped-def]
    """Return the key that a window ending with block `b` holds, or -1, and that window's length."""
    totals[:] = np.float32(0)
    end = b + 1
    for w in range(windows):
        length = LENGTHS[w]
        first = b + 1 - length
        if first < earliest:
            break
        gather(powers, energies, first, end, totals)
        end = first
        if _count(counts, first, b + 1) < length * BLOCK:
            return _try_holed(
                pcm, known, counts, sums, powers, energies, b, earliest, floor, on, totals, guess, fit, left
            )
        if (
            propose(sums, totals, first, length, length * BLOCK, floor, SHARES[w], TURNS, guess)
            and near_key(guess) != on
            and fit_pair(pcm, known, first * BLOCK, length * BLOCK, guess, fit, left)
        ):
            key = pass_gates(fit, floor, PURITIES[w], SWAYS[w])
            if key >= 0 and _is_key(fit, left, w, powers, counts, first, b + 1 - REACH, key, least_share, judges):
                return key, length
    return -1, 0


@njit(cache=True, nogil=True)
def _end(pcm, known, b, base, state, held, guess, fit, left):  # type: ignore[no-untyped-def]
    """Return the sample, counted over the stream, at which the tone that is on ended, `b` being the newest block.

    Its phase there is taken from its last blocks: over a long press the frequency of the first ones is not exact enough.
    """
    last = (state[LAST] + 1 - base) * BLOCK
    first = max(state[START] - base * BLOCK, last - LENGTHS[0] * BLOCK, 0)
    guess[0], guess[1] = held[LOW_HZ], held[HIGH_HZ]
    ended = last
    if last - first >= 2 * BLOCK and fit_pair(pcm, known, first, last - first, guess, fit, left):
        ended = find_edge(pcm, known, first + (last - first - 1) / 2, (b + 1) * BLOCK, fit)
    return base * BLOCK + ended


@njit(cache=True, nogil=True)
def _vote(counts, b, base, key, length, state):  # type: ignore[no-untyped-def]
    """Count a window that holds `key`; tell whether the key is on now."""
    again = key == state[ASKED] and state[WHEN] == base + b - 1
    state[VOTES] = state[VOTES] + 1 if again else 1
    state[ASKED], state[WHEN] = key, base + b
    return state[VOTES] >= NEEDED or _count(counts, b + 1 - length, b + 1) < length * BLOCK


@njit(cache=True, nogil=True)
def advance(
    pcm, known, counts, sums, powers, energies, base, floor, least_share, state, held, expected, judges, found, kept
):  # type: ignore[no-untyped-def]
    """Walk over the blocks after the first `REACH`, walked over before; return how many tones ended (kernel).

    ``base`` is the number of the first block here, counted over the stream. ``found`` (n, 4) is filled with key, start,
    end and the sample at which it was known, ``kept`` (n, FITTED) with the fit of each.
    """
    guess, fit, left = np.zeros(2), np.zeros(FITTED), np.zeros(REACH * BLOCK)
    totals, other = np.zeros(TOTALS, np.float32), np.zeros(FITTED)
    n = 0
    for b in range(REACH, counts.shape[0]):
        if state[ON] >= 0 and _follow(powers, counts, b, base, state, expected):
            end = _end(pcm, known, b, base, state, held, guess, fit, left)
            found[n, 0], found[n, 1], found[n, 2], found[n, 3] = state[ON], state[START], end, state[KNOWN]
            kept[n] = held
            n += 1
            state[ENDED], state[ON] = state[LAST], -1
        windows = len(LENGTHS) if state[ON] < 0 else 1
        back = max(b + 1 - REACH, state[ENDED] + 1 - base)
        earliest = back if state[ON] < 0 else b + 1 - REACH
        key, length = _try(
            pcm, known, counts, sums, powers, energies, b, earliest, windows, floor, least_share, state[ON],
            totals, guess, fit, left, judges,
        )  # fmt: skip
        if key < 0 or not _vote(counts, b, base, key, length, state):
            continue
        first = b + 1 - length
        if is_echo(powers, counts, first, b + 1 - REACH, key, fit):
            continue
        start = base * BLOCK + find_edge(pcm, known, first * BLOCK + (length * BLOCK - 1) / 2, back * BLOCK - 1, fit)
        if state[ON] >= 0:
            end = _end(pcm, known, b, base, state, held, guess, other, left)
            found[n, 0], found[n, 1], found[n, 2], found[n, 3] = state[ON], state[START], min(end, start), state[KNOWN]
            kept[n] = held
            n += 1
            state[ENDED] = state[LAST]
        expect(fit, key, expected)
        held[:] = fit
        state[ON], state[START], state[KNOWN] = key, start, (base + b + 1) * BLOCK
        state[LAST], state[OFF], state[LOST] = base + b, 0, 0
    return n
