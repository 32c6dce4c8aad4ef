"""What detectors of tones share: samples at 8 kHz, a mask of those that came, and the power of a level."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE: Final = 8000
MAX_SNR_DB: Final = 60.0  # what 16 bits can't tell from more


def power_at(dbm0: float, dbm0_offset: float) -> float:
    """Mean square, in squared sample units, of a level in dBm0; `dbm0_offset` is dBm0 minus dBFS, dB."""
    return float(32768.0**2 * 10 ** ((dbm0 - dbm0_offset) / 10))


def check_rate(rate: int) -> None:
    """Raise ValueError for another rate than 8000 samples a second."""
    if rate != SAMPLE_RATE:
        raise ValueError(f"tones are found at {SAMPLE_RATE} Hz only, not {rate}: resample first")


def check_samples(pcm: NDArray[np.int16], received: NDArray[np.bool_] | None) -> None:
    """Raise ValueError where samples aren't one-dimensional int16, or the mask isn't as many bool."""
    if pcm.dtype != np.int16 or pcm.ndim != 1:
        raise ValueError(f"pcm must be one-dimensional int16, not {pcm.ndim}-dimensional {pcm.dtype}")
    if received is not None and (received.dtype != np.bool_ or received.shape != pcm.shape):
        raise ValueError(f"received must be {len(pcm)} bool, not {received.dtype} of shape {received.shape}")
