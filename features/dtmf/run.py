"""The detector's walk over blocks: tries windows while nothing is on, follows what is on until it ends."""

from typing import Final

import numpy as np
from numba import njit

from features.dtmf.bank import sum_again
from features.dtmf.extent import PAUSE, PRESENT, expect, find_edge, is_echo, shares
from features.dtmf.fit import FITTED, HIGH_HZ, LOW_HZ, PURITY, fit_pair
from features.dtmf.holes import mark_holes
from features.dtmf.judge import share_of_keys
from features.dtmf.keys import BLOCK, REACH
from features.dtmf.screen import accumulate
from features.dtmf.traits import TRAITS, describe
from features.dtmf.windows import HOLED, KIND, LENGTHS, LONGEST_HOLED, SHORT, hear_window, worth_a_look

# A key is on once so many windows, at most 10 ms apart, held it, each with such a share of keys among its neighbours.
NEEDED: Final = 2
MIN_SHARE: Final = 0.7
# Less pure than this, 2 dB S/N, two tones need more: there are more of them in music than on any line.
FAINT: Final = 0.6
FAINT_SHARE: Final = 0.8
# A tone that has been on for longer than its window isn't a key by then, unless that is certain: music holds its notes.
LATE: Final = 200  # samples before the window
LATE_SHARE: Final = 0.95

# State, integers.
ON, START, KNOWN, LAST, OFF, LOST, ENDED, ASKED, VOTES, WHEN, HOLE = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
STATE: Final = 11

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
def _ask(fit, left, shape, powers, counts, first, earliest, key, judges):  # type: ignore[no-untyped-def]
    """Return the share of keys among the neighbours of a window that passed the gates."""
    rows, is_key, begins, centre, scale = judges
    traits, expected = np.zeros(TRAITS), np.zeros(2)
    expect(fit, key, expected)
    describe(fit, left, LENGTHS[shape] * BLOCK, powers, counts, first, earliest, key, expected, traits)
    distance = np.empty(is_key.shape[0], np.float32)
    return share_of_keys(traits, KIND[shape], rows, is_key, begins, centre, scale, distance)


@njit(cache=True, nogil=True)
def _try(pcm, known, counts, sums, powers, running, b, earliest, floor, least_share, on, guess, fit, left, judges):  # type: ignore[no-untyped-def]
    """Return the key that a window ending with block `b` holds, or -1, which window, and its share."""
    count, end = 0, b + 1
    for shape in range(len(LENGTHS) if on < 0 else SHORT):
        first = b + 1 - LENGTHS[shape]
        if first < earliest:
            break
        for i in range(first, end):
            count += counts[i]
        end = first
        if HOLED[shape] == (count == LENGTHS[shape] * BLOCK):
            continue
        key = hear_window(pcm, known, sums, running, count, first, shape, floor, on, guess, fit, left)
        if key >= 0:
            share = _ask(fit, left, shape, powers, counts, first, b + 1 - REACH, key, judges)
            if share >= (least_share if fit[PURITY] >= FAINT else max(least_share, FAINT_SHARE)):
                return key, shape, share
    return -1, 0, 0.0


@njit(cache=True, nogil=True)
def _end(pcm, known, b, base, state, held, guess, fit, left):  # type: ignore[no-untyped-def]
    """Return the sample, counted over the stream, at which the tone that is on ended, `b` being the newest block.

    Its phase there is taken from its last blocks: for a long press the frequency of the first is not exact enough.
    """
    last = (state[LAST] + 1 - base) * BLOCK
    first = max(state[START] - base * BLOCK, last - LENGTHS[0] * BLOCK, 0)
    guess[0], guess[1] = held[LOW_HZ], held[HIGH_HZ]
    ended = last
    if last - first >= 2 * BLOCK and fit_pair(pcm, known, first, last - first, guess, 0.0, fit, left):
        ended = find_edge(pcm, known, first + (last - first - 1) / 2, (b + 1) * BLOCK, fit)
    return base * BLOCK + ended


@njit(cache=True, nogil=True)
def _vote(b, base, key, shape, state):  # type: ignore[no-untyped-def]
    """Count a window that holds `key`; tell whether the key is on now."""
    again = key == state[ASKED] and state[WHEN] >= base + b - 2
    state[VOTES] = state[VOTES] + 1 if again else 1
    state[ASKED], state[WHEN] = key, base + b
    return state[VOTES] >= NEEDED or HOLED[shape]


@njit(cache=True, nogil=True)
def advance(  # type: ignore[no-untyped-def]
    pcm, known, counts, sums, powers, energies, base, floor, least_share, state, held, expected, judges, found, kept
):
    """Walk over the blocks after the first `REACH`, walked over before; return how many tones ended (kernel).

    ``base`` is the number of the first block here, counted over the stream. ``found`` (n, 4) is filled with key, start,
    end and the sample at which it was known, ``kept`` (n, FITTED) with the fit of each.
    """
    guess, fit, left = np.zeros(2), np.zeros(FITTED), np.zeros(REACH * BLOCK)
    other, running = np.zeros(FITTED), np.zeros((counts.shape[0] + 1, 9), np.int64)
    accumulate(powers, energies, 0, REACH, running)
    n = 0
    for b in range(REACH, counts.shape[0]):
        changed = mark_holes(pcm, known, counts, b)
        if changed <= b:
            state[HOLE] = base + b
            sum_again(pcm, sums, powers, energies, changed, b + 1)
        accumulate(powers, energies, min(changed, b), b + 1, running)
        if state[ON] >= 0 and _follow(powers, counts, b, base, state, expected):
            end = _end(pcm, known, b, base, state, held, guess, fit, left)
            found[n, 0], found[n, 1], found[n, 2], found[n, 3] = state[ON], state[START], end, state[KNOWN]
            kept[n] = held
            n += 1
            state[ENDED], state[ON] = state[LAST], -1
        if counts[b] < BLOCK:
            state[HOLE] = base + b
        if not worth_a_look(running, b + 1, floor) and base + b - state[HOLE] >= LONGEST_HOLED:
            continue
        back = max(b + 1 - REACH, state[ENDED] + 1 - base)
        earliest = back if state[ON] < 0 else b + 1 - REACH
        key, shape, share = _try(
            pcm, known, counts, sums, powers, running, b, earliest, floor, least_share, state[ON],
            guess, fit, left, judges,
        )  # fmt: skip
        if key < 0:
            continue
        length = LENGTHS[shape]
        first = b + 1 - length
        start = find_edge(pcm, known, first * BLOCK + (length * BLOCK - 1) / 2, back * BLOCK - 1, fit)
        late = start < first * BLOCK - LATE
        if (late and share < LATE_SHARE) or not _vote(b, base, key, shape, state):
            continue
        if is_echo(powers, counts, first, b + 1 - REACH, key, fit):
            state[ENDED] = base + b  # its later windows, from where the louder one is out of reach, are echo too
            continue
        start += base * BLOCK
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
