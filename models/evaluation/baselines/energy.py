"""The oldest way: what is quieter than a threshold is silent."""

from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from features.levels import rms_dbfs
from models.evaluation.baselines.protocol import ChunkHeard, Scorer


class Energy:
    """RMS of two seconds against a threshold."""

    name = "energy threshold"
    about = "RMS of the two seconds"
    needs = MappingProxyType[str, str]({})
    rests_on = ("features.levels",)

    def describe(self, chunk: ChunkHeard) -> NDArray[np.float32]:
        """RMS, dBFS."""
        return np.array([rms_dbfs(chunk.pcm)], dtype=np.float32)

    def learn(self, rows: NDArray[np.float32], truth: NDArray[np.bool_], seed: int) -> Scorer:
        """Nothing but the threshold is learnt, and that by whoever compares."""
        return _quieter


def _quieter(rows: NDArray[np.float32]) -> NDArray[np.float64]:
    return -rows[:, 0].astype(np.float64)
