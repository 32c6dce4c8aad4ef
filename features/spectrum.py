"""Magnitude spectrum over time: Hann windows, a real Fourier transform of our own in Numba.

The transform works on all frames at once, a frame per column and two real frames in one complex column, so the
inner loops run over contiguous memory and the compiler can use the processor's vector units.
"""

from functools import lru_cache
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

N_FFT: Final = 256  # 32 ms and 31.25 Hz a bin at 8 kHz: harmonics of a voice apart, syllables too
HOP: Final = 128

_INT16_SCALE: Final = np.float32(1.0 / 32768.0)


def stft_magnitude(
    pcm: NDArray[np.int16] | NDArray[np.float32], *, n_fft: int = N_FFT, hop: int = HOP
) -> NDArray[np.float32]:
    """Short-time Fourier magnitude with a periodic Hann window, frames wholly inside the audio.

    Parameters
    ----------
    pcm : ndarray of int16 or float32, shape (n,)
        int16 is taken as fractions of 32768; float32 as it is (full scale ±1).
    n_fft : int
        Window and transform length in samples: a power of two from 16 to 4096.
    hop : int
        Samples from one frame to the next, 1 to `n_fft`.

    Returns
    -------
    ndarray of float32, shape (n_fft // 2 + 1, frames)
        ``frames = 1 + (n - n_fft) // hop``, or 0 when the audio is shorter than a window. Scaled so that a sine of
        amplitude a (full scale 1) in the middle of a bin reads a; row k is k * rate / n_fft Hz.

    Raises
    ------
    ValueError
        When the audio isn't one-dimensional, or `n_fft` or `hop` is out of range.
    TypeError
        When the dtype is neither int16 nor float32.

    Examples
    --------
    >>> tone = (16384 * np.sin(2 * np.pi * 1000 / 8000 * np.arange(16000))).astype(np.int16)
    >>> magnitude = stft_magnitude(tone)
    >>> magnitude.shape, int(magnitude[:, 0].argmax()), round(float(magnitude.max()), 3)
    ((129, 124), 32, 0.5)
    """
    if pcm.ndim != 1:
        raise ValueError(f"expected one channel of audio, not an array of shape {pcm.shape}")
    if not 16 <= n_fft <= 4096 or n_fft & (n_fft - 1):
        raise ValueError(f"n_fft is a power of two from 16 to 4096, not {n_fft}")
    if not 1 <= hop <= n_fft:
        raise ValueError(f"hop is from 1 to n_fft ({n_fft}), not {hop}")
    if pcm.dtype == np.int16:
        samples = pcm.astype(np.float32) * _INT16_SCALE
    elif pcm.dtype == np.float32:
        samples = np.ascontiguousarray(pcm, dtype=np.float32)
    else:
        raise TypeError(f"expected int16 or float32 audio, not {pcm.dtype}")
    frames = 1 + (samples.size - n_fft) // hop if samples.size >= n_fft else 0
    magnitude = np.zeros((n_fft // 2 + 1, frames), dtype=np.float32)
    if frames:
        window, cosine, sine, places = _plan(n_fft)
        real, imag = _windowed(samples, window, hop, frames)
        _transform(real, imag, cosine, sine)
        _unpack(real, imag, places, magnitude)
    return magnitude


@lru_cache(maxsize=16)
def _plan(n_fft: int) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]:
    """Scaled window, twiddle factors, and the row in which each frequency comes out (bit-reversed)."""
    angle = 2.0 * np.pi * np.arange(n_fft) / n_fft
    hann = 0.5 - 0.5 * np.cos(angle)
    bits = n_fft.bit_length() - 1
    places = np.array([int(f"{k:0{bits}b}"[::-1], 2) for k in range(n_fft)], dtype=np.int64)
    window = (2.0 / hann.sum() * hann).astype(np.float32)
    half = angle[: n_fft // 2]
    return window, np.cos(half).astype(np.float32), np.sin(half).astype(np.float32), places


@njit(cache=True, nogil=True)
def _windowed(
    samples: NDArray[np.float32], window: NDArray[np.float32], hop: int, frames: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Frame 2j as the real and frame 2j + 1 as the imaginary part of column j."""
    n, columns = window.size, (frames + 1) // 2
    real = np.zeros((n, columns), dtype=np.float32)
    imag = np.zeros((n, columns), dtype=np.float32)
    for i in range(n):
        for j in range(columns):
            real[i, j] = samples[2 * j * hop + i] * window[i]
        for j in range(frames // 2):
            imag[i, j] = samples[(2 * j + 1) * hop + i] * window[i]
    return real, imag


@njit(cache=True, nogil=True)
def _transform(
    real: NDArray[np.float32], imag: NDArray[np.float32], cosine: NDArray[np.float32], sine: NDArray[np.float32]
) -> None:
    """Radix-2 transform of every column, decimation in frequency, in place; rows come out bit-reversed."""
    n, columns = real.shape
    half = n // 2
    while half >= 1:
        step = n // (2 * half)
        for start in range(0, n, 2 * half):
            for k in range(half):
                c, s = cosine[k * step], sine[k * step]
                upper_re, lower_re = real[start + k], real[start + k + half]
                upper_im, lower_im = imag[start + k], imag[start + k + half]
                for j in range(columns):
                    d_re, d_im = upper_re[j] - lower_re[j], upper_im[j] - lower_im[j]
                    upper_re[j] += lower_re[j]
                    upper_im[j] += lower_im[j]
                    lower_re[j] = d_re * c + d_im * s
                    lower_im[j] = d_im * c - d_re * s
        half //= 2


@njit(cache=True, nogil=True)
def _unpack(
    real: NDArray[np.float32], imag: NDArray[np.float32], places: NDArray[np.int64], magnitude: NDArray[np.float32]
) -> None:
    """Part the two frames of a column: the even (conjugate) half of the spectrum is one, the odd half the other."""
    n, half = real.shape[0], np.float32(0.5)
    bins, frames = magnitude.shape
    for k in range(bins):
        a_re, a_im = real[places[k]], imag[places[k]]
        b_re, b_im = real[places[(n - k) % n]], imag[places[(n - k) % n]]
        for j in range((frames + 1) // 2):
            even_re, even_im = a_re[j] + b_re[j], a_im[j] - b_im[j]
            magnitude[k, 2 * j] = half * np.sqrt(even_re * even_re + even_im * even_im)
        for j in range(frames // 2):
            odd_re, odd_im = a_im[j] + b_im[j], b_re[j] - a_re[j]
            magnitude[k, 2 * j + 1] = half * np.sqrt(odd_re * odd_re + odd_im * odd_im)
