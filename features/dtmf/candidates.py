"""Every window of a sound that passes the gates, with its traits: what the reference rows are chosen from."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from features.dtmf.bank import sum_blocks
from features.dtmf.extent import expect
from features.dtmf.fit import FITTED, fit_pair
from features.dtmf.gates import MIN_LEVEL_DBM0, pass_gates
from features.dtmf.keys import BLOCK, REACH
from features.dtmf.run import LENGTHS, PURITIES, SHARES, SWAYS
from features.dtmf.screen import TOTALS, TURNS, gather, propose
from features.dtmf.traits import TRAITS, describe


@dataclass(frozen=True, slots=True)
class Candidates:
    """Windows that pass the gates, one row each, in order of their end.

    ``key`` (index into `features.dtmf.KEYS`), ``window`` (0, 1, 2: which of the detector's lengths), ``block`` (its first
    block) have shape (n,), ``traits`` (n, TRAITS) float32.
    """

    key: NDArray[np.int64]
    window: NDArray[np.int64]
    block: NDArray[np.int64]
    traits: NDArray[np.float32]


@njit(cache=True, nogil=True)
def _collect(pcm, known, counts, sums, powers, energies, floor, where, rows):  # type: ignore[no-untyped-def]
    guess, fit, expected = np.zeros(2), np.zeros(FITTED), np.zeros(2)
    left, traits = np.zeros(REACH * BLOCK), np.zeros(TRAITS)
    totals = np.zeros(TOTALS, np.float32)
    n = 0
    for b in range(REACH, counts.shape[0]):
        totals[:] = np.float32(0)
        end = b + 1
        for w in range(len(LENGTHS)):
            length = LENGTHS[w]
            first = b + 1 - length
            gather(powers, energies, first, end, totals)
            end = first
            if not propose(sums, totals, first, length, length * BLOCK, floor, SHARES[w], TURNS, guess):
                continue
            if not fit_pair(pcm, known, first * BLOCK, length * BLOCK, guess, fit, left):
                continue
            key = pass_gates(fit, floor, PURITIES[w], SWAYS[w])
            if key >= 0:
                expect(fit, key, expected)
                describe(fit, left, length * BLOCK, powers, counts, first, b + 1 - REACH, key, expected, traits)
                where[n, 0], where[n, 1], where[n, 2] = key, w, first
                rows[n] = traits
                n += 1
    return n


def find_candidates(pcm: NDArray[np.int16], *, dbm0_offset: float = 6.22) -> Candidates:
    """Return every window of `pcm` (shape (n,), int16, 8 kHz) that passes the gates; nothing of it is lost samples."""
    blocks = len(pcm) // BLOCK
    samples = np.concatenate([np.zeros(REACH * BLOCK, np.int16), pcm[: blocks * BLOCK]])
    size = blocks + REACH
    sums, powers = np.empty((size, 8), np.complex64), np.empty((size, 8), np.float32)
    energies = np.empty(size, np.float32)
    sum_blocks(samples, sums, powers, energies)
    floor = float(32768.0**2 * 10 ** ((MIN_LEVEL_DBM0 - dbm0_offset) / 10))
    where, rows = np.empty((blocks * len(LENGTHS), 3), np.int64), np.empty((blocks * len(LENGTHS), TRAITS), np.float32)
    counts, known = np.full(size, BLOCK, np.int64), np.ones(len(samples), np.bool_)
    n = _collect(samples, known, counts, sums, powers, energies, floor, where, rows)
    return Candidates(where[:n, 0], where[:n, 1], where[:n, 2] - REACH, rows[:n])
