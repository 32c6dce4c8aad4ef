"""Kernels of a chunk's samples, 20 ms by 20 ms: level, crossings, what quantisation leaves of faint sound.

The compiler adds up a frame in the order that it likes best. So none of these calls another: what is compiled for its
caller and what is read from the cache could add in different orders, and a number differ in its last bit from one
process to the next.
"""

import numpy as np
from numba import njit

from features.layout import BEYOND_8, BEYOND_24, CHANGES, CROSSINGS, FLOOR_DB, FRAME, LEVEL


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract", "nnan", "nsz"})
def centre(samples, mask, centred, heard):  # type: ignore[no-untyped-def]
    """Take the mean off; returns it, and how many samples were received."""
    total, count = 0.0, 0.0
    for f in range(heard.size):
        part, here = np.float32(0), np.float32(0)
        for i in range(f * FRAME, (f + 1) * FRAME):
            part += samples[i] * mask[i]
            here += mask[i]
        total += float(part)
        count += float(here)
        heard[f] = here / np.float32(FRAME)
    mean = np.float32(total / count) if count > 0.0 else np.float32(0)
    for i in range(samples.size):
        centred[i] = (samples[i] - mean) * mask[i]
    return mean, count


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract", "nnan", "nsz"})
def frame_levels(samples, mask, centred, heard, time):  # type: ignore[no-untyped-def]
    """Numbers of each frame of 20 ms; returns the chunk's sums of squares and of fourth powers."""
    low, high, one, none = np.float32(8.5 / 32768.0), np.float32(24.5 / 32768.0), np.float32(1), np.float32(0)
    squares, fourths = 0.0, 0.0
    for f in range(heard.size):
        energy, power4 = np.float32(0), np.float32(0)
        eight, twenty4 = np.float32(0), np.float32(0)
        crossings, changes = np.float32(0), np.float32(0)
        first, last = f * FRAME, (f + 1) * FRAME
        here, plain, kept = centred[first:last], samples[first:last], mask[first:last]
        for i in range(FRAME):
            square = here[i] * here[i]
            energy += square
            power4 += square * square
        for i in range(FRAME):
            eight += kept[i] if abs(plain[i]) > low else none
        for i in range(FRAME):
            twenty4 += kept[i] if abs(plain[i]) > high else none
        for i in range(1, FRAME):
            turn = (one if here[i] >= none else none) - (one if here[i - 1] >= none else none)
            crossings += kept[i] * kept[i - 1] * turn * turn
        for i in range(1, FRAME):
            changes += kept[i] * kept[i - 1] * (one if plain[i] != plain[i - 1] else none)
        number = max(heard[f] * np.float32(FRAME), one)
        time[LEVEL, f] = max(10.0 * np.log10(energy / number + 1e-12), FLOOR_DB)
        time[CROSSINGS, f] = crossings / number
        time[BEYOND_8, f] = eight / number
        time[BEYOND_24, f] = twenty4 / number
        time[CHANGES, f] = changes / number
        squares += float(energy)
        fourths += float(power4)
    return squares, fourths


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract", "nnan", "nsz"})
def share_near(samples, mask, limit):  # type: ignore[no-untyped-def]
    """Share of the received samples whose magnitude is at least the limit."""
    near, count = np.float32(0), np.float32(0)
    for i in range(samples.size):
        near += mask[i] if abs(samples[i]) >= limit else np.float32(0)
        count += mask[i]
    return near / max(count, np.float32(1))


@njit(cache=True, nogil=True)
def distinct_steps(samples, mask):  # type: ignore[no-untyped-def]
    """How many different multiples of 8, of 16-bit samples, occur among every third sample."""
    seen, places = np.zeros(8194, np.uint8), np.empty((samples.size + 2) // 3, np.int32)
    for i in range(places.size):
        place = min(max(np.int32(samples[3 * i] * np.float32(4096.0)), np.int32(-4096)), np.int32(4096))
        places[i] = place + np.int32(4096) if mask[3 * i] > 0 else np.int32(8193)
    for place in places:
        seen[place] = 1
    total = 0
    for k in range(8193):
        total += seen[k]
    return np.float64(total)
