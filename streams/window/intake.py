"""What a well-formed record may still not say, checked before anything believes it."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from schemas.frames import L16, PCMA, PCMU, TELEPHONE_EVENT, UNSUPPORTED, BrokenSegmentError, Columns, unpack
from schemas.records import FrameBatch, Segment
from streams.audio import CHUNK_SAMPLES
from streams.limits import (
    MAX_AHEAD_MS,
    MAX_CHUNK,
    MAX_MS,
    MAX_NAME,
    WORD,
    OutOfBoundsError,
    check_facts,
    check_range,
    check_text,
)
from streams.rtp.event import BrokenEventError, parse_event

MAX_NOISE: Final = 127  # -dBov, RFC 3389 section 3.1
DEFAULT_FRAME: Final = 160  # samples of a frame whose codec we can't read and whose successor we don't see: 20 ms
MAX_FRAME: Final = 1_600  # samples of such a frame, 200 ms
MAX_EPOCH_AHEAD_MS: Final = 86_400_000  # of a tap's start over the moment its record was written: clocks differ


class BrokenBatchError(ValueError):
    """A batch whose own fields can't be meant, so that nothing in it can be used."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A segment's frames and where they lie.

    Attributes
    ----------
    columns
        The frames, a row each.
    offsets
        int64, each frame's RTP timestamp counted from the first sample of the segment's chunk.
    ends
        int64, one past each frame's last sample; ``offsets`` for events and comfort noise, which hold none.
    """

    columns: Columns
    offsets: NDArray[np.int64]
    ends: NDArray[np.int64]


def check_batch(batch: FrameBatch, written_ms: int) -> None:
    """See that a batch's clocks and name can be meant.

    Raises
    ------
    BrokenBatchError
        If its clock or its tap's epoch is no time between 1970 and 2299 or lies far ahead of the record's writing (a
        tap of that name would not be heard until then), or the tap's name is too long.
    """
    try:
        check_range("clock_ms", batch.clock_ms, 0, min(MAX_MS, written_ms + MAX_AHEAD_MS))
        check_range("tap_epoch", batch.tap_epoch, 0, min(MAX_MS, written_ms + MAX_EPOCH_AHEAD_MS))
        check_text("tap_id", batch.tap_id, MAX_NAME)
    except OutOfBoundsError as error:
        raise BrokenBatchError(str(error)) from error


def place(segment: Segment) -> Placed:
    """Unpack a segment and find its frames' places.

    A frame begins in the segment's chunk and ends in the one after it at the latest; an event's last sample lies in the
    segment's chunk, its first may lie before.

    Raises
    ------
    BrokenSegmentError
        If a field is out of its range, the columns contradict each other, or a frame lies elsewhere.
    """
    _check_fields(segment)
    columns = unpack(segment)
    base = segment.anchor + segment.chunk * CHUNK_SAMPLES
    # 32-bit timestamps, unwrapped to lie near the segment's chunk
    offsets = (columns.timestamp.astype(np.int64) - base + WORD // 2) % WORD - WORD // 2
    ends = offsets + _samples(columns, offsets)
    if len(offsets):
        where = offsets
        if TELEPHONE_EVENT in segment.encoding:
            events = np.flatnonzero(columns.encoding == TELEPHONE_EVENT)
            where = offsets.copy()
            where[events] += [max(0, _duration(columns, at) - 1) for at in events.tolist()]
        if where.min() < 0 or where.max() >= CHUNK_SAMPLES:
            raise BrokenSegmentError(f"a frame does not lie in chunk {segment.chunk}")
        if ends.max() > 2 * CHUNK_SAMPLES:
            raise BrokenSegmentError(f"a frame reaches past the next chunk, {segment.chunk + 1}")
    return Placed(columns, offsets, ends)


def _check_fields(segment: Segment) -> None:
    if not (0 <= segment.chunk <= MAX_CHUNK and -1 <= segment.begun <= MAX_CHUNK):
        raise BrokenSegmentError(f"chunk {segment.chunk}, {segment.begun} begun: too far")
    try:
        check_range("captured_ms", segment.captured_ms, 0, MAX_MS)
        check_range("ssrc", segment.ssrc, 0, WORD)
        check_range("anchor", segment.anchor, 0, WORD)
        check_range("comfort_noise", segment.comfort_noise, -1, MAX_NOISE + 1)
        check_text("call_id", segment.call_id)
        check_text("sip_call_id", segment.sip_call_id, MAX_NAME)
        check_text("end_reason", segment.end_reason)
        if segment.facts is not None:
            check_facts(segment.facts)
    except OutOfBoundsError as error:
        raise BrokenSegmentError(str(error)) from error


def _samples(columns: Columns, offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Samples each frame stands for: by its bytes, or for an unreadable codec up to the next frame."""
    samples = np.zeros(len(columns.encoding), np.int64)
    coded = (columns.encoding == PCMU) | (columns.encoding == PCMA)
    samples[coded] = columns.length[coded]
    linear = columns.encoding == L16
    samples[linear] = columns.length[linear] // 2
    unreadable = np.flatnonzero(columns.encoding == UNSUPPORTED)
    if len(unreadable):
        steps = np.diff(offsets[unreadable], append=offsets[unreadable[-1]])
        steps[-1] = steps[-2] if len(steps) > 1 else DEFAULT_FRAME
        samples[unreadable] = np.where((steps > 0) & (steps <= MAX_FRAME), steps, DEFAULT_FRAME)
    return samples


def _duration(columns: Columns, at: int) -> int:
    begin = int(columns.start[at])
    try:
        return parse_event(columns.payload[begin : begin + int(columns.length[at])]).duration
    except BrokenEventError:
        return 0  # counted where it is used
