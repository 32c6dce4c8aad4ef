"""The windows that are tried at every block, and what each must be to be looked at by the neighbours."""

from typing import Final

import numpy as np
from numba import njit

from features.dtmf.fit import fit_pair
from features.dtmf.gates import near_key, pass_gates
from features.dtmf.keys import BLOCK
from features.dtmf.screen import propose, strongest

# Lengths in blocks, shortest first. 40 ms hold one of 30 ms whole, and 23 ms fill three quarters of it; 50 ms hold one
# of 45 ms; 90 ms find tones at 0 dB S/N. The shorter, the purer. A holed window takes part where samples were lost, and
# only there: the tone must fill what came.
LENGTHS: Final = np.array([6, 7, 9, 9, 11, 18])
HOLED: Final = np.array([False, True, False, True, True, False])
PURITIES: Final = np.array([0.86, 0.9, 0.6, 0.9, 0.9, 0.33])
SWAYS: Final = np.array([0.25, 0.3, 0.32, 0.3, 0.3, 0.45])
SHARES: Final = np.array([0.72, 0.72, 0.48, 0.72, 0.72, 0.27])  # what the screen asks, before frequencies are known

KINDS: Final = 4  # the three whole windows, and all that are holed: each has reference rows of its own
KIND: Final = np.array([0, 3, 1, 3, 3, 2])
LONGEST_HOLED: Final = 11
SHORT: Final = 2  # so many of them are tried while another key is on

_LEAST_KNOWN: Final = 96  # samples, 12 ms: a tone that runs into a lost packet may be that short


@njit(cache=True, nogil=True)
def hear_window(  # type: ignore[no-untyped-def]
    pcm, known, sums, running, count, first, shape, floor, on, guess, fit, left
):
    """Return the key (index into `features.dtmf.KEYS`) that one window may be, -1 if none (kernel).

    ``running`` is from `features.dtmf.screen.accumulate`, ``count`` the number of samples received in the window,
    ``floor`` the least mean square of a component, ``on`` a key that isn't asked for, -1 if all are. ``fit`` and
    ``left`` are filled for the window's key.
    """
    length = LENGTHS[shape]
    if HOLED[shape] == (count == length * BLOCK) or count < _LEAST_KNOWN:
        return -1
    if not propose(sums, running, first, length, count, floor, SHARES[shape], guess) or near_key(guess) == on:
        return -1
    if not fit_pair(pcm, known, first * BLOCK, length * BLOCK, guess, PURITIES[shape], fit, left):
        return -1
    return pass_gates(fit, floor, PURITIES[shape], SWAYS[shape])


@njit(cache=True, nogil=True)
def worth_a_look(running, end, floor):  # type: ignore[no-untyped-def]
    """Tell whether any whole window that ends before block `end` may hold a key (kernel); most may not."""
    for shape in range(len(LENGTHS)):
        if not HOLED[shape]:
            length = LENGTHS[shape]
            row, _ = strongest(running, end - length, length, length * BLOCK, floor, SHARES[shape])
            if row >= 0:
                return True
    return False
