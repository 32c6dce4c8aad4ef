"""Power at the eight DTMF frequencies in blocks of 32 samples, over one chunk."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.registry import Benchmark
from bench.result import BenchError, Findings
from bench.timing import Contender, Effort, compare
from features.dtmf import FREQUENCIES
from features.goertzel import HOP, block_spectra

SAMPLES: Final = 17_024  # a chunk and its lead-in
RATE: Final = 8000

Sums = NDArray[np.complex128]


def _by_product(pcm: NDArray[np.int16], turns: Sums) -> Sums:
    return pcm.reshape(-1, HOP).astype(np.float64) @ turns


def _by_recurrence(pcm: NDArray[np.int16], frequencies: NDArray[np.float64]) -> Sums:
    """Goertzel's recurrence with all blocks and frequencies abreast, a NumPy step for each sample of a block."""
    omega = 2 * np.pi * frequencies / RATE
    blocks = pcm.reshape(-1, HOP).astype(np.float64)
    before = last = np.zeros((len(blocks), len(frequencies)))
    for sample in blocks.T:
        before, last = last, sample[:, None] + 2 * np.cos(omega) * last - before
    turn = np.exp(-1j * omega * (HOP - 1))
    sums: Sums = turn * last - turn * np.exp(-1j * omega) * before
    return sums


def _by_fft(pcm: NDArray[np.int16]) -> Sums:
    """Transform windows of 256 samples at the same hop: all frequencies, but only those of its grid."""
    windows = np.lib.stride_tricks.sliding_window_view(pcm, 256)[::HOP]
    sums: Sums = np.fft.rfft(windows, axis=1)
    return sums


def measure(effort: Effort) -> Findings:
    """Compare ours with NumPy on noise, whose content does not matter to the work."""
    pcm = np.random.default_rng(effort.seed).integers(-8000, 8000, SAMPLES).astype(np.int16)
    frequencies = np.array(FREQUENCIES, np.float64)
    turns: Sums = np.exp(-2j * np.pi / RATE * np.outer(np.arange(HOP), frequencies))
    ours = block_spectra(pcm, frequencies)
    for name, theirs in (("product", _by_product(pcm, turns)), ("recurrence", _by_recurrence(pcm, frequencies))):
        if not np.allclose(ours, theirs, rtol=1e-6, atol=1e-3):
            raise BenchError(f"Goertzel's sums and those by {name} disagree")

    def one(done: object) -> int:
        return len(done) and 1  # type: ignore[arg-type]

    return compare(
        "chunks",
        [
            Contender("callsieve", "features.goertzel, Numba", lambda: one(block_spectra(pcm, frequencies))),
            Contender("numpy product", "blocks times a matrix of turns, BLAS", lambda: one(_by_product(pcm, turns))),
            Contender(
                "numpy recurrence", "the same recurrence over arrays", lambda: one(_by_recurrence(pcm, frequencies))
            ),
            Contender("numpy fft", "windows of 256 samples every 32, all bins", lambda: one(_by_fft(pcm))),
        ],
        effort,
    )


BENCHMARK: Final = Benchmark(
    title="Goertzel's algorithm",
    about="How many two-second chunks a CPU second turns into sums at the eight DTMF frequencies, every 4 ms.",
    measure=measure,
)
