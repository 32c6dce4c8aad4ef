"""Two sines fitted to the samples of one window by least squares, their frequencies included, and what they leave over.

Samples that were lost take no part, so a tone with a hole in it is fitted as well as one without.
"""

import numpy as np
from numba import njit

from features.dtmf.keys import SAMPLE_RATE

_SURELY = 0.97  # of the purity asked for
_ROUNDS = 2  # of Gauss and Newton; the screen's guess is within a few hertz

# What `fit_pair` fills in.
LOW_HZ, HIGH_HZ, LOW_POWER, HIGH_POWER, LOW_PHASE, HIGH_PHASE = 0, 1, 2, 3, 4, 5  # powers: mean squares
PURITY = 6  # share of the energy that the sines explain
LOW_SWAY, HIGH_SWAY = (
    7,
    8,
)  # rms distance of the amplitude (complex) in quarters of the window from the whole's, relative
LOW_SLOPE, HIGH_SLOPE = 9, 10  # relative change of the amplitude from the window's middle to its end
LOW_OVERTONE, HIGH_OVERTONE = 11, 12  # power of the second harmonic relative to the tone's
NEXT, AFTER_NEXT = 13, 14  # correlation of what is left over with itself one and two samples later
BURST = 15  # largest share of what is left over in a quarter of the window
FITTED = 16


@njit(cache=True, nogil=True)
def _solve(matrix, right, size):  # type: ignore[no-untyped-def]
    """Solve in place by Cholesky's method; return the energy explained, below 0 when the matrix is singular."""
    for i in range(size):
        for j in range(i + 1):
            total = matrix[i, j]
            for k in range(j):
                total -= matrix[i, k] * matrix[j, k]
            if i == j:
                if total <= 1e-6:
                    return -1.0
                matrix[i, i] = np.sqrt(total)
            else:
                matrix[i, j] = total / matrix[j, j]
    for i in range(size):
        for k in range(i):
            right[i] -= matrix[i, k] * right[k]
        right[i] /= matrix[i, i]
    explained = 0.0
    for i in range(size):
        explained += right[i] * right[i]
    for i in range(size - 1, -1, -1):
        for k in range(i + 1, size):
            right[i] -= matrix[k, i] * right[k]
        right[i] /= matrix[i, i]
    return explained


@njit(cache=True, nogil=True)
def _normal_equations(pcm, known, start, length, omega, size, matrix, right):  # type: ignore[no-untyped-def]
    """Sum the normal equations of cosines and sines (size 4), and of their changes over time (8); return the energy."""
    matrix[:] = 0.0
    right[:] = 0.0
    basis = np.zeros(8)
    middle = (length - 1) / 2
    turn0, turn1 = complex(np.cos(omega[0]), np.sin(omega[0])), complex(np.cos(omega[1]), np.sin(omega[1]))
    wave0 = complex(np.cos(-omega[0] * middle), np.sin(-omega[0] * middle))
    wave1 = complex(np.cos(-omega[1] * middle), np.sin(-omega[1] * middle))
    energy = 0.0
    for n in range(length):
        if known[start + n]:
            x = float(pcm[start + n])
            energy += x * x
            time = (n - middle) / middle
            basis[0], basis[1], basis[2], basis[3] = wave0.real, wave0.imag, wave1.real, wave1.imag
            for i in range(4):
                basis[4 + i] = time * basis[i]
            for i in range(size):
                right[i] += basis[i] * x
                for j in range(i + 1):
                    matrix[i, j] += basis[i] * basis[j]
        wave0 *= turn0
        wave1 *= turn1
    return energy


@njit(cache=True, nogil=True)
def _look_at_rest(pcm, known, start, length, omega, wave, fit, left):  # type: ignore[no-untyped-def]
    """Subtract the sines (`wave`: a cos + b sin, twice) and describe what is left over."""
    middle = (length - 1) / 2
    turn0, turn1 = complex(np.cos(omega[0]), np.sin(omega[0])), complex(np.cos(omega[1]), np.sin(omega[1]))
    wave0 = complex(np.cos(-omega[0] * middle), np.sin(-omega[0] * middle))
    wave1 = complex(np.cos(-omega[1] * middle), np.sin(-omega[1] * middle))
    rest = next_ = after = most = sway0 = sway1 = 0.0
    over0 = over1 = 0j
    last = before = 0.0
    for quarter in range(4):
        part0 = part1 = 0j
        energy, count = 0.0, 0
        for n in range(quarter * length // 4, (quarter + 1) * length // 4):
            if known[start + n]:
                x = float(pcm[start + n])
                x -= wave[0] * wave0.real + wave[1] * wave0.imag + wave[2] * wave1.real + wave[3] * wave1.imag
                left[n] = x
                energy += x * x
                count += 1
                next_ += x * last
                after += x * before
                part0 += x * np.conj(wave0)
                part1 += x * np.conj(wave1)
                over0 += x * np.conj(wave0 * wave0)
                over1 += x * np.conj(wave1 * wave1)
                last, before = x, last
            else:
                left[n] = last = before = 0.0
            wave0 *= turn0
            wave1 *= turn1
        rest += energy
        most = max(most, energy)
        if count:
            sway0 += abs(part0 / count) ** 2
            sway1 += abs(part1 / count) ** 2
    # A part of 2 / count * sum is an amplitude; relative to amplitudes of which the power is half the square.
    fit[LOW_SWAY] = np.sqrt(sway0 / 2 / fit[LOW_POWER])
    fit[HIGH_SWAY] = np.sqrt(sway1 / 2 / fit[HIGH_POWER])
    rest = max(rest, 1e-9)
    return rest, next_ / rest, after / rest, most / rest, over0, over1


@njit(cache=True, nogil=True)
def fit_pair(pcm, known, start, length, guess, least, fit, left):  # type: ignore[no-untyped-def]
    """Fit two sines to ``pcm[start : start + length]`` (kernel).

    ``known`` tells which samples were received, ``guess`` the two frequencies in Hz, within a quarter of the window's
    resolution. ``least`` is the purity below which nobody is interested. Fills ``fit``, and ``left`` with what the
    sines leave over; returns False where there is nothing to fit.
    """
    matrix, wave = np.zeros((8, 8)), np.zeros(8)
    omega = np.zeros(2)
    middle = (length - 1) / 2
    omega[0], omega[1] = 2 * np.pi * guess[0] / SAMPLE_RATE, 2 * np.pi * guess[1] / SAMPLE_RATE
    for _ in range(_ROUNDS):
        energy = _normal_equations(pcm, known, start, length, omega, 8, matrix, wave)
        # With their changes over time the sines explain more than they will alone.
        if energy <= 0 or _solve(matrix, wave, 8) < _SURELY * least * energy:
            return False
        for tone in range(2):
            main = complex(wave[2 * tone], -wave[2 * tone + 1])
            change = complex(wave[4 + 2 * tone], -wave[5 + 2 * tone])
            if abs(main) < 1e-3:
                return False
            change /= main
            omega[tone] += min(max(change.imag, -1.0), 1.0) / middle
            fit[LOW_SLOPE + tone] = change.real
    energy = _normal_equations(pcm, known, start, length, omega, 4, matrix, wave)
    if _solve(matrix, wave, 4) < 0:
        return False
    for tone in range(2):
        fit[LOW_HZ + tone] = omega[tone] * SAMPLE_RATE / (2 * np.pi)
        fit[LOW_POWER + tone] = max((wave[2 * tone] ** 2 + wave[2 * tone + 1] ** 2) / 2, 1e-9)
        fit[LOW_PHASE + tone] = np.arctan2(-wave[2 * tone + 1], wave[2 * tone])  # at the window's middle
    rest, next_, after, most, over0, over1 = _look_at_rest(pcm, known, start, length, omega, wave, fit, left)
    fit[PURITY] = max(1 - rest / energy, 0.0)
    count = energy / max((fit[LOW_POWER] + fit[HIGH_POWER]) / max(fit[PURITY], 1e-9), 1e-9)
    fit[LOW_OVERTONE] = 2 * abs(over0 / count) ** 2 / fit[LOW_POWER]
    fit[HIGH_OVERTONE] = 2 * abs(over1 / count) ** 2 / fit[HIGH_POWER]
    fit[NEXT], fit[AFTER_NEXT], fit[BURST] = next_, after, most
    return True
