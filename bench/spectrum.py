"""Spectral bases of a chunk: short-time Fourier transform and its three strongest left singular vectors."""

from typing import Final

import numpy as np
import scipy.signal
from numpy.typing import NDArray

from bench.material import calls
from bench.registry import Benchmark
from bench.result import BenchError, Findings
from bench.timing import Contender, Effort, compare, each
from features.bases import top_bases
from features.spectrum import HOP, N_FFT, stft_magnitude
from streams.audio import chunk_audio

CHUNKS: Final = 24
_ALIKE: Final = 0.999  # cosine of two first bases that are the same

Audio = NDArray[np.int16]


def _ours(pcm: Audio) -> NDArray[np.float32]:
    return top_bases(stft_magnitude(pcm))[0]


def _magnitude(pcm: Audio) -> NDArray[np.float32]:
    samples = pcm.astype(np.float32) / np.float32(32768)
    *_, bins = scipy.signal.stft(samples, 8000, "hann", N_FFT, N_FFT - HOP, boundary=None, padded=False)
    return np.asarray(np.abs(bins), np.float32)


def _by_svd(pcm: Audio) -> NDArray[np.float32]:
    return np.asarray(np.linalg.svd(_magnitude(pcm), full_matrices=False)[0][:, :3].T, np.float32)


def _by_eigh(pcm: Audio) -> NDArray[np.float32]:
    magnitude = _magnitude(pcm)
    return np.asarray(np.linalg.eigh(magnitude @ magnitude.T)[1][:, :-4:-1].T, np.float32)


def measure(effort: Effort) -> Findings:
    """Compare ours with SciPy and NumPy on chunks of simulated calls."""
    audio = [chunk_audio(chunk) for chunk in calls(effort.seed).chunks]
    sounding = [one.pcm[one.lead_in :] for one in audio if one.pcm.any()][:CHUNKS]
    for pcm in sounding:
        cosine = abs(float(_ours(pcm)[0] @ _by_svd(pcm)[0]))
        if cosine < _ALIKE:
            raise BenchError(f"the first bases disagree: their cosine is {cosine:.4f}")

    return compare(
        "chunks",
        [
            Contender("callsieve", "features.spectrum and features.bases", each(sounding, _ours)),
            Contender("scipy + svd", "scipy.signal.stft, numpy.linalg.svd, single precision", each(sounding, _by_svd)),
            Contender(
                "scipy + eigh", "scipy.signal.stft, numpy.linalg.eigh of the Gram matrix", each(sounding, _by_eigh)
            ),
        ],
        effort,
    )


BENCHMARK: Final = Benchmark(
    title="Spectral bases of a chunk",
    about="How many two-second chunks a CPU second turns into magnitude spectrum and three left singular vectors.",
    measure=measure,
)
