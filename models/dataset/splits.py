"""Who is on which side: a talker, a device, a recording is wholly trained on, in one fold, or wholly tested on."""

import hashlib
from dataclasses import dataclass
from typing import Final

from models.dataset.store import Split

FOLDS: Final = 5


@dataclass(frozen=True, slots=True, order=True)
class Side:
    """Train with a fold of 0 to 4, or test with fold -1."""

    split: Split
    fold: int


TEST: Final = Side("test", -1)
TRAIN: Final[tuple[Side, ...]] = tuple(Side("train", fold) for fold in range(FOLDS))
SIDES: Final[tuple[Side, ...]] = (*TRAIN, TEST)

# Of so few talkers or tunes that chance would put all or none on a side. Both Allisons are one person.
_GIVEN: Final = {
    "prompts/it_IT_m_Carlo": TEST,
    "prompts/en_US_f_Allison": TRAIN[0],
    "prompts/es_MX_f_Allison": TRAIN[0],
    "spoken_digits/george": TRAIN[1],
    "spoken_digits/jackson": TRAIN[2],
    "spoken_digits/nicolas": TEST,
    "spoken_digits/theo": TEST,
    "hold_music/macroform": TRAIN[3],
    "hold_music/manolo": TEST,
    "hold_music/reno": TEST,
    "fax/p0": TRAIN[0],
    "fax/p1": TEST,
    "fax/p2": TRAIN[2],
    "fax/p3": TEST,
    "fax/p4": TRAIN[4],
    "fax/p5": TEST,
}
# A variant of the synthesiser is a talker, whatever the language.
_VARIANTS: Final = ("", "+m1", "+m2", "+m3", "+m4", "+m5", "+m6", "+m7", "+f1", "+f2", "+f3", "+f4", "+f5")


def side_of(group: str) -> Side:
    """Side of a group.

    Parameters
    ----------
    group : str
        Set and what is kept together in it, as in "spoken_digits/theo".

    Returns
    -------
    Side
        The same in every run: by table, else half and half by a hash of the name.
    """
    if group in _GIVEN:
        return _GIVEN[group]
    drawn = hashlib.sha256(group.encode()).digest()
    return TEST if drawn[0] % 2 else TRAIN[drawn[1] % FOLDS]


def voice_side(voice: str) -> Side:
    """Side of a synthetic voice: every second variant is tested on."""
    _, plus, variant = voice.partition("+")
    place = _VARIANTS.index(plus + variant)
    return TEST if place % 2 else TRAIN[place // 2 % FOLDS]
