"""Levels of decoded audio in dBFS, and how much of the coded audio is the law's own silence.

dBFS here is 20 log10(x / 32768) for both RMS and peak, so a full-scale square is 0 dBFS and a full-scale sine
-3 dBFS RMS. Nothing at all is `FLOOR_DBFS`: finite, so that it can be averaged, stored and learnt from.
"""

import math
from typing import Final

import numpy as np
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


def frame_level_range_dbfs(pcm: NDArray[np.int16], *, frame: int = FRAME) -> tuple[float, float]:
    """RMS levels of the quietest and of the loudest frame.

    Parameters
    ----------
    pcm : ndarray of int16, shape (n,)
    frame : int
        Frame length in samples, at least 1.

    Returns
    -------
    (float, float)
        dBFS, the quietest first; `FLOOR_DBFS` both for empty audio.

    Raises
    ------
    ValueError
        When `frame` is below 1.
    """
    levels = frame_levels_dbfs(pcm, frame=frame)
    return (float(levels.min()), float(levels.max())) if levels.size else (FLOOR_DBFS, FLOOR_DBFS)


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
