"""G.711: the two codings of telephone speech, by table.

Both laws map 256 codes to 16-bit values. Decoding is one look-up; encoding is one look-up in a table of 65,536
entries built from the Recommendation's decision values when the module is first imported (a millisecond).
"""

from typing import Final, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

Law = Literal["pcmu", "pcma"]
ScalarT = TypeVar("ScalarT", bound=np.generic)

# dBm0 = dBFS + offset. ITU-T G.711 tables 5 and 6 give for each law the eight codes of 1 kHz at 0 dBm0; the offset is
# what makes their decoded level 0 (the tests do that).
PCMU_DBM0_OFFSET: Final = 6.22
PCMA_DBM0_OFFSET: Final = 6.15

_PCMU_BIAS: Final = 132  # 33 of the Recommendation's 14-bit scale, in 16 bits
_PCMU_CLIP: Final = 32635  # the last value that stays in the eighth segment after the bias


def _pcmu_values() -> NDArray[np.int16]:
    """Value of each mu-law code: all bits inverted on the line, then sign, three bits of segment, four of step."""
    plain = ~np.arange(256, dtype=np.int32) & 0xFF
    segment, step = (plain >> 4) & 7, plain & 15
    magnitude = (((step << 3) + _PCMU_BIAS) << segment) - _PCMU_BIAS
    return np.where(plain & 0x80, -magnitude, magnitude).astype(np.int16)


def _pcma_values() -> NDArray[np.int16]:
    """Value of each A-law code: even bits inverted on the line; the sign bit is set for positive values."""
    plain = np.arange(256, dtype=np.int32) ^ 0x55
    segment, step = (plain >> 4) & 7, plain & 15
    linear = (step << 4) + 8
    magnitude = np.where(segment == 0, linear, (linear + 256) << np.maximum(segment - 1, 0))
    return np.where(plain & 0x80, magnitude, -magnitude).astype(np.int16)


def _top_bit(values: NDArray[np.int32]) -> NDArray[np.int32]:
    """Place of the highest set bit; exact, because a double's exponent is."""
    return (np.frexp(np.maximum(values, 1).astype(np.float64))[1] - 1).astype(np.int32)


def _pcmu_codes() -> NDArray[np.uint8]:
    """Mu-law code of each 16-bit value, indexed by the value's own bits."""
    value = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    biased = np.minimum(np.abs(value), _PCMU_CLIP) + _PCMU_BIAS
    segment = _top_bit(biased) - 7
    plain = np.where(value < 0, 0x80, 0) | (segment << 4) | ((biased >> (segment + 3)) & 15)
    codes: NDArray[np.uint8] = (~plain & 0xFF).astype(np.uint8)
    return codes


def _pcma_codes() -> NDArray[np.uint8]:
    """A-law code of each 16-bit value; no code is zero, so values from -1 down belong to the negative half."""
    value = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    magnitude = np.where(value < 0, -1 - value, value) >> 3
    segment = np.maximum(_top_bit(magnitude) - 4, 0)
    plain = np.where(value < 0, 0, 0x80) | (segment << 4) | ((magnitude >> np.maximum(segment, 1)) & 15)
    codes: NDArray[np.uint8] = (plain ^ 0x55).astype(np.uint8)
    return codes


_PCMU_VALUES: Final = _pcmu_values()
_PCMA_VALUES: Final = _pcma_values()
_PCMU_CODES: Final = _pcmu_codes()
_PCMA_CODES: Final = _pcma_codes()


def decode_pcmu(codes: NDArray[np.uint8]) -> NDArray[np.int16]:
    """Decode mu-law codes to 16-bit samples (range ±32,124; 0xFF and 0x7F are both zero).

    Parameters
    ----------
    codes : ndarray of uint8, any shape
        Codes as they travel in RTP payload type 0.

    Returns
    -------
    ndarray of int16, same shape

    Raises
    ------
    TypeError
        When the array's dtype is not uint8.

    Examples
    --------
    >>> decode_pcmu(np.array([0x00, 0x80, 0xFF, 0x7F], np.uint8)).tolist()
    [-32124, 32124, 0, 0]
    """
    return _PCMU_VALUES[_checked(codes, np.uint8)]


def decode_pcma(codes: NDArray[np.uint8]) -> NDArray[np.int16]:
    """Decode A-law codes to 16-bit samples (range ±32,256; the smallest are ±8, there is no zero).

    Parameters
    ----------
    codes : ndarray of uint8, any shape
        Codes as they travel in RTP payload type 8.

    Returns
    -------
    ndarray of int16, same shape

    Raises
    ------
    TypeError
        When the array's dtype is not uint8.

    Examples
    --------
    >>> decode_pcma(np.array([0x2A, 0xAA, 0xD5, 0x55], np.uint8)).tolist()
    [-32256, 32256, 8, -8]
    """
    return _PCMA_VALUES[_checked(codes, np.uint8)]


def encode_pcmu(pcm: NDArray[np.int16]) -> NDArray[np.uint8]:
    """Encode 16-bit samples as mu-law codes; louder than 32,635 clips. Never yields 0x7F: zero is 0xFF.

    Parameters
    ----------
    pcm : ndarray of int16, any shape

    Returns
    -------
    ndarray of uint8, same shape

    Raises
    ------
    TypeError
        When the array's dtype is not int16.
    """
    return _PCMU_CODES[_checked(pcm, np.int16).view(np.uint16)]


def encode_pcma(pcm: NDArray[np.int16]) -> NDArray[np.uint8]:
    """Encode 16-bit samples as A-law codes.

    Parameters
    ----------
    pcm : ndarray of int16, any shape

    Returns
    -------
    ndarray of uint8, same shape

    Raises
    ------
    TypeError
        When the array's dtype is not int16.
    """
    return _PCMA_CODES[_checked(pcm, np.int16).view(np.uint16)]


def _checked(array: NDArray[ScalarT], dtype: type[ScalarT]) -> NDArray[ScalarT]:
    """Refuse another dtype: indexing by it would decode noise without complaint."""
    if array.dtype != dtype:
        raise TypeError(f"expected an array of {np.dtype(dtype)}, not of {array.dtype}")
    return array
