"""The columns of a segment as arrays, and back."""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from schemas.records import Segment

ENCODINGS: Final = ("pcmu", "pcma", "l16", "telephone_event", "comfort_noise", "unsupported")
PCMU, PCMA, L16, TELEPHONE_EVENT, COMFORT_NOISE, UNSUPPORTED = range(6)

MAX_FRAMES: Final = 4096  # in one segment: two seconds of 10 ms frames are 200, the rest is reordering and events


class BrokenSegmentError(ValueError):
    """Columns that contradict each other."""


class Frame(msgspec.Struct, frozen=True):
    """One RTP packet as the tap saw it."""

    sequence: int
    timestamp: int
    captured_us: int
    marker: bool
    payload_type: int
    encoding: int
    payload: bytes


class Columns(msgspec.Struct, frozen=True):
    """The frames of a segment, a row each.

    ``sequence`` uint16, ``timestamp`` uint32, ``captured_ms`` float64 (ms since 1970), ``marker`` and ``encoding``
    uint8, ``start`` and ``length`` int64 (where a frame's payload lies in ``payload``), all of one length.
    """

    sequence: NDArray[np.uint16]
    timestamp: NDArray[np.uint32]
    captured_ms: NDArray[np.float64]
    marker: NDArray[np.uint8]
    payload_type: NDArray[np.uint8]
    encoding: NDArray[np.uint8]
    start: NDArray[np.int64]
    length: NDArray[np.int64]
    payload: bytes


def pack(frames: Sequence[Frame], captured_ms: int) -> dict[str, bytes]:
    """Columns of a segment, by field name, from its frames.

    ``captured_ms`` is the segment's; arrivals are kept relative to it in units of 0.1 ms.
    """
    return {
        "sequence": np.array([f.sequence for f in frames], "<u2").tobytes(),
        "timestamp": np.array([f.timestamp for f in frames], "<u4").tobytes(),
        "arrival": np.array([(f.captured_us - captured_ms * 1000) // 100 for f in frames], "<i4").tobytes(),
        "marker": bytes(f.marker for f in frames),
        "payload_type": bytes(f.payload_type for f in frames),
        "encoding": bytes(f.encoding for f in frames),
        "length": np.array([len(f.payload) for f in frames], "<u2").tobytes(),
        "payload": b"".join(f.payload for f in frames),
    }


def unpack(segment: Segment) -> Columns:
    """Arrays of a segment's frames.

    Raises
    ------
    BrokenSegmentError
        If the columns differ in length, hold too many frames, name an unknown encoding, or the payload is not as
        long as the frames say.
    """
    count = len(segment.encoding)
    if count > MAX_FRAMES:
        raise BrokenSegmentError(f"{count} frames, at most {MAX_FRAMES}")
    for name, width in (
        ("sequence", 2),
        ("timestamp", 4),
        ("arrival", 4),
        ("marker", 1),
        ("payload_type", 1),
        ("length", 2),
    ):
        if len(getattr(segment, name)) != count * width:
            raise BrokenSegmentError(f"column {name} does not hold {count} frames")
    encoding = np.frombuffer(segment.encoding, np.uint8)
    if count and int(encoding.max()) >= len(ENCODINGS):
        raise BrokenSegmentError("unknown encoding")
    length = np.frombuffer(segment.length, "<u2").astype(np.int64)
    if int(length.sum()) != len(segment.payload):
        raise BrokenSegmentError("payload is not as long as its frames")
    return Columns(
        sequence=np.frombuffer(segment.sequence, "<u2"),
        timestamp=np.frombuffer(segment.timestamp, "<u4"),
        captured_ms=segment.captured_ms + np.frombuffer(segment.arrival, "<i4") / 10.0,
        marker=np.frombuffer(segment.marker, np.uint8),
        payload_type=np.frombuffer(segment.payload_type, np.uint8),
        encoding=encoding,
        start=np.cumsum(length) - length,
        length=length,
        payload=segment.payload,
    )
