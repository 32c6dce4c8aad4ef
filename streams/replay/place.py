"""Places: call, frame and bin of a posting in one number, as the index stores them."""

import numpy as np
from numpy.typing import NDArray


def packed(call: int | NDArray[np.uint32], frames: NDArray[np.int32], bins: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Pack the call's number, 32 bits, above the frame, 16 bits, above the bin, 8 bits.

    Raises
    ------
    ValueError
        If a frame needs more than 16 bits.
    """
    if len(frames) and not 0 <= int(frames.min()) <= int(frames.max()) < 1 << 16:
        raise ValueError("frames of postings are 0 to 65535")
    below: NDArray[np.uint64] = (frames.astype(np.uint64) << np.uint64(8)) + bins.astype(np.uint64)
    return (np.asarray(call, np.uint64) << np.uint64(24)) + below


def unpacked(
    places: NDArray[np.uint64],
) -> tuple[NDArray[np.uint32], NDArray[np.uint16], NDArray[np.uint8]]:
    """Call numbers, frames and bins of places."""
    return (
        (places >> np.uint64(24)).astype(np.uint32),
        (places >> np.uint64(8)).astype(np.uint16),
        places.astype(np.uint8),
    )
