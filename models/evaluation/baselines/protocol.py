"""What every baseline is: figures of a chunk, and a score of dead air learnt from such figures."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.dataset.measured import measure_one
from models.dataset.store import Dataset
from models.evidence import Evidence

Scorer = Callable[[NDArray[np.float32]], NDArray[np.float64]]


class ChunkHeard:
    """One chunk of a data set; what nobody asks for isn't reckoned, so that each way pays for what it uses.

    Parameters
    ----------
    dataset : Dataset
    number : int
    """

    def __init__(self, dataset: Dataset, number: int) -> None:
        self._dataset, self._number = dataset, number

    @cached_property
    def pcm(self) -> NDArray[np.int16]:
        """Samples, shape (16000,), zero where nothing coded came."""
        return self._dataset.pcm(self._number)

    @cached_property
    def samples(self) -> NDArray[np.float32]:
        """Samples as most libraries want them: -1 to 1."""
        return self.pcm.astype(np.float32) / 32768.0

    @cached_property
    def evidence(self) -> Evidence:
        """What our own model is given."""
        return measure_one(self._dataset, self._number)


class Baseline(Protocol):
    """A way to tell dead air from everything else."""

    @property
    def name(self) -> str:
        """Short, for tables and legends."""
        ...

    @property
    def about(self) -> str:
        """What it does, in a sentence's worth of words."""
        ...

    @property
    def needs(self) -> Mapping[str, str]:
        """Modules of the extra ``train`` that it uses, each with the distribution that it comes in."""
        ...

    @property
    def rests_on(self) -> tuple[str, ...]:
        """Modules and packages of ours whose change changes its answers, its own apart."""
        ...

    def describe(self, chunk: ChunkHeard) -> NDArray[np.float32]:
        """Figures of one chunk, shape (k,), always the same k."""
        ...

    def learn(self, rows: NDArray[np.float32], truth: NDArray[np.bool_], seed: int) -> Scorer:
        """Learn from figures, shape (n, k), and what is dead air, shape (n,); the scorer's higher is likelier."""
        ...
