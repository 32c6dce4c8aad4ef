"""What happens in a call, as a script: what sounds for how long, and what the call is from then on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

SHORTEST_S, LONGEST_S = 6.0, 20.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a call.

    Attributes
    ----------
    sound : str
        A label of the data set, or a sound of `models.evaluation.calls.material`.
    seconds : float
    call : str
        What the call is as soon as this has begun: a label.
    """

    sound: str
    seconds: float
    call: str


@dataclass(frozen=True, slots=True)
class Script:
    """A call to be made: its kind and its parts, in order."""

    kind: str
    stretches: tuple[Stretch, ...]


# kind to how many of 1,000 calls are of it; the commonest are those that must not be turned away
KINDS: Final[dict[str, int]] = {
    "speech": 200,
    "faint speech": 60,
    "dead air, speech from 2 s": 60,
    "dead air, speech from 3 s": 60,
    "dead air, speech from 5 s": 60,
    "digital silence, speech from 2 s": 30,
    "digital silence, speech from 3 s": 30,
    "digital silence, speech from 5 s": 30,
    "ring-back, then speech": 60,
    "hold music, then speech": 50,
    "speech, then a long pause, then speech": 60,
    "a word of speech, then a long pause": 60,
    "dead air": 80,
    "digital silence": 40,
    "noise": 50,
    "hold music": 30,
    "fax": 40,
    "busy": 30,
    "keys": 30,
}
# calls in which somebody speaks, sooner or later
SPOKEN: Final[tuple[str, ...]] = tuple(kind for kind in KINDS if "speech" in kind)


def write_script(rng: np.random.Generator, kind: str) -> Script:
    """Draw a call of a kind, 6 to 20 s long.

    Raises
    ------
    ValueError
        When there is no such kind.
    """
    if kind not in KINDS:
        raise ValueError(f"no calls of kind {kind!r}")
    length = float(rng.uniform(SHORTEST_S, LONGEST_S))
    return Script(kind, tuple(_stretches(rng, kind, length)))


def _stretches(rng: np.random.Generator, kind: str, length: float) -> list[Stretch]:
    before, _, later = kind.partition(", ")
    if later.startswith("speech from"):
        return _until_speech(before.replace(" ", "_"), float(later.split()[2]) + float(rng.uniform(0.0, 0.5)), length)
    if kind in _MIXED:
        return _MIXED[kind](rng, length)
    sound = {"hold music": "music_or_hold"}.get(kind, kind.replace(" ", "_"))
    return [Stretch(sound, length, "speech" if kind == "faint speech" else sound)]


def _until_speech(sound: str, wait: float, length: float) -> list[Stretch]:
    return [Stretch(sound, wait, sound), Stretch("speech", max(length - wait, 4.0), "speech")]


def _paused(rng: np.random.Generator, _length: float) -> list[Stretch]:
    pause = str(rng.choice(["dead_air", "digital_silence"]))
    return [
        Stretch("speech", float(rng.uniform(2.5, 5.0)), "speech"),
        Stretch(pause, float(rng.uniform(4.0, 9.0)), "speech"),
        Stretch("speech", float(rng.uniform(3.0, 6.0)), "speech"),
    ]


def _word(rng: np.random.Generator, _length: float) -> list[Stretch]:
    return [
        Stretch("speech", float(rng.uniform(1.0, 2.5)), "speech"),
        Stretch("dead_air", float(rng.uniform(5.0, 9.0)), "speech"),
    ]


def _fax(rng: np.random.Generator, _length: float) -> list[Stretch]:
    return [
        Stretch("dead_air", float(rng.uniform(0.0, 1.5)), "dead_air"),
        Stretch("cng", float(rng.uniform(4.0, 9.0)), "fax"),
        Stretch("modem", float(rng.uniform(2.0, 6.0)), "fax"),
    ]


def _keys(rng: np.random.Generator, length: float) -> list[Stretch]:
    quiet = float(rng.uniform(0.5, 2.5))
    return [Stretch("dead_air", quiet, "dead_air"), Stretch("dtmf", length - quiet, "dtmf")]


_MIXED: Final[dict[str, Callable[[np.random.Generator, float], list[Stretch]]]] = {
    "speech, then a long pause, then speech": _paused,
    "ring-back, then speech": lambda rng, length: _until_speech("ringback", float(rng.uniform(4.0, 10.0)), length),
    "hold music, then speech": lambda rng, length: _until_speech("music_or_hold", float(rng.uniform(4.0, 8.0)), length),
    "a word of speech, then a long pause": _word,
    "fax": _fax,
    "keys": _keys,
}
