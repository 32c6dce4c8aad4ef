"""Blocks whose label follows from a definition: nothing came, silence codes, a tone."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.blocks import BLOCK_NAMES
from models.evidence import ALL_FAMILIES, Evidence
from models.rules import SILENCE_CODES

RECEIVED: Final = BLOCK_NAMES.index("received_share")
LEVEL: Final = BLOCK_NAMES.index("level_db")
_BEYOND_8: Final = BLOCK_NAMES.index("beyond8_share")

CERTAIN: Final[tuple[str, ...]] = (
    *("digital_silence", "no_media", "comfort_noise"),
    *("dtmf", "ringback", "busy", "sit", "modem", "fax"),
)
UNCERTAIN: Final = -1
_MOSTLY: Final = 0.5
# share of a block: a digit of 50 ms is one, and of the others any piece is
_TONE_SHARES: Final = {"dtmf": 0.25, "ringback": 0.1, "busy": 0.1, "sit": 0.1, "modem": 0.1, "fax": 0.1}
_PURE_ZERO_DBFS: Final = -82.0  # one sample in ten of ±8, the others 0
_EXPLAINED: Final = 0.9  # share of the faint samples that must be the law's silence codes


def certain_blocks(evidence: Sequence[Evidence]) -> NDArray[np.int64]:
    """Label of each block that needs no model.

    Parameters
    ----------
    evidence : sequence of Evidence

    Returns
    -------
    ndarray of int64, shape (len(evidence), 10)
        Place in `CERTAIN`: ``no_media`` or ``comfort_noise`` where nothing coded came, ``digital_silence``, or a
        tone's label; `UNCERTAIN` where the sound has to be judged.
    """
    blocks = np.stack([one.blocks for one in evidence])
    tones = np.stack([one.tone_blocks for one in evidence])
    codes = np.array([one.silence_code_share for one in evidence])
    noise = np.array([one.comfort_noise_share for one in evidence])
    received = blocks[:, :, RECEIVED].astype(np.float64)
    found = np.full(received.shape, UNCERTAIN, np.int64)
    found[_silent(blocks, received, codes)] = CERTAIN.index("digital_silence")
    absent = received < _MOSTLY
    found[absent] = CERTAIN.index("no_media")
    found[absent & (noise > 0.0)[:, None]] = CERTAIN.index("comfort_noise")
    for name, share in _TONE_SHARES.items():
        found[tones[:, :, ALL_FAMILIES.index(name)] >= share] = CERTAIN.index(name)
    return found


def _silent(
    blocks: NDArray[np.float32], received: NDArray[np.float64], codes: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Which blocks are silence codes.

    A block knows how many of its samples are ±8 or less, which are silence codes of A-law and idle noise of mu-law.
    The chunk knows how many are silence codes: do they explain the faint samples, the faint blocks are silent.
    """
    faint = (1.0 - blocks[:, :, _BEYOND_8].astype(np.float64)) * received
    blank = faint >= SILENCE_CODES * np.maximum(received, 1e-9)
    explained = codes * received.sum(axis=1) >= _EXPLAINED * faint.sum(axis=1)
    return np.asarray(blank & (explained[:, None] | (blocks[:, :, LEVEL] <= _PURE_ZERO_DBFS)))
