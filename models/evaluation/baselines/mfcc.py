"""What most would try first: statistics of MFCCs and a random forest."""

from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from models.evaluation.baselines.forest import forest
from models.evaluation.baselines.protocol import ChunkHeard, Scorer
from models.evaluation.extras import needed

_COEFFICIENTS = 20
_WINDOW, _HOP, _BANDS = 256, 128, 40  # samples at 8 kHz; librosa's own defaults are made for music at 22 kHz


class Mfcc:
    """Mean and deviation of twenty coefficients, from librosa."""

    name = "MFCC + forest"
    about = "mean and deviation of 20 MFCCs (librosa), random forest of 100 trees"
    needs = MappingProxyType({"librosa": "librosa"})
    rests_on = ("models.evaluation.baselines.forest",)

    def describe(self, chunk: ChunkHeard) -> NDArray[np.float32]:
        """Means, then deviations, shape (40,)."""
        found = needed("librosa").feature.mfcc(
            y=chunk.samples, sr=8000, n_mfcc=_COEFFICIENTS, n_fft=_WINDOW, hop_length=_HOP, n_mels=_BANDS
        )
        return np.concatenate([found.mean(axis=1), found.std(axis=1)]).astype(np.float32)

    def learn(self, rows: NDArray[np.float32], truth: NDArray[np.bool_], seed: int) -> Scorer:
        """Grow the forest."""
        return forest(rows, truth, seed)
