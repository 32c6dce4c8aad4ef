"""A scene: some seconds of sound with its truth, before any channel."""

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.levels import frame_levels_dbfs, rms_dbfs
from models.channel.line import gain, mix
from models.channel.packets import PACKET
from models.dataset.contents import Contents, together
from models.dataset.store import PACKETS

Pcm = NDArray[np.int16]

# A chunk is cut out of a little more, so that codecs, echoes and pause detectors have a before and an after.
LEAD: Final = 15  # packets: 300 ms
TAIL: Final = 5
FRAMES: Final = LEAD + PACKETS + TAIL
TOTAL: Final = FRAMES * PACKET
CHUNK: Final = slice(LEAD * PACKET, (LEAD + PACKETS) * PACKET)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a sound comes from, in the terms of `models.dataset.store.Entry`."""

    set: str
    recording: str
    group: str
    talker: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """Sound and truth.

    Attributes
    ----------
    pcm : ndarray of int16, shape (19200,)
        300 ms of lead-in, a chunk, 100 ms of what comes after.
    contents : ndarray of uint8, shape (120,)
        What sounds in each 20 ms, of `models.dataset.contents.CONTENTS`.
    origin : Origin
        Of the leading sound.
    chain : tuple of str
        How it was made.
    snr_db : float or None
        Sound over added noise.
    """

    pcm: Pcm
    contents: Contents
    origin: Origin
    chain: tuple[str, ...] = field(default=())
    snr_db: float | None = None

    def at(self, level_dbfs: float, most_db: float = 60.0) -> "Scene":
        """The scene with its chunk at an RMS level, made louder by no more than `most_db`."""
        if not self.pcm[CHUNK].any():
            return self
        change = min(level_dbfs - rms_dbfs(self.pcm[CHUNK]), most_db)
        return replace(self, pcm=gain(self.pcm, change), chain=(*self.chain, f"gain {change:+.1f} dB"))

    def over(self, other: "Scene") -> "Scene":
        """Both at once; the origin stays this one's."""
        return replace(
            self,
            pcm=mix(self.pcm, other.pcm),
            contents=together(self.contents, other.contents),
            chain=(*self.chain, *(f"over {step}" for step in other.chain)),
        )

    def from_frame(self, frame: int, other: "Scene", join: str) -> "Scene":
        """The other scene up to a frame of this one's, then this one; the origin stays this one's."""
        sample = frame * PACKET
        return replace(
            self,
            pcm=np.concatenate([other.pcm[:sample], self.pcm[sample:]]),
            contents=np.concatenate([other.contents[:frame], self.contents[frame:]]),
            chain=(*other.chain, f"{join} at {(frame - LEAD) * 0.02:+.2f} s", *self.chain),
        )


def levels(pcm: Pcm) -> NDArray[np.float64]:
    """Level of each 20 ms, dBFS."""
    return frame_levels_dbfs(pcm, frame=PACKET)
