"""How fast digits, and all tones, are found, beside spandsp in the same run."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.dtmf.results import Speed
from bench.heard.peers.spandsp import Spandsp
from bench.heard.receiver import Missing
from bench.material import calls
from bench.timing import Contender, Effort, compare
from features.dtmf import DtmfDetector
from features.tones import ToneDetector, detect_tones
from models.sounds.scale import RATE
from streams.audio import ChunkAudio, chunk_audio

CHUNKS: Final = 60  # two seconds each, of simulated calls of all kinds
PACKET: Final = 160

Pcm = NDArray[np.int16]


def measure(effort: Effort) -> list[Speed]:
    """Time ours against spandsp on simulated calls; units are audio seconds."""
    heard = [chunk_audio(chunk) for chunk in calls(effort.seed).chunks[:CHUNKS]]
    stream = np.concatenate([audio.pcm[audio.lead_in :] for audio in heard])
    spandsp = _spandsp(stream)
    digits = [
        Contender("callsieve", "DtmfDetector, fed two seconds at a time", lambda: _dtmf(stream, 2 * RATE)),
        Contender("callsieve, packets", "DtmfDetector, fed packets of 20 ms", lambda: _dtmf(stream, PACKET)),
    ]
    every = [
        Contender("callsieve", "detect_tones: all tones of a chunk after its lead-in", lambda: _chunks(heard)),
        Contender("callsieve, stream", "ToneDetector and DtmfDetector", lambda: _all_tones(stream, 2 * RATE)),
    ]
    return [
        _timed("digits alone", [*digits, *spandsp], effort),
        _timed("all tones", [*every, *spandsp], effort),
    ]


def _timed(what: str, contenders: Sequence[Contender], effort: Effort) -> Speed:
    found = compare("audio seconds", contenders, effort)
    return Speed(
        what=what,
        unit=found.unit,
        rounds=found.rounds,
        rates={case.name: case.rate for case in found.cases},
        ratios=found.ratios,
    )


def _spandsp(stream: Pcm) -> list[Contender]:
    try:
        return [
            Contender(
                "spandsp", "dtmf_rx, digits alone, fed two seconds at a time", _by(Spandsp(step=2 * RATE), stream)
            ),
            Contender("spandsp, packets", "dtmf_rx, digits alone, fed packets of 20 ms", _by(Spandsp(), stream)),
        ]
    except Missing:
        return []


def _by(peer: Spandsp, stream: Pcm) -> Callable[[], int]:
    def work() -> int:
        peer.hear([stream])
        return stream.size // RATE

    return work


def _dtmf(stream: Pcm, step: int) -> int:
    detector = DtmfDetector(RATE)
    for begin in range(0, stream.size, step):
        detector.feed(stream[begin : begin + step])
    detector.flush()
    return stream.size // RATE


def _all_tones(stream: Pcm, step: int) -> int:
    digits, tones = DtmfDetector(RATE), ToneDetector(RATE)
    for begin in range(0, stream.size, step):
        digits.feed(stream[begin : begin + step])
        tones.feed(stream[begin : begin + step])
    digits.flush()
    tones.flush()
    return stream.size // RATE


def _chunks(heard: Sequence[ChunkAudio]) -> int:
    for audio in heard:
        detect_tones(audio.pcm, audio.lead_in)
    return sum(audio.pcm.size - audio.lead_in for audio in heard) // RATE
