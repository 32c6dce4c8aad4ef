"""Levels of decoded audio in dBFS, and how much of the coded audio is the law's own silence.

dBFS here is 20 log10(x / 32768) for both RMS and peak, so a full-scale square is 0 dBFS and a full-scale sine
-3 dBFS RMS. Nothing at all is `FLOOR_DBFS`: finite, so that it can be averaged, stored and learnt from.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from features.g711 import Law

FLOOR_DBFS: Final = -120.0  # under the quietest sound a window of 16-bit audio has in practice
FRAME: Final = 160  # samples: 20 ms at 8 kHz, the usual packet

_FULL_SCALE: Final = 32768.0
# ITU-T G.711 tables 1 and 2: the codes on either side of zero. Mu-law decodes both to 0, A-law to +8 and -8.
_SILENCE_CODES: Final[dict[Law, tuple[int, int]]] = {"pcmu": (0xFF, 0x7F), "pcma": (0xD5, 0x55)}


def rms_dbfs(pcm: NDArray[np.int16]) -> float:
    """Root-mean-square level of the samples.

    Parameters
    ----------
    pcm : ndarray of int16, shape (n,)
        May be empty.

    Returns
    -------
    float
        dBFS, from `FLOOR_DBFS` (empty or all zero) to 0.
    """
    if pcm.size == 0:
        return FLOOR_DBFS
    # not np.dot: BLAS would wake its threads for a few microseconds of work
    return _decibels(math.sqrt(float(np.mean(np.square(pcm, dtype=np.float64)))))


def peak_dbfs(pcm: NDArray[np.int16]) -> float:
    """Level of the sample farthest from zero.

    Parameters
    ----------
    pcm : ndarray of int16, shape (n,)
        May be empty.

    Returns
    -------
    float
        dBFS, from `FLOOR_DBFS` (empty or all zero) to 0.
    """
    if pcm.size == 0:
        return FLOOR_DBFS
    return _decibels(float(max(int(pcm.max()), -int(pcm.min()))))


@dataclass(frozen=True, slots=True)
class Levels:
    """Levels of some audio in dBFS: all of it, its farthest sample, its quietest and its loudest frame of 20 ms."""

    rms: float
    peak: float
    quietest_frame: float
    loudest_frame: float


def levels_dbfs(pcm: NDArray[np.int16]) -> Levels:
    """Level of all, of the farthest sample and of single frames, in one pass.

    Parameters
    ----------
    pcm : ndarray of int16, shape (n,)
        May be empty.

    Returns
    -------
    Levels
        Each from `FLOOR_DBFS` to 0.

    Raises
    ------
    TypeError
        When the dtype isn't int16.
    """
    if pcm.dtype != np.int16:
        raise TypeError(f"expected int16 audio, not {pcm.dtype}")
    if pcm.size == 0:
        return Levels(FLOOR_DBFS, FLOOR_DBFS, FLOOR_DBFS, FLOOR_DBFS)
    total, least, loudest = _energies(np.ascontiguousarray(pcm), FRAME)
    length = min(FRAME, pcm.size)
    return Levels(
        rms=_decibels(math.sqrt(total / pcm.size)),
        peak=peak_dbfs(pcm),
        quietest_frame=_decibels(math.sqrt(least / length)),
        loudest_frame=_decibels(math.sqrt(loudest / length)),
    )


def frame_levels_dbfs(pcm: NDArray[np.int16], *, frame: int = FRAME) -> NDArray[np.float64]:
    """RMS level of each whole frame; audio shorter than one frame counts as one.

    Parameters
    ----------
    pcm : ndarray of int16, shape (n,)
    frame : int
        Frame length in samples, at least 1.

    Returns
    -------
    ndarray of float64, shape (max(n // frame, 1),), or (0,) for empty audio
        dBFS, each from `FLOOR_DBFS` to 0.

    Raises
    ------
    ValueError
        When `frame` is below 1.
    """
    if frame < 1:
        raise ValueError(f"a frame has at least one sample, not {frame}")
    if pcm.size == 0:
        return np.zeros(0)
    whole = pcm[: pcm.size // frame * frame].reshape(-1, frame) if pcm.size >= frame else pcm.reshape(1, -1)
    wide = whole.astype(np.float64)
    rms = np.sqrt(np.einsum("ij,ij->i", wide, wide) / wide.shape[1])
    smallest = _FULL_SCALE * 10.0 ** (FLOOR_DBFS / 20.0)
    levels: NDArray[np.float64] = 20.0 * np.log10(np.maximum(rms, smallest) / _FULL_SCALE)
    return levels


def silence_code_share(codes: NDArray[np.uint8], law: Law) -> float:
    """Share of the codes that are the law's silence: mu-law 0xFF and 0x7F, A-law 0xD5 and 0x55.

    Silence is judged on codes because A-law has no zero: its silence decodes to ±8, -72.2 dBFS.

    Parameters
    ----------
    codes : ndarray of uint8, any shape
        Codes as they were received, before decoding.
    law : {"pcmu", "pcma"}

    Returns
    -------
    float
        From 0 to 1; 0 for no codes at all.

    Raises
    ------
    ValueError
        When the law is neither of the two.
    """
    if law not in _SILENCE_CODES:
        raise ValueError(f"law is pcmu or pcma, not {law!r}")
    if codes.size == 0:
        return 0.0
    first, second = _SILENCE_CODES[law]
    return int(np.count_nonzero((codes == first) | (codes == second))) / codes.size


def _decibels(amplitude: float) -> float:
    return max(20.0 * math.log10(amplitude / _FULL_SCALE), FLOOR_DBFS) if amplitude > 0 else FLOOR_DBFS


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def _energies(pcm, frame):  # type: ignore[no-untyped-def]
    """Sum of squares of all, the least and the greatest of a whole frame (of all, where there is none)."""
    total, least, loudest = 0.0, np.inf, 0.0
    for start in range(0, pcm.size, frame):
        energy, part = np.float32(0), pcm[start : start + frame]
        for i in range(part.size):
            value = np.float32(part[i])
            energy += value * value
        total += float(energy)
        if part.size == frame or pcm.size < frame:
            least, loudest = min(least, float(energy)), max(loudest, float(energy))
    return total, least, loudest
