"""Calls from scripts: the same seed and data set make the same calls."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from features.g711 import Law
from models.evaluation.calls.material import Material, Sound, joined
from models.evaluation.calls.scripts import KINDS, Script, write_script

_LAWS: Final[tuple[Law, ...]] = ("pcmu", "pcma")
CHUNK_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class MadeCall:
    """A call that is ready to be heard.

    Attributes
    ----------
    number : int
        Which of all.
    script : Script
    law : {"pcmu", "pcma"}
    sound : Sound
    """

    number: int
    script: Script
    law: Law
    sound: Sound

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return sum(part.seconds for part in self.script.stretches)

    def truth(self, until_s: float) -> str:
        """What the call is, by what has sounded in it for half a second or more until a moment."""
        label, begin = self.script.stretches[0].call, 0.0
        for part in self.script.stretches:
            if begin + 0.5 <= until_s:
                label = part.call
            begin += part.seconds
        return label

    @property
    def turns_s(self) -> float:
        """When the call becomes what it stays, seconds."""
        begin, turned = 0.0, 0.0
        label = ""
        for part in self.script.stretches:
            if part.call != label:
                label, turned = part.call, begin
            begin += part.seconds
        return turned


def made_calls(material: Material, seed: int, scale: float = 1.0) -> Iterator[MadeCall]:
    """Make calls of every kind, about 1,000 at scale 1.

    Parameters
    ----------
    material : Material
        From one side of the split.
    seed : int
    scale : float
        Of the numbers of `KINDS`; at least one call of each is made.
    """
    number = 0
    for place, (kind, count) in enumerate(KINDS.items()):
        for one in range(max(round(count * scale), 1)):
            rng = np.random.default_rng([seed, place, one])
            law = _LAWS[int(rng.integers(2))]
            script = write_script(rng, kind)
            parts = [material.sound(rng, part.sound, part.seconds, law) for part in script.stretches if part.seconds]
            yield MadeCall(number, script, law, joined(parts))
            number += 1
