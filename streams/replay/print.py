"""Prints: the fingerprint of a chunk, and whose it is."""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from features.fingerprint import CHUNK_FRAMES, HOP, RATE, WINDOW, Fingerprint

FRAME_S: Final = HOP / RATE
LEAD_FRAMES: Final = WINDOW // HOP  # of the lead-in before a chunk's own samples
MOST_CHUNKS: Final = 524  # of a stream, 17 min 28 s: frames of postings are numbered with 16 bits


def call_number(call_id: str) -> int:
    """32-bit number that stands for a call in postings: a hash of its id, the same in every process.

    Two calls may share one: each is then a candidate where the other is, and what was heard decides.
    """
    return int.from_bytes(blake2b(call_id.encode("utf-8", "surrogateescape"), digest_size=4).digest(), "little")


@dataclass(frozen=True, slots=True)
class Print:
    """The fingerprint of a chunk, and whose it is.

    Attributes
    ----------
    call_id, stream_id, chunk
        Which chunk of which stream.
    caller
        Hash of the caller's number, or "".
    key_id
        HMAC key of the hash, or "".
    opened_ms, captured_ms
        When the call opened and when the chunk was captured, ms since 1970.
    fingerprint
        Of the chunk with 1,024 samples of lead-in, so that frame f of it is frame 125 chunk + f of the stream.
    """

    call_id: str
    stream_id: str
    chunk: int
    caller: str
    key_id: str
    opened_ms: int
    captured_ms: int
    fingerprint: Fingerprint

    @property
    def first_frame(self) -> int:
        """Number in the stream of its first frame."""
        return CHUNK_FRAMES * self.chunk


def begin_of(frame: float) -> float:
    """Second of a stream at which a frame's window begins: before 0 for those of the first chunk's lead-in."""
    return (frame - LEAD_FRAMES) * FRAME_S


def middle_of(frame: float) -> float:
    """Second of a stream in the middle of a frame's window; 0 at least."""
    return max(0.0, (frame - LEAD_FRAMES / 2) * FRAME_S)
