"""How fast digits, and all tones, are found, beside spandsp in the same run."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.dtmf.results import Speed
from bench.heard.peers.spandsp import Spandsp
from bench.heard.receiver import Missing
from bench.material import calls
from bench.progress.speed import CHUNKS, joined
from bench.progress.speed import measure as measure_all_tones
from bench.result import Findings
from bench.timing import Contender, Effort, compare
from features.dtmf import DtmfDetector
from models.sounds.scale import RATE
from streams.audio import chunk_audio

PACKET: Final = 160
BLOCK: Final = 2 * RATE

Pcm = NDArray[np.int16]


def measure(effort: Effort) -> list[Speed]:
    """Time ours against spandsp on simulated calls; units are audio seconds."""
    return [_speed("digits alone", _digits(effort)), _speed("all tones", measure_all_tones(effort))]


def _speed(what: str, found: Findings) -> Speed:
    return Speed(
        what=what,
        unit=found.unit,
        rounds=found.rounds,
        rates={case.name: case.rate for case in found.cases},
        ratios=found.ratios,
    )


def _digits(effort: Effort) -> Findings:
    stream = joined([chunk_audio(chunk) for chunk in calls(effort.seed).chunks[:CHUNKS]])
    ways = [
        Contender("callsieve", "DtmfDetector, fed two seconds at a time", _ours(stream, BLOCK)),
        Contender("callsieve, packets", "DtmfDetector, fed packets of 20 ms", _ours(stream, PACKET)),
        *_spandsp(stream),
    ]
    return compare("audio seconds", ways, effort)


def _ours(stream: Pcm, step: int) -> Callable[[], int]:
    def work() -> int:
        detector = DtmfDetector(RATE)
        for begin in range(0, stream.size, step):
            detector.feed(stream[begin : begin + step])
        detector.flush()
        return stream.size // RATE

    return work


def _spandsp(stream: Pcm) -> list[Contender]:
    try:
        return [
            Contender("spandsp", "dtmf_rx, digits alone, fed two seconds at a time", _by(Spandsp(step=BLOCK), stream)),
            Contender("spandsp, packets", "dtmf_rx, digits alone, fed packets of 20 ms", _by(Spandsp(), stream)),
        ]
    except Missing:
        return []


def _by(peer: Spandsp, stream: Pcm) -> Callable[[], int]:
    def work() -> int:
        peer.hear([stream])
        return stream.size // RATE

    return work
