"""Chromaprint, as Debian has it (libchromaprint-tools): ``fpcalc -raw``, compared at every offset by differing bits."""

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from numba import njit
from numpy.typing import NDArray

from bench.replay.contender import Answer, Missing
from bench.replay.queries import Query
from bench.result import BenchError
from features.matching.popcount import popcount

Pcm = NDArray[np.int16]
Print = NDArray[np.uint32]

ITEM_S: Final = 4096 / 3 / 11025  # from item to item: windows of 4,096 samples at 11,025 Hz that overlap by two thirds
LEAST_S: Final = 3.0  # of less it makes no items, or next to none
_LEAST: Final = 4  # items that must lie on each other
_AT_ONCE: Final = 100  # files a call of fpcalc
_RATE: Final = 8000


class Chromaprint:
    """Items of 32 bits every 0.124 s; the score is how far the share of equal bits is from chance, as a z value."""

    name = "Chromaprint"

    def __init__(self) -> None:
        try:
            found = subprocess.run(["fpcalc", "-version"], capture_output=True, text=True, check=True, timeout=20)
        except (OSError, subprocess.SubprocessError) as why:
            raise Missing("Chromaprint is missing: apt-get install libchromaprint-tools") from why
        self.about = " ".join(found.stdout.split()[:3]) + ", fpcalc -raw, best offset by differing bits"
        self._items = np.zeros(0, np.uint32)
        self._starts = np.zeros(1, np.int64)

    def enroll(self, calls: Sequence[Pcm]) -> None:
        """Make known all calls; see `bench.replay.contender.Contender`."""
        prints = _prints(calls)
        self._items = np.concatenate([np.zeros(0, np.uint32), *prints])
        self._starts = np.cumsum([0, *(len(each) for each in prints)])

    @property
    def bytes_per_call(self) -> float:
        """Of raw items."""
        return self._items.nbytes / max(len(self._starts) - 1, 1)

    def search(self, queries: Sequence[Query]) -> list[Answer]:
        """Find the likeliest call for each query; see `bench.replay.contender.Contender`."""
        long = [query for query in queries if query.pcm.size >= LEAST_S * _RATE]
        prints = dict(zip(map(id, long), _prints([query.pcm for query in long]), strict=True))
        answers = []
        for query in queries:
            asked = prints.get(id(query))
            if asked is None:
                answers.append(Answer())
                continue
            call, offset, z = _best(asked, self._items, self._starts)
            answers.append(Answer(call, z, middle_s=offset * ITEM_S + query.pcm.size / 2 / _RATE))
        return answers


def _prints(sounds: Sequence[Pcm]) -> list[Print]:
    found: list[Print] = []
    with tempfile.TemporaryDirectory() as folder:
        for first in range(0, len(sounds), _AT_ONCE):
            paths = []
            for number, pcm in enumerate(sounds[first : first + _AT_ONCE]):
                paths.append(Path(folder) / f"{number}.wav")
                soundfile.write(paths[-1], pcm, _RATE, subtype="PCM_16")
            found += _of_files(paths)
    return found


def _of_files(paths: Sequence[Path]) -> list[Print]:
    # at the end of a sound the decoder says "end of file", which fpcalc takes for an error unless told
    command = ["fpcalc", "-raw", "-plain", "-ignore-errors", "-length", "0", *map(str, paths)]
    told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    lines = told.stdout.splitlines()
    if len(lines) != len(paths):
        raise BenchError(f"fpcalc told {len(lines)} fingerprints of {len(paths)} sounds: {told.stderr[:200]}")
    return [np.array([int(item) for item in line.split(",") if item], np.uint32) for line in lines]


@njit(cache=True, nogil=True)
def _best(asked: Print, items: Print, starts: NDArray[np.int64]) -> tuple[int, int, float]:
    """Call, offset and z value of the best place; half of the query must lie in the call."""
    call, found, best = -1, 0, 0.0
    least = max(len(asked) // 2, _LEAST)
    for number in range(len(starts) - 1):
        size = starts[number + 1] - starts[number]
        for offset in range(least - len(asked), size - least + 1):
            first, last = max(0, -offset), min(len(asked), size - offset)
            differing = 0
            for at in range(first, last):
                differing += int(popcount(np.uint32(asked[at] ^ items[starts[number] + offset + at])))
            z = (0.5 - differing / (32.0 * (last - first))) * 2.0 * np.sqrt(32.0 * (last - first))
            if z > best:
                call, found, best = number, offset, z
    return call, found, best
