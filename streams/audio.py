"""The audio of a chunk, decoded, what of it was received, and what was lost."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.g711 import decode_pcma, decode_pcmu
from schemas.records import Chunk, Run

RATE: Final = 8000
CHUNK_SAMPLES: Final = 16_000
LEAD_IN_SAMPLES: Final = 1_024


@dataclass(frozen=True, slots=True)
class ChunkAudio:
    """Two seconds of a stream as linear samples.

    Attributes
    ----------
    pcm
        int16, ``lead_in`` samples before the chunk and then 16,000; zero where nothing was received.
    lead_in
        0 where nothing of the 128 ms before the chunk was received, else 1,024.
    received
        bool, as long as ``pcm``: samples that came coded (not as comfort noise).
    codes
        uint8, the coded samples of the chunk itself in order; empty for L16.
    law
        Encoding of the chunk's samples: pcmu, pcma, l16, mixed or none.
    comfort_noise_share
        Share of the chunk that is RFC 3389 comfort noise, 0 to 1.
    """

    pcm: NDArray[np.int16]
    lead_in: int
    received: NDArray[np.bool_]
    codes: NDArray[np.uint8]
    law: str
    comfort_noise_share: float


def _decoded(run: Run) -> NDArray[np.int16]:
    if run.encoding == "pcmu":
        return decode_pcmu(np.frombuffer(run.data, np.uint8))
    if run.encoding == "pcma":
        return decode_pcma(np.frombuffer(run.data, np.uint8))
    return np.frombuffer(run.data, ">i2").astype(np.int16)


def chunk_audio(chunk: Chunk) -> ChunkAudio:
    """Decode a chunk.

    Raises
    ------
    ValueError
        If a run reaches out of the chunk or its data is not as long as it says.
    """
    lead_in = LEAD_IN_SAMPLES if any(run.encoding != "comfort_noise" for run in chunk.lead_in) else 0
    pcm = np.zeros(lead_in + CHUNK_SAMPLES, np.int16)
    received = np.zeros(len(pcm), np.bool_)
    codes: list[NDArray[np.uint8]] = []
    laws: set[str] = set()
    comfort_noise = 0
    for run in (*(chunk.lead_in if lead_in else ()), *chunk.runs):
        start = lead_in + run.start
        if run.length < 0 or start < 0 or start + run.length > len(pcm):
            raise ValueError(f"run of {run.length} samples at {run.start} reaches out of the chunk")
        if run.encoding == "unsupported":
            continue
        if run.encoding == "comfort_noise":
            comfort_noise += run.length if run.start >= 0 else 0
            continue
        samples = _decoded(run)
        if len(samples) != run.length:
            raise ValueError(f"run of {run.length} samples holds {len(samples)}")
        pcm[start : start + run.length] = samples
        received[start : start + run.length] = True
        if run.start >= 0:
            laws.add(run.encoding)
            if run.encoding != "l16":
                codes.append(np.frombuffer(run.data, np.uint8))
    law = laws.pop() if len(laws) == 1 else ("mixed" if laws else "none")
    return ChunkAudio(
        pcm=pcm,
        lead_in=lead_in,
        received=received,
        codes=np.concatenate(codes) if codes else np.zeros(0, np.uint8),
        law=law,
        comfort_noise_share=comfort_noise / CHUNK_SAMPLES,
    )


def known_samples(chunk: Chunk, audio: ChunkAudio) -> NDArray[np.bool_]:
    """Mask of the samples of which it is known what was sent, as long as the audio's: the others are lost.

    Known is all that came coded, and silence that was sent as such: comfort noise; a gap in which an event was sent, in
    place of the sound; and every gap longer than the packets missing from the chunk, for some senders send nothing
    while it is quiet.
    """
    known = audio.received.copy()
    lead_in, head = audio.lead_in, chunk.head
    for run in (*(chunk.lead_in if lead_in else ()), *chunk.runs):
        if run.encoding == "comfort_noise":
            known[lead_in + run.start : lead_in + run.start + run.length] = True
    if known.all():
        return known
    packet = np.count_nonzero(audio.received[lead_in:]) / max(head.received, 1)
    told = [(lead_in + event.start, lead_in + event.start + event.duration) for event in chunk.events]
    edges = np.flatnonzero(np.diff(known, prepend=True, append=True))
    for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        is_pause = end > lead_in and end - max(begin, lead_in) > head.lost * packet
        if is_pause or any(start < end and stop > begin for start, stop in told):
            known[begin:end] = True
    return known
