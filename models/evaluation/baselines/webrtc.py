"""WebRTC's voice activity detector: dead air is where it hears the least voice."""

from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from models.evaluation.baselines.fewest import fewest
from models.evaluation.baselines.protocol import ChunkHeard, Scorer
from models.evaluation.extras import needed

_FRAME = 240  # samples: 30 ms, the longest it takes
_MODES = (0, 1, 2, 3)  # aggressiveness


class Webrtc:
    """Share of voiced frames, at the aggressiveness that does best on the training chunks."""

    name = "WebRTC VAD"
    about = "share of frames of 30 ms that it calls voiced, at its best aggressiveness"
    needs = MappingProxyType({"webrtcvad": "webrtcvad-wheels"})
    rests_on = ("models.evaluation.baselines.fewest",)

    def describe(self, chunk: ChunkHeard) -> NDArray[np.float32]:
        """Share of voiced frames at each aggressiveness, 0 to 1, shape (4,)."""
        coded = chunk.pcm.astype("<i2").tobytes()
        step = 2 * _FRAME
        frames = [coded[at : at + step] for at in range(0, len(coded) - step + 1, step)]
        voiced = []
        for mode in _MODES:  # a detector adapts to what it has heard: every chunk gets a fresh one
            detector = needed("webrtcvad").Vad(mode)
            voiced.append(sum(detector.is_speech(frame, 8000) for frame in frames) / len(frames))
        return np.array(voiced, dtype=np.float32)

    def learn(self, rows: NDArray[np.float32], truth: NDArray[np.bool_], seed: int) -> Scorer:
        """Choose the aggressiveness."""
        return fewest(rows, truth)
