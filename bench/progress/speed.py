"""How fast every tone is looked for, beside spandsp doing the same."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.heard.peers.spandsp import Spandsp
from bench.heard.receiver import Missing
from bench.material import calls
from bench.progress.peers import connect, supervisory
from bench.result import Findings
from bench.timing import Contender, Effort, compare
from features.dtmf import DtmfDetector
from features.tones import ToneDetector, detect_tones
from streams.audio import ChunkAudio, chunk_audio

CHUNKS: Final = 60  # two seconds each, of simulated calls of all kinds
_BLOCK: Final = 16_000  # samples fed at once
_COUNTRY: Final = "US, Canada"

Pcm = NDArray[np.int16]


def measure(effort: Effort) -> Findings:
    """Time ours, by chunks as the product does and as one stream, and spandsp; units are seconds of audio."""
    heard = [chunk_audio(chunk) for chunk in calls(effort.seed).chunks[:CHUNKS]]
    stream = joined(heard)
    seconds = stream.size // 8000
    ways = [
        Contender("callsieve", "detect_tones: every tone, chunk by chunk", lambda: _by_chunks(heard, seconds)),
        Contender("callsieve, stream", "ToneDetector and DtmfDetector", lambda: _by_stream(stream, seconds)),
    ]
    other = spandsp(stream)
    if other is not None:
        about = (
            f"dtmf_rx, super_tone_rx told the tones of {_COUNTRY}, modem_connect_tones_rx for CNG and for CED or V.21"
        )
        ways.append(Contender("spandsp", about, lambda: other() or seconds))
    return compare("audio seconds", ways, effort)


def joined(heard: Sequence[ChunkAudio]) -> Pcm:
    """Chunks one after another, without their lead-ins."""
    return np.concatenate([audio.pcm[audio.lead_in :] for audio in heard])


def spandsp(stream: Pcm) -> Callable[[], None] | None:
    """All of spandsp's receivers on a stream; None where it isn't installed."""
    try:
        digits, tones, fax = Spandsp(), supervisory(_COUNTRY), connect()
    except Missing:
        return None
    pieces = [stream]

    def work() -> None:
        digits.hear(pieces)
        tones.hear(stream)
        fax.hear(stream)

    return work


def _by_chunks(heard: Sequence[ChunkAudio], seconds: int) -> int:
    for audio in heard:
        detect_tones(audio.pcm, audio.lead_in)
    return seconds


def _by_stream(stream: Pcm, seconds: int) -> int:
    digits, tones = DtmfDetector(), ToneDetector()
    for begin in range(0, stream.size, _BLOCK):
        digits.feed(stream[begin : begin + _BLOCK])
        tones.feed(stream[begin : begin + _BLOCK])
    digits.flush()
    tones.flush()
    return seconds
