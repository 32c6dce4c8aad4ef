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
    """Frame 2j as the real and frame 2j + 1 as the imaginary part of column j; columns beyond, up to 16, stay zero."""
    n, columns = window.size, (frames + 1) // 2
    real = np.zeros((n, (columns + 15) // 16 * 16), dtype=np.float32)
    imag = np.zeros_like(real)
    if hop % 2 == 0:  # two samples at a time, as if they were one number: half the way through memory
        _windowed_pairs(samples[: samples.size // 2 * 2].view(np.complex64), window, hop // 2, frames, real, imag)
        return real, imag
    for i in range(n):
        for j in range(columns):
            real[i, j] = samples[2 * j * hop + i] * window[i]
        for j in range(frames // 2):
            imag[i, j] = samples[(2 * j + 1) * hop + i] * window[i]
    return real, imag


@njit(cache=True, nogil=True)
def _windowed_pairs(pairs, window, hop, frames, real, imag):  # type: ignore[no-untyped-def]
    even, odd = (frames + 1) // 2, frames // 2
    row = np.zeros(even, dtype=np.complex64)
    for i in range(window.size // 2):
        before, after = window[2 * i], window[2 * i + 1]
        for j in range(even):
            row[j] = pairs[2 * j * hop + i]
        for j in range(even):
            real[2 * i, j], real[2 * i + 1, j] = row[j].real * before, row[j].imag * after
        for j in range(odd):
            row[j] = pairs[(2 * j + 1) * hop + i]
        for j in range(odd):
            imag[2 * i, j], imag[2 * i + 1, j] = row[j].real * before, row[j].imag * after


@njit(cache=True, nogil=True, fastmath={"contract"})
def _transform(
    real: NDArray[np.float32], imag: NDArray[np.float32], cosine: NDArray[np.float32], sine: NDArray[np.float32]
) -> None:
    """Transform of every column, decimation in frequency, in place; rows come out bit-reversed.

    Two steps of radix 2 at a time, which halves the way through memory; a last one alone where their number is odd.
    """
    n = real.shape[0]
    quarter = n // 4
    while quarter >= 1:
        step = n // (4 * quarter)
        for start in range(0, n, 4 * quarter):
            for k in range(quarter):
                c1, s1, c2, s2 = cosine[k * step], sine[k * step], cosine[2 * k * step], sine[2 * k * step]
                _four(real, imag, start + k, quarter, c1, s1, c2, s2)
        last, quarter = quarter, quarter // 4
    if last == 2:
        for a in range(0, n, 2):
            for j in range(real.shape[1]):
                re, im = real[a, j], imag[a, j]
                real[a, j], imag[a, j] = re + real[a + 1, j], im + imag[a + 1, j]
                real[a + 1, j], imag[a + 1, j] = re - real[a + 1, j], im - imag[a + 1, j]


@njit(cache=True, nogil=True, fastmath={"contract"})
def _four(real, imag, a, quarter, c1, s1, c2, s2):  # type: ignore[no-untyped-def]
    """Four rows, a quarter apart, into their sums and differences, turned by one, two and three angles."""
    c3, s3 = c1 * c2 - s1 * s2, s1 * c2 + c1 * s2
    b, c, d = a + quarter, a + 2 * quarter, a + 3 * quarter
    for j in range(real.shape[1]):
        sum_re, sum_im, less_re, less_im = (
            real[a, j] + real[c, j],
            imag[a, j] + imag[c, j],
            real[a, j] - real[c, j],
            imag[a, j] - imag[c, j],
        )
        other_re, other_im, minus_re, minus_im = (
            real[b, j] + real[d, j],
            imag[b, j] + imag[d, j],
            real[b, j] - real[d, j],
            imag[b, j] - imag[d, j],
        )
        real[a, j], imag[a, j] = sum_re + other_re, sum_im + other_im
        x, y = sum_re - other_re, sum_im - other_im
        real[b, j], imag[b, j] = x * c2 + y * s2, y * c2 - x * s2
        x, y = less_re + minus_im, less_im - minus_re
        real[c, j], imag[c, j] = x * c1 + y * s1, y * c1 - x * s1
        x, y = less_re - minus_im, less_im + minus_re
        real[d, j], imag[d, j] = x * c3 + y * s3, y * c3 - x * s3


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
