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
HOP = 32  # samples; divides both a two-second chunk (16,000) and its lead-in (1,024)


@dataclass(frozen=True, slots=True)
class SineFit:
    """One or two sines fitted to every window; arrays have one row per window.

    ``power`` (frames, 2) is each sine's mean square in squared sample units, ``deviation_hz`` (frames, 2) its distance
    from the nominal frequency, ``purity`` (frames,) the share of the window's energy that the sines explain, 0 to 1.
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
def _half_sum(blocks, first, count, k, step):  # type: ignore[no-untyped-def]
    total = 0j
    turn = 1.0 + 0j
    for i in range(count):
        total += blocks[first + i, k] * turn
        turn *= step
    return total


@njit(cache=True, nogil=True)
def _solve(inverse, sum0, sum1):  # type: ignore[no-untyped-def]
    right = (sum0.real, -sum0.imag, sum1.real, -sum1.imag)
    a = b = c = d = 0.0
    for j in range(4):
        a += inverse[0, j] * right[j]
        b += inverse[1, j] * right[j]
        c += inverse[2, j] * right[j]
        d += inverse[3, j] * right[j]
    return complex(a, -b), complex(c, -d)


@njit(cache=True, nogil=True)
def _sine(first, second, omega, length):  # type: ignore[no-untyped-def]
    # The phase between the halves gives the deviation; the attenuation that the deviation caused is undone.
    turned = second * np.conj(first) * complex(np.cos(omega * length), -np.sin(omega * length))
    cycles = np.arctan2(turned.imag, turned.real) / (2 * np.pi)
    loss = np.sinc(cycles)
    amplitude = (abs(first) + abs(second)) / (2 * loss)
    return amplitude * amplitude / 2, cycles / length * 8000.0


@njit(cache=True, nogil=True)
def _fit_window(blocks, energies, frame, half, columns, omegas, inverse, hop, power, deviation):  # type: ignore[no-untyped-def]
    length = half * hop
    step0 = complex(np.cos(omegas[0] * hop), -np.sin(omegas[0] * hop))
    step1 = complex(np.cos(omegas[1] * hop), -np.sin(omegas[1] * hop))
    pair = columns[1] >= 0
    p0 = _half_sum(blocks, frame, half, columns[0], step0)
    q0 = _half_sum(blocks, frame + half, half, columns[0], step0)
    p1 = _half_sum(blocks, frame, half, columns[1], step1) if pair else 0j
    q1 = _half_sum(blocks, frame + half, half, columns[1], step1) if pair else 0j
    a0, a1 = _solve(inverse, p0, p1)
    b0, b1 = _solve(inverse, q0, q1)
    power[0], deviation[0] = _sine(a0, b0, omegas[0], length)
    power[1], deviation[1] = _sine(a1, b1, omegas[1], length) if pair else (0.0, 0.0)
    energy = 0.0
    for i in range(2 * half):
        energy += energies[frame + i]
    return min((power[0] + power[1]) * 2 * length / energy, 1.0) if energy > 0 else 0.0


@njit(cache=True, nogil=True)
def _fit_all(blocks, energies, half, columns, omegas, inverse, hop, power, deviation, purity):  # type: ignore[no-untyped-def]
    for frame in range(purity.shape[0]):
        purity[frame] = _fit_window(
            blocks, energies, frame, half, columns, omegas, inverse, hop, power[frame], deviation[frame]
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
    wanted = np.full(2, -1)
    wanted[: len(columns)] = columns
    inverse = gram_inverse(frequencies, half * HOP)
    _fit_all(blocks, energies, half, wanted, omegas, inverse, HOP, power, deviation, purity)
    return SineFit(power, deviation, purity)
