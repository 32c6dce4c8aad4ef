"""What two sines must be like to be a key at all: the clauses of ITU-T Q.24, and limits on what is left over."""

from typing import Final

import numpy as np
from numba import njit

from features.dtmf.fit import HIGH_HZ, HIGH_POWER, HIGH_SWAY, LOW_HZ, LOW_POWER, LOW_SWAY, PURITY
from features.dtmf.keys import COLUMNS, ROWS

MAX_DEVIATION: Final = 0.0213  # between Q.24's "accept at 1.8 %" and "reject at 3.0 %" (NTT's column, the stricter)
MAX_HIGH_DB: Final = 7.0  # twist, high minus low; Q.24 asks for +4 to -8 dB
MAX_LOW_DB: Final = 11.0
MIN_LEVEL_DBM0: Final = -52.0  # per component; Q.24: accept -25, reject -55

_ROWS: Final = np.array(ROWS)
_COLUMNS: Final = np.array(COLUMNS)
_MAX_HIGH: Final = 10 ** (MAX_HIGH_DB / 10)
_MAX_LOW: Final = 10 ** (MAX_LOW_DB / 10)


@njit(cache=True, nogil=True)
def _nearest(frequency, nominal):  # type: ignore[no-untyped-def]
    best = 0
    for k in range(1, 4):
        if abs(frequency - nominal[k]) < abs(frequency - nominal[best]):
            best = k
    return best


@njit(cache=True, nogil=True)
def near_key(hertz):  # type: ignore[no-untyped-def]
    """Return the key (index into `KEYS`) nearest to two frequencies in Hz (kernel)."""
    return 4 * _nearest(hertz[0], _ROWS) + _nearest(hertz[1], _COLUMNS)


@njit(cache=True, nogil=True)
def pass_gates(fit, floor, purity, sway):  # type: ignore[no-untyped-def]
    """Return the key (index into `KEYS`) that a fit may be, or -1 (kernel).

    ``floor`` is the least mean square of a component, ``purity`` and ``sway`` the window's limits.
    """
    if fit[PURITY] < purity or fit[LOW_SWAY] > sway or fit[HIGH_SWAY] > sway:
        return -1
    low, high = fit[LOW_POWER], fit[HIGH_POWER]
    if min(low, high) < floor or high > low * _MAX_HIGH or low > high * _MAX_LOW:
        return -1
    key = near_key(fit)
    off_row, off_column = abs(fit[LOW_HZ] / _ROWS[key // 4] - 1), abs(fit[HIGH_HZ] / _COLUMNS[key % 4] - 1)
    return key if max(off_row, off_column) <= MAX_DEVIATION else -1
