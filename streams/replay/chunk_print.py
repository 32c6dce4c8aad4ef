"""From a chunk's audio to its print."""

import numpy as np

from features.fingerprint import fingerprint
from features.tones import ToneDetector
from models.evidence import family_of
from schemas.records import Chunk
from streams.audio import LEAD_IN_SAMPLES, ChunkAudio, known_samples
from streams.replay.print import Print


def print_of(chunk: Chunk, audio: ChunkAudio) -> Print | None:
    """The chunk's fingerprint and whose it is; None where there is nothing to find it by.

    There are 1,024 samples before the chunk in any case: frames then run on from chunk to chunk.
    """
    missing = LEAD_IN_SAMPLES - audio.lead_in
    taken = fingerprint(np.pad(audio.pcm, (missing, 0)), np.pad(audio.received, (missing, 0)))
    if not len(taken.peaks):
        return None
    head = chunk.head
    return Print(
        call_id=head.call_id,
        stream_id=head.stream_id,
        chunk=head.chunk,
        caller=head.facts.caller.number if head.facts.caller else "",
        key_id=head.facts.key_id or "",
        opened_ms=head.facts.opened_ms,
        captured_ms=head.captured_ms,
        fingerprint=taken,
    )


def is_fax(chunk: Chunk, audio: ChunkAudio) -> bool:
    """Whether a fax or a modem is heard in a chunk: machines of one make train bit for bit alike."""
    ears = ToneDetector()
    heard = ears.feed(audio.pcm, known_samples(chunk, audio)) + ears.finish()
    return bool({"fax", "modem"} & {family_of(tone.symbol) for tone in heard})
