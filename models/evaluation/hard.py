"""Which chunks are asked about apart: those most like dead air, the silences it is mistaken for, and speech."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.channel.packets import LOST
from models.dataset.store import PACKETS, Dataset, Entry
from models.rules import DEAD_AIR_DBFS

FAINTEST_SPEECH_DBFS: Final = -66.0
SPEECH_FLOOR_DBFS: Final = -60.0

# what the codes or the packets say by themselves: it is as quiet as dead air and not like it
_TOLD_APART: Final = frozenset({"digital_silence", "comfort_noise", "no_media", "undecided"})
_MUCH: Final = PACKETS // 2


def is_hard(entry: Entry) -> bool:
    """Whether a chunk is in dead air's box of levels, isn't dead air, and has to be heard to know it.

    Speech fainter than -66 dBFS is left out: below it little but the codec's noise is left.
    """
    if entry.label == "dead_air" or entry.label in _TOLD_APART or entry.rms_dbfs >= DEAD_AIR_DBFS:
        return False
    return entry.label != "speech" or entry.rms_dbfs >= FAINTEST_SPEECH_DBFS


def silence_case(dataset: Dataset, number: int) -> str | None:
    """Name the silence that a chunk could be mistaken for dead air by; None where there is none or it is dead air.

    Returns
    -------
    {"digital silence", "lost packets", "silence before speech"} or None
        Lost packets: at least half of the chunk. Silence before speech: silence codes that a talker ends.
    """
    entry = dataset.entries[number]
    if entry.label == "dead_air":
        return None
    if int(np.count_nonzero(dataset.packets[number] == LOST)) >= _MUCH:
        return "lost packets"
    if entry.label == "digital_silence":
        return "digital silence"
    heard = [label for label, _, _ in entry.passages]
    if heard[:1] == ["digital_silence"] and "speech" in heard:
        return "silence before speech"
    return None


def speech_to_keep(entries: list[Entry]) -> NDArray[np.bool_]:
    """Which chunks are speech of -60 dBFS and more, shape (n,)."""
    return np.array([one.label == "speech" and one.rms_dbfs >= SPEECH_FLOOR_DBFS for one in entries], dtype=np.bool_)
