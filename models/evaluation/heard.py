"""One way through a data set for all that is compared: our model's judgement and every baseline's figures."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from models.classifier import ChunkClassifier
from models.dataset.store import Dataset, open_dataset
from models.evaluation.baselines.protocol import Baseline, ChunkHeard
from models.rules import DEAD_AIR_DBFS, judge_by_rule

Tell = Callable[[int, int], None]

_AT_ONCE: Final = 128  # chunks; what is kept of one is some kilobytes, its audio goes
_PROCESSES: Final = 2
_WORTH_IT: Final = 512  # fewer chunks are heard before a second process has started


@dataclass(frozen=True, slots=True)
class Heard:
    """What was made of some chunks.

    Attributes
    ----------
    labels : ndarray of str, shape (n,)
        That our model gives, at its own thresholds.
    dead_air : ndarray of float64, shape (n,)
        Our model's probability of dead air.
    possible : ndarray of bool, shape (n,)
        What our rules leave open and is below dead air's level: no silence codes, comfort noise, known tones, nothing
        lost. The same rules can stand before any baseline.
    figures : list of ndarray of float32, shape (n, k)
        Of each baseline.
    """

    labels: NDArray[np.str_]
    dead_air: NDArray[np.float64]
    possible: NDArray[np.bool_]
    figures: list[NDArray[np.float32]]


class _Ear:
    """What a process needs to hear chunks."""

    def __init__(self, dataset: Dataset, model: Path | None, baselines: Sequence[Baseline]) -> None:
        self._dataset, self._baselines = dataset, baselines
        self._classifier = ChunkClassifier.load(model)

    def __call__(self, numbers: Sequence[int]) -> Heard:
        chunks = [ChunkHeard(self._dataset, number) for number in numbers]
        judged = self._classifier.classify([chunk.evidence for chunk in chunks])
        return Heard(
            labels=np.array([one.label for one in judged], dtype=np.str_),
            dead_air=np.array([one.probabilities.get("dead_air", 0.0) for one in judged], dtype=np.float64),
            possible=np.array([_possible(chunk) for chunk in chunks], dtype=np.bool_),
            figures=[np.stack([way.describe(chunk) for chunk in chunks]) for way in self._baselines],
        )


def _possible(chunk: ChunkHeard) -> bool:
    return chunk.evidence.rms_dbfs < DEAD_AIR_DBFS and judge_by_rule(chunk.evidence) is None


def hear(
    dataset: Dataset, numbers: Sequence[int], model: Path | None, baselines: Sequence[Baseline], tell: Tell
) -> Heard:
    """Judge and describe chunks, in two processes where that pays.

    Parameters
    ----------
    dataset : Dataset
    numbers : sequence of int
    model : Path or None
        Folder of our model; the shipped one when None.
    baselines : sequence of Baseline
    tell : callable
        Told how many are done, and of how many.

    Returns
    -------
    Heard
        In the order of `numbers`.

    Raises
    ------
    ModelError
        When the model can't be used, or a baseline's library isn't installed.
    ValueError
        When there are baselines and no numbers.
    """
    pieces = [list(numbers[at : at + _AT_ONCE]) for at in range(0, len(numbers), _AT_ONCE)] or [[]]
    found: list[Heard] = []
    if len(numbers) < _WORTH_IT or (os.cpu_count() or 1) < _PROCESSES:
        ear = _Ear(dataset, model, baselines)
        for piece in pieces:
            found.append(ear(piece))
            tell(sum(len(one.labels) for one in found), len(numbers))
        return _together(found)
    with ProcessPoolExecutor(_PROCESSES, initializer=_begin, initargs=(dataset.path, model, baselines)) as pool:
        done = 0
        try:
            for one in pool.map(_hear_piece, pieces):
                found.append(one)
                done += len(one.labels)
                tell(done, len(numbers))
        except BaseException:  # an interrupted run doesn't wait for what nobody asks for any more
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return _together(found)


def _together(parts: Sequence[Heard]) -> Heard:
    return Heard(
        labels=np.concatenate([one.labels for one in parts]),
        dead_air=np.concatenate([one.dead_air for one in parts]),
        possible=np.concatenate([one.possible for one in parts]),
        figures=[np.concatenate(rows) for rows in zip(*(one.figures for one in parts), strict=True)],
    )


_ears: list[_Ear] = []


def _begin(path: Path, model: Path | None, baselines: Sequence[Baseline]) -> None:
    threadpool_limits(1)  # two processes fill two cores; threads of BLAS would wait for each other by spinning
    _ears.append(_Ear(open_dataset(path), model, baselines))


def _hear_piece(numbers: Sequence[int]) -> Heard:
    return _ears[0](numbers)
