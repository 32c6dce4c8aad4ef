"""The paper's feature vector: the three strongest left singular vectors of the magnitude spectrum, end to end."""

from collections.abc import Callable, Sequence
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from features.bases import BASES, top_bases
from features.spectrum import HOP, N_FFT, stft_magnitude

Bases = NDArray[np.float32]
Sign = Literal["heavier side", "largest entry", "random", "absolute value"]
SIGNS: Final[tuple[Sign, ...]] = ("heavier side", "largest entry", "random", "absolute value")


def base_vectors(
    sounds: Sequence[NDArray[np.int16]],
    *,
    n_fft: int = N_FFT,
    hop: int = HOP,
    tell: Callable[[int, int], None] | None = None,
) -> Bases:
    """Feature vectors of sounds, their signs fixed as in `features.bases`.

    Parameters
    ----------
    sounds : sequence of ndarray of int16
        As heard after coding.
    n_fft, hop : int
        Of the Hann spectrum, samples.
    tell : callable, optional
        Told sounds done and sounds in all.

    Returns
    -------
    ndarray of float32, shape (sounds, 3 * (n_fft // 2 + 1))
        Strongest column of U first. A sound of nothing but zeros has no directions: its vector is all zeros.
    """
    out = np.zeros((len(sounds), BASES * (n_fft // 2 + 1)), dtype=np.float32)
    for number, pcm in enumerate(sounds):
        out[number] = left_bases(stft_magnitude(pcm, n_fft=n_fft, hop=hop)).ravel()
        if tell is not None:
            tell(number + 1, len(sounds))
    return out


def left_bases(magnitude: NDArray[np.float32]) -> Bases:
    """Three strongest left singular vectors, from whichever Gram matrix is the smaller.

    Parameters
    ----------
    magnitude : ndarray of float32, shape (bins, frames)

    Returns
    -------
    ndarray of float32, shape (3, bins)
        As `features.bases.top_bases`, whose sign rule it keeps; that one alone would take a matrix of bins by bins,
        a second of work for a transform of 2,048.
    """
    bins, frames = magnitude.shape
    if bins <= frames:
        return top_bases(magnitude)[0]
    right, values = top_bases(np.ascontiguousarray(magnitude.T))
    there = values > 0.0
    left = right.astype(np.float64) @ magnitude.T.astype(np.float64)
    left[there] /= np.linalg.norm(left[there], axis=1, keepdims=True)
    left[~there] = 0.0
    return (left * _heavier(left)).astype(np.float32)


def with_sign(vectors: Bases, sign: Sign, seed: int) -> Bases:
    """Fix the signs of feature vectors by another rule.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, 3 * bins)
    sign : str
        "heavier side" (the sum of cubes is not negative), "largest entry" (which becomes positive), "random",
        "absolute value" (of every entry). What LAPACK leaves can't be had from vectors: see `lapack_vectors`.
    seed : int
        Of the random signs.

    Returns
    -------
    ndarray of float32, same shape

    Raises
    ------
    ValueError
        For another rule.
    """
    bases = vectors.reshape(len(vectors), BASES, -1)
    if sign == "heavier side":
        signs = _heavier(bases)
    elif sign == "largest entry":
        largest = np.abs(bases).argmax(axis=-1)[..., None]
        signs = np.where(np.take_along_axis(bases, largest, axis=-1) < 0.0, -1.0, 1.0)
    elif sign == "random":
        signs = np.random.default_rng(seed).choice([-1.0, 1.0], size=(*bases.shape[:2], 1))
    elif sign == "absolute value":
        return np.abs(vectors)
    else:
        raise ValueError(f"signs of vectors can't be set by the rule {sign!r}")
    return (bases * signs).astype(np.float32).reshape(vectors.shape)


def lapack_vectors(sounds: Sequence[NDArray[np.int16]], *, n_fft: int = N_FFT, hop: int = HOP) -> Bases:
    """Feature vectors as numpy's singular value decomposition leaves them, whatever signs those are.

    Of a sound of nothing but zeros that is the identity's first three columns.
    """
    rows = []
    for pcm in sounds:
        left = np.linalg.svd(stft_magnitude(pcm, n_fft=n_fft, hop=hop).astype(np.float64), full_matrices=False)[0]
        rows.append(left[:, :BASES].T.ravel())
    return np.array(rows, dtype=np.float32).reshape(len(sounds), BASES * (n_fft // 2 + 1))


def _heavier(bases: NDArray[np.float32] | NDArray[np.float64]) -> NDArray[np.float64]:
    cubes = (bases.astype(np.float64) ** 3).sum(axis=-1, keepdims=True)
    return np.where(cubes >= 0.0, 1.0, -1.0)
