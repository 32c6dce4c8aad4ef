"""Time and frequency as fingerprints count them."""

from typing import Final

import numpy as np

FINGERPRINT_VERSION: Final = 2  # of everything here; stands in every key and beside every stored word

RATE: Final = 8000
WINDOW: Final = 1024  # samples, 128 ms
HOP: Final = 128  # samples, 16 ms: frame f begins at sample 128 f
CHUNK_FRAMES: Final = 125  # two seconds
CHUNK_SAMPLES: Final = CHUNK_FRAMES * HOP + WINDOW  # 17,024: lead-in and two seconds, 126 frames

BINS_PER_OCTAVE: Final = 144  # of the logarithmic axis on which a change of pitch is a shift
LOWEST_HZ: Final = 230.0  # below lies what a telephone's high-pass takes away
HIGHEST_HZ: Final = 3500.0
BINS: Final = int(np.log2(HIGHEST_HZ / LOWEST_HZ) * BINS_PER_OCTAVE) + 1  # 566

BIN_HZ: Final = RATE / WINDOW  # of the spectrum, linear
LOW: Final = int(LOWEST_HZ / BIN_HZ) - 1  # first and ...
HIGH: Final = int(HIGHEST_HZ / BIN_HZ) + 3  # ... past the last linear bin that peaks are sought in


def frames_in(samples: int) -> int:
    """Count the windows that lie wholly inside so many samples."""
    return 0 if samples < WINDOW else (samples - WINDOW) // HOP + 1
