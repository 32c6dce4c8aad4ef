"""Messages of 10 to 30 s: prompts of one voice joined, and sentences that a synthesiser speaks."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.sounds.scale import RATE
from models.sounds.speech import VOICES, speak

Pcm = NDArray[np.int16]
Rng = np.random.Generator

SHORTEST_S, LONGEST_S = 10.0, 30.0
_GAP_S: Final = (0.12, 0.5)
_CONSONANTS: Final = ("b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "br", "tr", "st", "pl")
_VOWELS: Final = ("a", "e", "i", "o", "u")
_WORDS: Final = (4, 10)  # of a sentence


def joined(rng: Rng, prompts: Sequence[tuple[str, Pcm]]) -> Iterator[tuple[tuple[str, ...], Pcm]]:
    """Join prompts of one voice to messages, each prompt in one message only; what is left over at the end goes.

    Yields
    ------
    names : tuple of str
        Of the prompts in it.
    message : ndarray of int16
    """
    parts: list[Pcm] = []
    names: list[str] = []
    wanted, length = 0, 0
    for place in rng.permutation(len(prompts)):
        name, pcm = prompts[place]
        if not wanted:
            wanted = round(RATE * float(rng.uniform(SHORTEST_S, LONGEST_S - 6.0)))
        parts += [pcm, np.zeros(round(RATE * float(rng.uniform(*_GAP_S))), np.int16)]
        names.append(name)
        length += parts[-1].size + parts[-2].size
        if length >= wanted:
            yield tuple(names), np.concatenate(parts)[: round(LONGEST_S * RATE)]
            parts, names, wanted, length = [], [], 0, 0


def made(rng: Rng) -> tuple[str, Pcm]:
    """Let one of the synthesiser's voices speak made-up words, so that no two messages share a phrase; its name first.

    Raises
    ------
    SynthesiserError
        When the synthesiser isn't there.
    """
    voice = str(rng.choice(list(VOICES)))
    pitch, rate = int(rng.integers(30, 71)), int(rng.integers(140, 200))
    wanted = round(RATE * float(rng.uniform(SHORTEST_S, LONGEST_S - 6.0)))
    parts: list[Pcm] = []
    while sum(part.size for part in parts) < wanted:
        said = speak(_sentence(rng), voice=voice, pitch=pitch, rate=rate, rng=rng)
        parts += [said, np.zeros(round(RATE * float(rng.uniform(*_GAP_S))), np.int16)]
    return voice, np.concatenate(parts)[: round(LONGEST_S * RATE)]


def _sentence(rng: Rng) -> str:
    words = []
    for _ in range(int(rng.integers(*_WORDS))):
        syllables = int(rng.integers(1, 4))
        words.append("".join(str(rng.choice(_CONSONANTS)) + str(rng.choice(_VOWELS)) for _ in range(syllables)))
    return " ".join(words) + "."
