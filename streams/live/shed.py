"""What is left of a batch when there is no room for its audio: its marks."""

from typing import NamedTuple

import msgspec

from schemas.records import FrameBatch, Segment


class Shed(NamedTuple):
    """A batch without audio (None if nothing is left to say), and how much was left out of it."""

    batch: FrameBatch | None
    segments: int
    frames: int


def without_audio(batch: FrameBatch) -> Shed:
    """Take the audio out of a batch.

    What stays: openings, answers, ends, and of each chunk its first segment, empty, with its number and facts, so that
    windows begin and close every chunk when they would have with its audio. A batch that held nothing else, or nothing
    at all, goes too: the next one tells the tap's clock as well.
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
            kept.append(_shell(segment))
    return Shed(msgspec.structs.replace(batch, segments=kept) if kept else None, segments, frames)


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
