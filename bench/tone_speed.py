"""All tones of a chunk: digits, call progress, special information, fax."""

from typing import Final

import numpy as np
import scipy.signal
from numpy.typing import NDArray

from bench.material import calls
from bench.progress.speed import joined, spandsp
from bench.registry import Benchmark
from bench.result import Findings
from bench.timing import Contender, Effort, compare, each
from features.dtmf import DtmfDetector
from features.tones import detect_tones
from streams.audio import ChunkAudio, chunk_audio

CHUNKS: Final = 24
_WINDOW, _PACE = 256, 32  # samples


def _digits(audio: ChunkAudio) -> None:
    detector = DtmfDetector()
    detector.feed(audio.pcm)
    detector.flush()


def _spectrogram(audio: ChunkAudio) -> NDArray[np.float32]:
    """Power spectrum every 4 ms, which a detector by FFT would still have to judge."""
    samples = audio.pcm.astype(np.float32)
    _, _, power = scipy.signal.spectrogram(samples, 8000, "hann", _WINDOW, _WINDOW - _PACE, mode="psd")
    return np.asarray(power, np.float32)


def measure(effort: Effort) -> Findings:
    """Compare our detector, decisions and all, with the bare spectrogram that one by FFT begins with, and spandsp."""
    heard = [chunk_audio(chunk) for chunk in calls(effort.seed).chunks[:CHUNKS]]
    ways = [
        Contender(
            "callsieve", "features.tones: every tone, decided", each(heard, lambda a: detect_tones(a.pcm, a.lead_in))
        ),
        Contender("callsieve, digits alone", "features.dtmf: keys, decided", each(heard, _digits)),
        Contender("scipy spectrogram", "windows of 256 samples every 32, nothing decided", each(heard, _spectrogram)),
    ]
    other = spandsp(joined(heard))
    if other is not None:
        about = "dtmf_rx, super_tone_rx told North America's tones, modem_connect_tones_rx; one stream without lead-ins"
        ways.append(Contender("spandsp", about, each([None], lambda _: other(), units=len(heard))))
    return compare("chunks", ways, effort)


BENCHMARK: Final = Benchmark(
    title="Tones of a chunk",
    about="How many two-second chunks a CPU second searches for DTMF, call progress, SIT and fax tones.",
    measure=measure,
)
