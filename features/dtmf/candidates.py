"""Every window of a sound that passes the gates, with its traits: what the reference rows are chosen from."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from features.dtmf.bank import sum_again, sum_blocks
from features.dtmf.extent import expect
from features.dtmf.fit import FITTED
from features.dtmf.gates import MIN_LEVEL_DBM0
from features.dtmf.holes import mark_holes
from features.dtmf.keys import BLOCK, REACH
from features.dtmf.screen import accumulate
from features.dtmf.traits import TRAITS, describe
from features.dtmf.windows import LENGTHS, hear_window
from features.samples import power_at


@dataclass(frozen=True, slots=True)
class Candidates:
    """Windows that pass the gates, one row each, in order of their end.

    ``key`` (index into `features.dtmf.KEYS`), ``shape`` (index into `features.dtmf.windows.LENGTHS`) and ``block`` (its
    first) have shape (n,), ``traits`` (n, TRAITS) float32.
    """

    key: NDArray[np.int64]
    shape: NDArray[np.int64]
    block: NDArray[np.int64]
    traits: NDArray[np.float32]


@njit(cache=True, nogil=True)
def _collect(pcm, known, counts, sums, powers, energies, floor, where, rows):  # type: ignore[no-untyped-def]
    guess, fit, expected = np.zeros(2), np.zeros(FITTED), np.zeros(2)
    left, traits = np.zeros(REACH * BLOCK), np.zeros(TRAITS)
    running = np.zeros((counts.shape[0] + 1, 9), np.int64)
    accumulate(powers, energies, 0, REACH, running)
    n = 0
    for b in range(REACH, counts.shape[0]):
        changed = mark_holes(pcm, known, counts, b)
        if changed <= b:
            sum_again(pcm, sums, powers, energies, changed, b + 1)
        accumulate(powers, energies, min(changed, b), b + 1, running)
        count, end = 0, b + 1
        for shape in range(len(LENGTHS)):
            first = b + 1 - LENGTHS[shape]
            for i in range(first, end):
                count += counts[i]
            end = first
            key = hear_window(pcm, known, sums, running, count, first, shape, floor, -1, guess, fit, left)
            if key >= 0 and n < where.shape[0]:
                length = LENGTHS[shape] * BLOCK
                expect(fit, key, expected)
                describe(fit, left, length, powers, counts, first, b + 1 - REACH, key, expected, traits)
                where[n, 0], where[n, 1], where[n, 2] = key, shape, first
                rows[n] = traits
                n += 1
    return n


def find_candidates(
    pcm: NDArray[np.int16], received: NDArray[np.bool_] | None = None, *, dbm0_offset: float = 6.22
) -> Candidates:
    """Return every window that passes the gates.

    Parameters
    ----------
    pcm
        Shape (n,), int16, 8 kHz.
    received
        Which samples came, shape (n,), bool; None: all. What stands at the others is ignored.
    dbm0_offset
        dBm0 minus dBFS, dB: 6.22 for mu-law, 6.15 for A-law (G.711).
    """
    blocks = len(pcm) // BLOCK
    size = blocks + REACH
    known = np.ones(size * BLOCK, np.bool_)
    if received is not None:
        known[REACH * BLOCK :] = received[: blocks * BLOCK]
    samples = np.concatenate([np.zeros(REACH * BLOCK, np.int16), pcm[: blocks * BLOCK]])
    samples[~known] = 0
    sums, powers = np.empty((size, 8), np.complex64), np.empty((size, 8), np.float32)
    energies = np.empty(size, np.float32)
    sum_blocks(samples, sums, powers, energies)
    counts = known.reshape(size, BLOCK).sum(axis=1, dtype=np.int64)
    floor = power_at(MIN_LEVEL_DBM0, dbm0_offset)
    where, rows = np.empty((blocks * len(LENGTHS), 3), np.int64), np.empty((blocks * len(LENGTHS), TRAITS), np.float32)
    n = _collect(samples, known, counts, sums, powers, energies, floor, where, rows)
    return Candidates(where[:n, 0], where[:n, 1], where[:n, 2] - REACH, rows[:n])
