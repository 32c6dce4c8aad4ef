"""Goertzel's algorithm over a grid of short blocks, and the least-squares fit of one or two sines to windows of them.

A block's Goertzel sum is cheap and is computed once per frequency; windows of any length are then made by adding
rotated blocks. Sums are rotated relative to their own window, never to the start of the array, so that two calls
that see the same samples at another offset get bit-identical results.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

SAMPLE_RATE = 8000
MIN_FITTED_PURITY = 0.5  # windows that are surely less pure are not fitted, which saves most of the time
HOP = 32  # samples; divides both a two-second chunk (16,000) and its lead-in (1,024)


@dataclass(frozen=True, slots=True)
class SineFit:
    """One or two sines fitted to every window; arrays have one row per window.

    ``power`` (frames, 2) is each sine's mean square in squared sample units, ``deviation_hz`` (frames, 2) its distance
    from the nominal frequency, ``purity`` (frames,) the share of the window's energy that the sines explain, 0 to 1;
    where it is surely below `MIN_FITTED_PURITY`, all three are 0.
    """

    power: NDArray[np.float64]
    deviation_hz: NDArray[np.float64]
    purity: NDArray[np.float64]


@njit(cache=True, nogil=True)
def _block_sums(pcm, coefficients, rotations, block, out):  # type: ignore[no-untyped-def]
    bins = coefficients.shape[0]
    s1 = np.zeros(bins)
    s2 = np.zeros(bins)
    for b in range(out.shape[0]):
        s1[:] = 0.0
        s2[:] = 0.0
        for n in range(b * block, (b + 1) * block):
            x = float(pcm[n])
            for k in range(bins):
                s0 = x + coefficients[k] * s1[k] - s2[k]
                s2[k] = s1[k]
                s1[k] = s0
        for k in range(bins):
            out[b, k] = rotations[k, 0] * s1[k] - rotations[k, 1] * s2[k]


@njit(cache=True, nogil=True)
def _block_energies(pcm, block, out):  # type: ignore[no-untyped-def]
    for b in range(out.shape[0]):
        total = 0.0
        for n in range(b * block, (b + 1) * block):
            total += float(pcm[n]) * float(pcm[n])
        out[b] = total


def block_spectra(pcm: NDArray[np.int16], frequencies: NDArray[np.float64], block: int = HOP) -> NDArray[np.complex128]:
    """Return the Goertzel sums of consecutive blocks.

    Parameters
    ----------
    pcm
        Samples, shape (n,), int16, 8 kHz.
    frequencies
        Shape (k,), Hz, each between 0 and 4000.
    block
        Block length in samples; an incomplete last block is left out.

    Returns
    -------
    NDArray[np.complex128]
        Shape (n // block, k): the sum of x[i] exp(-j w i) over each block, i counting from the block's first sample.

    Notes
    -----
    G. Goertzel, "An algorithm for the evaluation of finite trigonometric series", 1958.
    """
    omega = 2 * np.pi * frequencies / SAMPLE_RATE
    turn = np.exp(-1j * omega * (block - 1))
    rotations = np.stack([turn, turn * np.exp(-1j * omega)], axis=1)
    out = np.empty((len(pcm) // block, len(frequencies)), dtype=np.complex128)
    _block_sums(pcm, 2 * np.cos(omega), rotations, block, out)
    return out


def block_energies(pcm: NDArray[np.int16], block: int = HOP) -> NDArray[np.float64]:
    """Return the sum of squares of consecutive blocks of int16 samples, shape (n // block,)."""
    out = np.empty(len(pcm) // block, dtype=np.float64)
    _block_energies(pcm, block, out)
    return out


@lru_cache(maxsize=64)
def gram_inverse(frequencies: tuple[float, ...], length: int) -> NDArray[np.float64]:
    """Return the inverse normal matrix of the cosines and sines at one or two frequencies over `length` samples.

    Shape (4, 4); for one frequency the second half is zero. With it the amplitudes of two close tones come out free
    of each other's leakage, which a plain Goertzel window of this length could not do.
    """
    phase = 2 * np.pi / SAMPLE_RATE * np.outer(np.arange(length), frequencies)
    design = np.stack([f(phase[:, k]) for k in range(len(frequencies)) for f in (np.cos, np.sin)], axis=1)
    inverse = np.zeros((4, 4))
    size = design.shape[1]
    inverse[:size, :size] = np.linalg.inv(design.T @ design)
    return inverse


@njit(cache=True, nogil=True)
def _half_sums(blocks, columns, steps, half, out):  # type: ignore[no-untyped-def]
    for first in range(out.shape[0]):
        for k in range(columns.shape[0]):
            total = 0j
            turn = 1.0 + 0j
            for i in range(half):
                total += blocks[first + i, columns[k]] * turn
                turn *= steps[k]
            out[first, k] = total


def half_sums(
    blocks: NDArray[np.complex128], columns: tuple[int, ...], frequencies: tuple[float, ...], half: int
) -> NDArray[np.complex128]:
    """Return the Goertzel sums of `half` blocks of `HOP` samples from each block on, shape (b - half + 1, columns).

    `blocks` is from `block_spectra`, `columns` those of `frequencies` (Hz) in it.
    """
    steps = np.exp(-2j * np.pi / SAMPLE_RATE * HOP * np.array(frequencies))
    out = np.zeros((max(len(blocks) - half + 1, 0), len(columns)), dtype=np.complex128)
    _half_sums(blocks, np.array(columns), steps, half, out)
    return out


@njit(cache=True, nogil=True)
def _solve(inverse, sum0, sum1):  # type: ignore[no-untyped-def]
    right = (sum0.real, -sum0.imag, sum1.real, -sum1.imag)
    a = b = c = d = 0.0
    for j in range(4):
        a += inverse[0, j] * right[j]
        b += inverse[1, j] * right[j]
        c += inverse[2, j] * right[j]
        d += inverse[3, j] * right[j]
    explained = a * right[0] + b * right[1] + c * right[2] + d * right[3]
    return complex(a, -b), complex(c, -d), explained


@njit(cache=True, nogil=True)
def _sine(first, second, omega, length):  # type: ignore[no-untyped-def]
    # The phase between the halves gives the deviation; the attenuation that the deviation caused is undone.
    turned = second * np.conj(first) * complex(np.cos(omega * length), -np.sin(omega * length))
    cycles = np.arctan2(turned.imag, turned.real) / (2 * np.pi)
    loss = np.sin(np.pi * cycles) / (np.pi * cycles) if abs(cycles) > 1e-9 else 1.0
    amplitude = (abs(first) + abs(second)) / (2 * loss)
    return amplitude * amplitude / 2, cycles / length * 8000.0


@njit(cache=True, nogil=True)
def fit_window(sums, energies, frame, half, columns, omegas, inverse, hop, power, deviation):  # type: ignore[no-untyped-def]
    """Fit one window (kernel, see `fit_sines`); fill `power` and `deviation`, each of two, and return the purity."""
    energy = 0.0
    for i in range(2 * half):
        energy += energies[frame + i]
    pair = columns[1] >= 0
    last = columns[1] if pair else columns[0]
    a0, a1, in_first = _solve(inverse, sums[frame, columns[0]], sums[frame, last])
    b0, b1, in_second = _solve(inverse, sums[frame + half, columns[0]], sums[frame + half, last])
    length = half * hop
    # The halves explain at least the purity times 4 / pi**2, the attenuation at the largest deviation: below, no tone.
    halves = abs(a0) ** 2 + abs(a1) ** 2 + abs(b0) ** 2 + abs(b1) ** 2
    if halves * length < 0.4 * MIN_FITTED_PURITY * 2 * energy or energy <= 0:
        return 0.0
    power[0], deviation[0] = _sine(a0, b0, omegas[0], length)
    if pair:
        power[1], deviation[1] = _sine(a1, b1, omegas[1], length)
    # Close tones beat: their energy in a window is not the sum of theirs alone.
    beat = in_first + in_second - halves * length / 2
    return min(max(((power[0] + power[1]) * 2 * length + beat) / energy, 0.0), 1.0)


@njit(cache=True, nogil=True)
def _fit_all(sums, energies, half, columns, omegas, inverse, hop, power, deviation, purity):  # type: ignore[no-untyped-def]
    for frame in range(purity.shape[0]):
        purity[frame] = fit_window(
            sums, energies, frame, half, columns, omegas, inverse, hop, power[frame], deviation[frame]
        )


def fit_sines(
    blocks: NDArray[np.complex128],
    energies: NDArray[np.float64],
    columns: tuple[int, ...],
    frequencies: tuple[float, ...],
    half: int,
) -> SineFit:
    """Fit one or two sines to every window of ``2 * half`` blocks, one window per block.

    Parameters
    ----------
    blocks, energies
        From `block_spectra` (shape (b, k)) and `block_energies` (shape (b,)), blocks of `HOP` samples.
    columns, frequencies
        One or two columns of `blocks` and their frequencies in Hz.
    half
        Blocks per half window. Deviations up to 4000 / (half * HOP) Hz are told apart; beyond, purity falls.
    """
    frames = max(len(energies) - 2 * half + 1, 0)
    power, deviation = np.zeros((frames, 2)), np.zeros((frames, 2))
    purity = np.zeros(frames)
    omegas = np.zeros(2)
    omegas[: len(frequencies)] = 2 * np.pi * np.array(frequencies) / SAMPLE_RATE
    wanted = np.array([0, 1 if len(columns) > 1 else -1])
    inverse = gram_inverse(frequencies, half * HOP)
    sums = half_sums(blocks, columns, frequencies, half)
    _fit_all(sums, energies, half, wanted, omegas, inverse, HOP, power, deviation, purity)
    return SineFit(power, deviation, purity)
