"""Power at the eight DTMF frequencies in blocks of 5 ms, over one chunk."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.registry import Benchmark
from bench.result import BenchError, Findings
from bench.timing import Contender, Effort, compare
from features.dtmf.bank import sum_blocks
from features.dtmf.keys import BLOCK, FREQUENCIES

SAMPLES: Final = 17_000  # a chunk and its lead-in, whole blocks
RATE: Final = 8000

Sums = NDArray[np.complex128]


def _ours(pcm: NDArray[np.int16]) -> NDArray[np.complex64]:
    blocks = pcm.size // BLOCK
    sums = np.empty((blocks, len(FREQUENCIES)), np.complex64)
    sum_blocks(pcm, sums, np.empty(sums.shape, np.float32), np.empty(blocks, np.float32))
    return sums


def _by_product(pcm: NDArray[np.int16], turns: NDArray[np.complex64]) -> NDArray[np.complex64]:
    blocks = pcm.reshape(-1, BLOCK).astype(np.float32)
    sums: NDArray[np.complex64] = blocks @ turns
    _work = np.square(np.abs(sums)), np.einsum("ij,ij->i", blocks, blocks)
    return sums


def _by_recurrence(pcm: NDArray[np.int16], frequencies: NDArray[np.float64]) -> Sums:
    """Goertzel's recurrence with all blocks and frequencies abreast, a NumPy step for each sample of a block."""
    omega = 2 * np.pi * frequencies / RATE
    blocks = pcm.reshape(-1, BLOCK).astype(np.float64)
    before = last = np.zeros((len(blocks), len(frequencies)))
    for sample in blocks.T:
        before, last = last, sample[:, None] + 2 * np.cos(omega) * last - before
    turn = np.exp(-1j * omega * (BLOCK - 1))
    sums: Sums = (turn * last - turn * np.exp(-1j * omega) * before) * _to_centre(frequencies)
    return sums


def _to_centre(frequencies: NDArray[np.float64]) -> NDArray[np.complex128]:
    """What turns phases counted from a block's first sample into those counted from its middle."""
    turn: NDArray[np.complex128] = np.exp(1j * 2 * np.pi * frequencies / RATE * (BLOCK - 1) / 2)
    return turn


def _by_fft(pcm: NDArray[np.int16]) -> Sums:
    """Transform windows of 256 samples at the same hop: all frequencies, but only those of its grid."""
    windows = np.lib.stride_tricks.sliding_window_view(pcm, 256)[::BLOCK]
    sums: Sums = np.fft.rfft(windows, axis=1)
    return sums


def measure(effort: Effort) -> Findings:
    """Compare ours with NumPy on noise, whose content does not matter to the work."""
    pcm = np.random.default_rng(effort.seed).integers(-8000, 8000, SAMPLES).astype(np.int16)
    frequencies = np.array(FREQUENCIES, np.float64)
    turns = np.exp(-2j * np.pi / RATE * np.outer(np.arange(BLOCK), frequencies)) * _to_centre(frequencies)
    weights = turns.astype(np.complex64)
    ours = _ours(pcm)
    for name, theirs in (("product", _by_product(pcm, weights)), ("recurrence", _by_recurrence(pcm, frequencies))):
        if not np.allclose(ours, theirs, rtol=1e-4, atol=1.0):  # ours are of single precision
            raise BenchError(f"Goertzel's sums and those by {name} disagree")

    def one(done: object) -> int:
        return len(done) and 1  # type: ignore[arg-type]

    return compare(
        "chunks",
        [
            Contender("callsieve", "features.dtmf.bank, Numba: sums, powers and energies", lambda: one(_ours(pcm))),
            Contender(
                "numpy product",
                "the same three: blocks times a matrix of turns, BLAS",
                lambda: one(_by_product(pcm, weights)),
            ),
            Contender(
                "numpy recurrence",
                "Goertzel's recurrence over arrays, sums alone",
                lambda: one(_by_recurrence(pcm, frequencies)),
            ),
            Contender("numpy fft", "windows of 256 samples every 40, all bins", lambda: one(_by_fft(pcm))),
        ],
        effort,
    )


BENCHMARK: Final = Benchmark(
    title="Goertzel's algorithm",
    about="How many two-second chunks a CPU second turns into sums at the eight DTMF frequencies, every 5 ms.",
    measure=measure,
)
