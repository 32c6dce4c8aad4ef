"""A block of 200 ms as the numbers that its model sees: its own, its neighbours', and the chunk's around it."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.blocks import BLOCK_NAMES, BLOCKS
from models.evidence import ALL_FAMILIES, FAMILIES, Evidence

# of neighbours and of the chunk only what tells where something begins
_EDGES: Final = ("level_db", "level_max_db", "voicing_max", "flatness", "likeness", "beyond24_share")
_EDGE_PLACES: Final = [BLOCK_NAMES.index(name) for name in _EDGES]
BLOCK_COLUMNS: Final[tuple[str, ...]] = (
    *BLOCK_NAMES,
    *(f"{family}_share" for family in FAMILIES),
    *(f"before_{name}" for name in _EDGES),
    *(f"after_{name}" for name in _EDGES),
    *(f"least_{name}" for name in _EDGES),
    *(f"most_{name}" for name in _EDGES),
)
_BEYOND_AUDIO: Final = 1e6


def block_matrix(evidence: Sequence[Evidence]) -> NDArray[np.float32]:
    """Ten rows for each chunk.

    Parameters
    ----------
    evidence : sequence of Evidence

    Returns
    -------
    ndarray of float32, shape (10 * len(evidence), len(BLOCK_COLUMNS))

    Raises
    ------
    ValueError
        When blocks have another shape, or anything in them isn't finite.
    """
    if not evidence:
        return np.zeros((0, len(BLOCK_COLUMNS)), np.float32)
    blocks = np.stack([one.blocks for one in evidence]).astype(np.float32)
    tones = np.stack([one.tone_blocks for one in evidence]).astype(np.float32)
    if blocks.shape[1:] != (BLOCKS, len(BLOCK_NAMES)) or tones.shape[1:] != (BLOCKS, len(ALL_FAMILIES)):
        raise ValueError(f"a chunk has {BLOCKS} blocks of {len(BLOCK_NAMES)} numbers, not shape {blocks.shape[1:]}")
    if not (np.abs(blocks) < _BEYOND_AUDIO).all() or not (np.abs(tones) <= 1.0).all():
        raise ValueError("the blocks hold NaN, infinity or numbers that no audio gives")
    edges = blocks[:, :, _EDGE_PLACES]
    before = np.concatenate([edges[:, :1], edges[:, :-1]], axis=1)
    after = np.concatenate([edges[:, 1:], edges[:, -1:]], axis=1)
    least = np.broadcast_to(edges.min(axis=1, keepdims=True), edges.shape)
    most = np.broadcast_to(edges.max(axis=1, keepdims=True), edges.shape)
    rows = np.concatenate([blocks, tones[:, :, : len(FAMILIES)], before, after, least, most], axis=2)
    return np.ascontiguousarray(rows.reshape(-1, rows.shape[2]))
