"""What a way costs: CPU milliseconds of one chunk on one core, from coded samples to score."""

import time
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from threadpoolctl import threadpool_limits

from models.classifier import ChunkClassifier
from models.dataset.store import Dataset
from models.evaluation.baselines.protocol import Baseline, ChunkHeard, Scorer

BATCH: Final = 32  # chunks a score is asked for at once
_WARM: Final = 2  # batches before the clock counts: compilers, caches, a network's first run


def baseline_cost(way: Baseline, scorer: Scorer, dataset: Dataset, numbers: Sequence[int]) -> float:
    """Milliseconds a chunk of a baseline, its figures and its score; `numbers` are at least three batches of 32."""

    def once(batch: Sequence[int]) -> None:
        scorer(np.stack([way.describe(ChunkHeard(dataset, number)) for number in batch]))

    return _milliseconds(once, numbers)


def own_cost(classifier: ChunkClassifier, dataset: Dataset, numbers: Sequence[int]) -> float:
    """Milliseconds a chunk of our model, tones, passages and all labels; `numbers` are at least three batches of 32."""

    def once(batch: Sequence[int]) -> None:
        classifier.classify([ChunkHeard(dataset, number).evidence for number in batch])

    return _milliseconds(once, numbers)


def _milliseconds(once: Callable[[Sequence[int]], None], numbers: Sequence[int]) -> float:
    batches = [numbers[at : at + BATCH] for at in range(0, len(numbers) - BATCH + 1, BATCH)]
    if len(batches) <= _WARM:
        raise ValueError(f"{len(numbers)} chunks are too few to time: at least {(_WARM + 1) * BATCH} are needed")
    with threadpool_limits(1):  # threads that wait by spinning would be counted as work
        for batch in batches[:_WARM]:
            once(batch)
        began = time.process_time()
        for batch in batches[_WARM:]:
            once(batch)
        return 1e3 * (time.process_time() - began) / (BATCH * (len(batches) - _WARM))
