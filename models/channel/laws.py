"""The last coding of every call: G.711 in one of its laws."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.g711 import Law, decode_pcma, decode_pcmu, encode_pcma, encode_pcmu

LAWS: Final[tuple[Law, ...]] = ("pcmu", "pcma")


def encode(pcm: NDArray[np.int16], law: Law) -> NDArray[np.uint8]:
    """Codes of the sound in one of G.711's laws."""
    return encode_pcmu(pcm) if law == "pcmu" else encode_pcma(pcm)


def encode_shifted(pcm: NDArray[np.int16]) -> NDArray[np.uint8]:
    """Mu-law codes from an encoder that cuts samples to 14 bits by a shift: -1 to -3 become -8, a faint offset."""
    return encode_pcmu(pcm >> 2 << 2)


def decode(codes: NDArray[np.uint8], law: Law) -> NDArray[np.int16]:
    """Sound of codes in one of G.711's laws."""
    return decode_pcmu(codes) if law == "pcmu" else decode_pcma(codes)
