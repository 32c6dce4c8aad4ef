"""What the makers of scenes draw from, all of one side: recordings, voices, tunes."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from models.channel.packets import PACKET
from models.dataset.activity import call_talk, clean_talk, loudness, noisy_talk
from models.dataset.contents import NOBODY, Contents
from models.dataset.scene import FRAMES, LEAD, TOTAL, Origin, Pcm, Scene, levels
from models.dataset.sources import Recording, Shelf
from models.dataset.splits import Side, voice_side
from models.dataset.store import PACKETS
from models.sounds.music import hold_music
from models.sounds.speech import VOICES, conversation

_TALKS: Final = 10  # of each voice and side, so many readings
_TALK_S: Final = 12.0
_TUNES: Final = 120  # of each side
_TUNE_S: Final = 12.0
_CLEAN: Final = {"prompts", "spoken_digits"}


@dataclass(frozen=True, slots=True)
class Stage:
    """One side's material.

    Attributes
    ----------
    side : Side
    shelf : mapping of (str, Side) to tuple of Recording
    seed : int
        Of what is synthesised.
    """

    side: Side
    shelf: Shelf
    seed: int

    def recordings(self, folder: str) -> tuple[Recording, ...]:
        """Recordings of a set on this side; none where the set is absent."""
        return self.shelf.get((folder, self.side), ())

    def recording(self, rng: np.random.Generator, *folders: str) -> Recording | None:
        """One of this side's recordings, each set as likely as another; None where there is none."""
        found = [there for folder in folders if (there := self.recordings(folder))]
        if not found:
            return None
        chosen = found[int(rng.integers(len(found)))]
        return chosen[int(rng.integers(len(chosen)))]

    def synthetic_talk(self, rng: np.random.Generator) -> Scene:
        """Some seconds of a synthetic voice that talks on a silent line, cut anywhere."""
        voices = [voice for voice in VOICES if voice_side(voice) == self.side]
        voice, number = str(rng.choice(voices)), int(rng.integers(_TALKS))
        whole = _talk(voice, number, self.seed)
        first = int(rng.integers(0, whole.size // PACKET - FRAMES))
        piece = _cut(whole, first)
        origin = Origin("simulated", f"{voice} {number}", f"voice/{voice.partition('+')[2] or 'plain'}", voice)
        contents = clean_talk(levels(piece), loudness(levels(whole)))
        return Scene(piece, contents, origin, (f"espeak {voice} {number} from {first * 0.02:.2f} s",))

    def synthetic_music(self, rng: np.random.Generator) -> tuple[Pcm, Origin, str]:
        """Some seconds of a synthesised tune, cut anywhere."""
        number = int(rng.integers(_TUNES))
        name = f"tune {self.side.split} {self.side.fold} {number}"
        first = int(rng.integers(0, round(_TUNE_S * 50) - FRAMES))
        piece = _cut(_tune(self.seed, self.side.fold + 1, number), first)
        return piece, Origin("simulated", name, name), f"{name} from {first * 0.02:.2f} s"

    def recorded_talk(self, rng: np.random.Generator, *folders: str) -> Scene | None:
        """Some seconds of a recording of speech, with what its levels say of it; None where there is none."""
        found = self.recording(rng, *folders)
        if found is None:
            return None
        whole = found.pcm()
        piece, first = cut_anywhere(rng, whole)
        here, all_ = levels(piece), levels(whole)
        contents = _judged(found.origin.set, here, all_)
        contents[: max(-first, 0)] = NOBODY
        return Scene(piece, contents, found.origin, (f"{found.origin.recording} from {first * 0.02:.2f} s",))


def cut_anywhere(rng: np.random.Generator, whole: Pcm) -> tuple[Pcm, int]:
    """A scene's length of a recording, and its first frame (below 0: silence comes first).

    A recording shorter than a chunk lies anywhere in it, between zeros.
    """
    frames = whole.size // PACKET
    first = (
        int(rng.integers(-LEAD, frames - LEAD - PACKETS))
        if frames > PACKETS
        else -int(rng.integers(LEAD, LEAD + PACKETS - frames + 1))
    )
    return _cut(whole, first), first


def _cut(whole: Pcm, first: int) -> Pcm:
    out = np.zeros(TOTAL, dtype=np.int16)
    begin = max(first, 0) * PACKET
    piece = whole[begin : first * PACKET + TOTAL]
    start = max(-first, 0) * PACKET
    out[start : start + piece.size] = piece
    return out


def _judged(folder: str, here: np.ndarray, whole: np.ndarray) -> Contents:
    if folder in _CLEAN:
        return clean_talk(here, loudness(whole))
    return call_talk(here, whole) if folder == "speech_calls" else noisy_talk(here, whole)


@lru_cache(maxsize=1024)
def _talk(voice: str, number: int, seed: int) -> Pcm:
    rng = np.random.default_rng([seed, 11, VOICES.index(voice), number])
    return conversation(rng, _TALK_S, voices=[voice], room_dbfs=-120.0)


@lru_cache(maxsize=256)
def _tune(seed: int, side: int, number: int) -> Pcm:
    return hold_music(np.random.default_rng([seed, 12, side, number]), round(_TUNE_S * 8000), -20.0)
