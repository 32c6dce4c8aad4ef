"""The paper's way: the spectrum's top three left singular vectors and a random forest."""

from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from features.bases import top_bases
from features.spectrum import stft_magnitude
from models.evaluation.baselines.forest import forest
from models.evaluation.baselines.protocol import ChunkHeard, Scorer


class PaperBases:
    """Bases alone, as Orife, Walker and Flaks have it: they carry no level."""

    name = "the paper's bases + forest"
    about = "top three left singular vectors of the magnitude spectrum, random forest of 100 trees"
    needs = MappingProxyType[str, str]({})
    rests_on = ("features.bases", "features.lanczos", "features.spectrum", "models.evaluation.baselines.forest")

    def describe(self, chunk: ChunkHeard) -> NDArray[np.float32]:
        """Three bases one after another."""
        bases, _ = top_bases(stft_magnitude(chunk.pcm))
        return np.asarray(bases, dtype=np.float32).ravel()

    def learn(self, rows: NDArray[np.float32], truth: NDArray[np.bool_], seed: int) -> Scorer:
        """Grow the forest."""
        return forest(rows, truth, seed)
