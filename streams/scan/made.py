"""Coded sound as the packets that would have carried it."""

import struct
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.g711 import Law
from streams.capture import Packet

CODED, COMFORT_NOISE = 1, 2  # of a packet; 0 did not come

_RTP_HEADER: Final = struct.Struct(">BBHII")  # RFC 3550 section 5.1, without CSRCs
_PAYLOAD_TYPES: Final[dict[Law, int]] = {"pcmu": 0, "pcma": 8}
_COMFORT_NOISE_TYPE: Final = 13  # RFC 3389
_LEVEL: Final = bytes([70])  # -dBov of the comfort noise


def packets_of(
    codes: NDArray[np.uint8], came: NDArray[np.uint8], law: Law, name: str, *, begin_s: float = 0.0
) -> Iterator[Packet]:
    """RTP packets of one call, without SIP.

    Parameters
    ----------
    codes : ndarray of uint8, shape (n, samples)
        One row a packet.
    came : ndarray of uint8, shape (n,)
        Of each packet: 0 it did not come, 1 it did, 2 it is comfort noise.
    law : {"pcmu", "pcma"}
    name : str
        Where the packets seem to come from.
    begin_s : float
        When the first is captured, seconds.
    """
    step = codes.shape[1]
    for number, (row, how) in enumerate(zip(codes, came, strict=True)):
        if how not in (CODED, COMFORT_NOISE):
            continue
        kind = _PAYLOAD_TYPES[law] if how == CODED else _COMFORT_NOISE_TYPE
        head = _RTP_HEADER.pack(0x80, kind, number & 0xFFFF, (number * step) & 0xFFFFFFFF, 1)
        yield Packet(
            captured_us=round(begin_s * 1e6) + (number + 1) * round(step * 1e6 / 8000),
            source=name,
            destination="made",
            payload=head + (row.tobytes() if how == CODED else _LEVEL),
        )
