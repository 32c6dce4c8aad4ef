"""What is left of a batch when there is no room for its audio: its marks."""

from typing import NamedTuple

import msgspec

from schemas.frames import BrokenSegmentError
from schemas.records import FrameBatch, Segment
from streams.audio import CHUNK_SAMPLES
from streams.window.intake import place


class Shed(NamedTuple):
    """A batch without audio (None if nothing is left to say), and how much was left out of it."""

    batch: FrameBatch | None
    segments: int
    frames: int


def without_audio(batch: FrameBatch) -> Shed:
    """Take the audio out of a batch.

    What stays: openings, answers, ends, and of each chunk its first segment, empty, with its number and facts, so that
    windows begin and close every chunk when they would have with its audio. For a frame that reached into the next
    chunk, and so began it, an empty segment of that chunk stands in: whoever takes a window over goes by the chunks
    that the tap counts as begun. A batch that held nothing else, or nothing at all, goes too: the next one tells the
    tap's clock as well.
    """
    kept: list[Segment] = []
    segments = frames = 0
    for segment in batch.segments:
        count = len(segment.encoding)
        frames += count
        segments += count > 0
        if count == 0:
            kept.append(segment)
        elif segment.kind != "audio" or segment.facts is not None:
            shell = _shell(segment)
            kept.append(shell)
            if _reaches_on(segment):
                begun = max(segment.begun, segment.chunk)
                kept.append(msgspec.structs.replace(shell, kind="audio", chunk=segment.chunk + 1, begun=begun))
    return Shed(msgspec.structs.replace(batch, segments=kept) if kept else None, segments, frames)


def _reaches_on(segment: Segment) -> bool:
    """Whether a frame reaches into the next chunk."""
    try:
        return int(place(segment).ends.max()) > CHUNK_SAMPLES
    except BrokenSegmentError:  # nobody could use it
        return False


def _shell(segment: Segment) -> Segment:
    return msgspec.structs.replace(
        segment,
        sequence=b"",
        timestamp=b"",
        arrival=b"",
        marker=b"",
        payload_type=b"",
        encoding=b"",
        length=b"",
        payload=b"",
    )
