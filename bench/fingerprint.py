"""The fingerprint of a chunk: peaks, words for thirteen pitches, and the postings it is enrolled with."""

from typing import Final

import numpy as np
import scipy.ndimage
import scipy.signal
from numpy.typing import NDArray

from bench.material import calls
from bench.registry import Benchmark
from bench.result import Findings
from bench.timing import Contender, Effort, compare, each
from features.fingerprint import HOP, WINDOW, fingerprint, postings
from streams.audio import chunk_audio

CHUNKS: Final = 24
_PER_CHUNK: Final = 60  # peaks, as many as ours keeps
_PARTNERS: Final = 5
_LONGEST: Final = 62  # frames, 1 s

Audio = NDArray[np.int16]


def _ours(pcm: Audio) -> int:
    return len(postings(fingerprint(pcm)).keys)


def _pairs(pcm: Audio) -> int:
    """Peaks by a maximum filter and Wang's pairs in Python, as small fingerprinting programs do it."""
    samples = pcm.astype(np.float32) / np.float32(32768)
    *_, bins = scipy.signal.stft(samples, 8000, "hann", WINDOW, WINDOW - HOP, boundary=None, padded=False)
    level = np.abs(bins)
    highest = (scipy.ndimage.maximum_filter(level, size=(7, 9)) == level) & (level > 5e-4)
    rows, columns = np.nonzero(highest)
    kept = np.argsort(level[rows, columns])[::-1][:_PER_CHUNK]
    peaks = sorted(zip(columns[kept].tolist(), rows[kept].tolist(), strict=True))
    keys = [
        hash((peaks[i][1], peaks[j][1], peaks[j][0] - peaks[i][0]))
        for i in range(len(peaks))
        for j in range(i + 1, min(i + 1 + _PARTNERS, len(peaks)))
        if peaks[j][0] - peaks[i][0] <= _LONGEST
    ]
    return len(keys)


def measure(effort: Effort) -> Findings:
    """Compare ours with a maximum filter and pairs; both see the same audio, only ours makes words to verify by."""
    audio = [chunk_audio(chunk).pcm for chunk in calls(effort.seed).chunks[:CHUNKS]]

    return compare(
        "chunks",
        [
            Contender("callsieve", "features.fingerprint: peaks, words, triplets", each(audio, _ours)),
            Contender("scipy + pairs", "scipy.signal.stft, maximum_filter, pairs in Python", each(audio, _pairs)),
        ],
        effort,
    )


BENCHMARK: Final = Benchmark(
    title="Fingerprint of a chunk",
    about="How many two-second chunks a CPU second turns into what replays are found and verified by.",
    measure=measure,
)
