"""Somebody else speaks while the message is played."""

from functools import partial
from typing import Final

import numpy as np

from bench.replay.distortions.kind import Apply, Company, Distorted, Distortion, Pcm, Rng, under


def talked_over(snr_db: float, rng: Rng, pcm: Pcm, company: Company) -> Distorted:
    """One other talker at a ratio."""
    return Distorted(under(pcm, company.talker(rng, pcm.size).astype(np.float64), snr_db))


def over(snr_db: float) -> Apply:
    """Double talk at a ratio."""
    return partial(talked_over, snr_db)


DISTORTIONS: Final = tuple(Distortion(f"double talk {ratio} dB", "double talk", over(ratio)) for ratio in (10, 5, 0))
