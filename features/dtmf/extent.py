"""Where a tone begins and whether it is still on, block by block, from the two bands of its key."""

import numpy as np
from numba import njit

from features.dtmf.fit import HIGH_HZ, HIGH_POWER, LOW_HZ, LOW_PHASE, LOW_POWER
from features.dtmf.keys import BLOCK, FREQUENCIES, SAMPLE_RATE

PRESENT = 0.18  # of its power, -7.5 dB: a block less than 42 % filled is off
PAUSE = 5  # blocks off in a row: a pause of 30 ms has them in any case, an interruption of 22 ms never
LOUDER = 3.0  # times the power: what follows on something louder without a pause is its echo
LONG = 4  # blocks in a row that must have been so loud: a word before a digit is no digit
_GIVE_UP = 120  # samples of the tone's power, 15 ms: what it may cost to bridge an interruption of 10 ms
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
def find_edge(pcm, known, middle, limit, fit):  # type: ignore[no-untyped-def]
    """Return the sample at which the fit's tone begins, `limit` being before `middle`, or else ends (kernel).

    ``middle`` is the middle (in half samples) of the window that was fitted. The edge is where the tone inside and
    silence outside explain the samples best, in the sense of least squares: speech in the same bands, which doesn't
    keep the tone's phase, is not counted to it. What was lost next to the tone is.
    """
    onwards = 1 if limit > middle else -1
    wave, turn = np.zeros(2, np.complex128), np.zeros(2, np.complex128)
    n = int(middle)
    power = fit[LOW_POWER] + fit[HIGH_POWER]
    for tone in range(2):
        omega = 2 * np.pi * fit[LOW_HZ + tone] / SAMPLE_RATE
        phase = fit[LOW_PHASE + tone] + omega * (n - middle)
        amplitude = np.sqrt(2 * fit[LOW_POWER + tone])
        wave[tone] = amplitude * complex(np.cos(phase), np.sin(phase))
        turn[tone] = complex(np.cos(omega), onwards * np.sin(omega))
    gain = most = 0.0
    edge = n
    while n != limit:
        if known[n]:
            expected = wave[0].real + wave[1].real
            gain += expected * (2 * pcm[n] - expected)
            if gain > most:
                most, edge = gain, n
            elif gain < most - _GIVE_UP * power:
                break
        wave[0] *= turn[0]
        wave[1] *= turn[1]
        n += onwards
    edge += onwards
    while edge != limit and not known[edge]:
        edge += onwards
    return edge if onwards > 0 else edge + 1


@njit(cache=True, nogil=True)
def expect(fit, key, expected):  # type: ignore[no-untyped-def]
    """Fill ``expected`` with the power of a whole block of the fit's two sines in the bands of `key` (kernel)."""
    expected[0] = expected_power(fit[LOW_POWER], fit[LOW_HZ], key // 4)
    expected[1] = expected_power(fit[HIGH_POWER], fit[HIGH_HZ], 4 + key % 4)


@njit(cache=True, nogil=True)
def is_echo(powers, counts, first, earliest, key, fit):  # type: ignore[no-untyped-def]
    """Tell whether the same key, louder, was on before block `first` without a pause in between (kernel)."""
    expected = np.zeros(2)
    expect(fit, key, expected)
    off = loud = 0
    for b in range(first - 1, earliest - 1, -1):
        least, _ = shares(powers, counts, b, key, expected)
        loud = loud + 1 if least > LOUDER else 0
        off = off + 1 if least < PRESENT else 0
        if off >= PAUSE or loud >= LONG:
            return loud >= LONG
    return False
