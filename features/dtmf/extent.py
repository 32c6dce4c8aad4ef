"""Where a tone begins and whether it is still on, block by block, from the two bands of its key."""

import numpy as np
from numba import njit

from features.dtmf.fit import HIGH_HZ, HIGH_POWER, LOW_HZ, LOW_PHASE, LOW_POWER
from features.dtmf.keys import BLOCK, FREQUENCIES, SAMPLE_RATE

PRESENT = 0.18  # of its power, -7.5 dB: a block less than 42 % filled is off
PAUSE = 5  # blocks off in a row: a pause of 30 ms has them in any case, an interruption of 22 ms never
LOUDER = 3.0  # times the power: what follows on something louder without a pause is its echo
_FREQUENCIES = np.array(FREQUENCIES)


@njit(cache=True, nogil=True)
def expected_power(power, frequency, k):  # type: ignore[no-untyped-def]
    """Return a whole block's power in band `k` of a sine of mean square `power` at `frequency` Hz (kernel)."""
    cycles = (frequency - _FREQUENCIES[k]) * BLOCK / SAMPLE_RATE
    loss = np.sin(np.pi * cycles) / (np.pi * cycles) if abs(cycles) > 1e-6 else 1.0
    return power * BLOCK * BLOCK / 2 * loss * loss


@njit(cache=True, nogil=True)
def shares(powers, counts, b, key, expected):  # type: ignore[no-untyped-def]
    """Return the lower and the greater of both components' power in block `b` over what is expected (kernel)."""
    scale = (BLOCK / max(counts[b], 1)) ** 2
    low = powers[b, key // 4] * scale / expected[0]
    high = powers[b, 4 + key % 4] * scale / expected[1]
    return min(low, high), max(low, high)


@njit(cache=True, nogil=True)
def _fill(sums, counts, b, key, expected, fit, middle):  # type: ignore[no-untyped-def]
    """Return how much of block `b` is filled, 0 to 1, by a tone with the fit's phase at sample `middle`."""
    if counts[b] < BLOCK // 2:
        return 1.0  # lost: its neighbour decides
    least = 1.0
    for tone in range(2):
        k = key // 4 if tone == 0 else 4 + key % 4
        since = b * BLOCK + (BLOCK - 1) / 2 - middle
        phase = 2 * np.pi * fit[LOW_HZ + tone] / SAMPLE_RATE * since + fit[LOW_PHASE + tone]
        along = sums[b, k].real * np.cos(phase) + sums[b, k].imag * np.sin(phase)
        least = min(least, along / np.sqrt(expected[tone]) * BLOCK / counts[b])
    return max(least, 0.0)


@njit(cache=True, nogil=True)
def find_start(sums, counts, first, length, earliest, key, expected, fit):  # type: ignore[no-untyped-def]
    """Return the sample at which the tone of a window begins, looking back to block `earliest` (kernel).

    Only what has the tone's phase is counted to it, so speech in the same band before it is not.
    """
    middle = first * BLOCK + (length * BLOCK - 1) / 2
    b = first
    while b < first + length - 1 and _fill(sums, counts, b, key, expected, fit, middle) < 0.5:
        b += 1
    while b > earliest and _fill(sums, counts, b - 1, key, expected, fit, middle) >= 0.5:
        b -= 1
    fill = _fill(sums, counts, b, key, expected, fit, middle)
    start = b * BLOCK
    if fill < 0.9:
        start += int(round((1 - fill) * BLOCK))
    elif b > earliest:
        before = _fill(sums, counts, b - 1, key, expected, fit, middle)
        start -= int(round(before * BLOCK)) if before > 0.15 else 0
    return start


@njit(cache=True, nogil=True)
def find_end(powers, counts, last, ends, key, expected):  # type: ignore[no-untyped-def]
    """Return the sample at which a tone ends of which `last` is the last block that is on (kernel).

    ``ends`` is the number of blocks at hand. What was lost next to it counts to it.
    """
    b = last
    while b + 1 < ends and counts[b + 1] < BLOCK // 2:
        b += 1
    if b > last:
        return (b + 1) * BLOCK
    fill = np.sqrt(min(shares(powers, counts, last, key, expected)[0], 1.0))
    end = (last + 1) * BLOCK
    if fill < 0.9:
        return end - int(round((1 - fill) * BLOCK))
    after = np.sqrt(min(shares(powers, counts, last + 1, key, expected)[0], 1.0)) if last + 1 < ends else 0.0
    return end + (int(round(after * BLOCK)) if after > 0.15 else 0)


@njit(cache=True, nogil=True)
def is_echo(powers, counts, first, earliest, key, expected):  # type: ignore[no-untyped-def]
    """Tell whether the same key, louder, was on before block `first` without a pause in between (kernel)."""
    off = 0
    for b in range(first - 1, earliest - 1, -1):
        least, _ = shares(powers, counts, b, key, expected)
        if least < PRESENT:
            off += 1
            if off >= PAUSE:
                return False
        else:
            off = 0
            if least > LOUDER:
                return True
    return False


@njit(cache=True, nogil=True)
def expect(fit, key, expected):  # type: ignore[no-untyped-def]
    """Fill ``expected`` with the power of a whole block of the fit's two sines in the bands of `key` (kernel)."""
    expected[0] = expected_power(fit[LOW_POWER], fit[LOW_HZ], key // 4)
    expected[1] = expected_power(fit[HIGH_POWER], fit[HIGH_HZ], 4 + key % 4)
