"""Which examples there shall be: how many of each kind, and through which connections. A function of nothing else."""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.channel.conditions import CONDITIONS
from models.dataset.scene import Scene
from models.dataset.scenes import mixes, music, rooms, signals, talk
from models.dataset.splits import TEST, TRAIN, Side
from models.dataset.stage import Stage

Maker = Callable[[np.random.Generator, Stage], Scene | str]

_CLEAN: Final = 5  # one example in so many is clean; the others take the conditions in turn
_TURNS: Final = tuple(one for one in CONDITIONS if one not in {"clean", "loss_heavy"})


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of example.

    Attributes
    ----------
    maker : callable
    each : int
        Examples in train and in test.
    condition : str
        The one it goes through; empty: all in turn.
    """

    maker: Maker
    each: int
    condition: str = ""


KINDS: Final[dict[str, Kind]] = {
    "talk": Kind(talk.talk, 2000),
    "talk in noise": Kind(talk.talk_in_noise, 1200),
    "talk recorded in noise": Kind(talk.recorded_in_noise, 1600),
    "call recorded": Kind(talk.recorded_call, 900),
    "faint talk": Kind(talk.faint_talk, 1500),
    "late talk": Kind(talk.late_talk, 900),
    "talk over keys": Kind(talk.talk_over_keys, 200),
    "talk over music": Kind(talk.talk_over_music, 400),
    "silence then talk": Kind(mixes.silence_then_talk, 1400),
    "dead air then talk": Kind(mixes.dead_air_then_talk, 700),
    "room then talk": Kind(mixes.room_then_talk, 300),
    "talk then silence": Kind(mixes.talk_then_silence, 500),
    "ring-back then talk": Kind(mixes.ringback_then_talk, 500),
    "dead air then beep": Kind(mixes.dead_air_then_beep, 400),
    "silence then room": Kind(mixes.silence_then_room, 400),
    "dead air recorded": Kind(rooms.recorded_dead_air, 2200),
    "dead air made": Kind(rooms.made_dead_air, 800),
    "faint room": Kind(rooms.faint_room, 800),
    "clicks": Kind(rooms.clicks, 400),
    "transcoded silence": Kind(rooms.transcoded_silence, 400),
    "digital silence": Kind(rooms.zeros, 2000),
    "idle codes": Kind(rooms.idle, 700),
    "noise recorded": Kind(rooms.recorded_noise, 1300),
    "noise made": Kind(rooms.loud_room, 1200),
    "music made": Kind(music.made_music, 1400),
    "music recorded": Kind(music.recorded_music, 800),
    "faint music": Kind(music.faint_music, 500),
    "faint tone": Kind(signals.faint_tone, 500),
    "keys": Kind(signals.dialled, 1600),
    "modem": Kind(signals.modem, 900),
    "fax page": Kind(signals.fax_page, 700),
    "busy": Kind(signals.busy, 1600),
    "ring-back": Kind(signals.ringback, 1200),
    "information tones": Kind(signals.sit, 1600),
    "fax tones": Kind(signals.fax, 1600),
    "talk, much of it lost": Kind(talk.talk, 500, "loss_heavy"),
    "dead air, much of it lost": Kind(rooms.made_dead_air, 300, "loss_heavy"),
    "silence, much of it lost": Kind(rooms.zeros, 400, "loss_heavy"),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """One example to be made."""

    kind: str
    number: int
    side: Side
    condition: str


def wishes(scale: float) -> Iterator[Wish]:
    """All examples to be made, in order.

    Parameters
    ----------
    scale : float
        Of the numbers in `KINDS`; each kind has at least one example a side. Below 1 it is a part of the examples of
        1, drawn so that every condition has its share.

    Yields
    ------
    Wish
        Train first, fold after fold by turns.
    """
    for sides in (TRAIN, (TEST,)):
        for name, kind in KINDS.items():
            for number in _numbers(name, kind.each, max(round(kind.each * scale), 1), len(sides)):
                # turns are taken by number // folds, so that every fold meets every condition
                yield Wish(name, number, sides[number % len(sides)], kind.condition or _turn(number // len(sides)))


def _numbers(kind: str, each: int, wanted: int, folds: int) -> list[int]:
    """Which of a kind's examples: the first ones would all go through the first conditions. Folds stay even."""
    if wanted >= each:
        return list(range(wanted))
    chosen: list[int] = []
    for fold in range(folds):
        there = np.arange(fold, each, folds)
        drawn = np.random.default_rng([zlib.crc32(kind.encode()), fold]).permutation(there)
        chosen += drawn[: len(range(fold, wanted, folds))].tolist()
    return sorted(chosen)


def _turn(number: int) -> str:
    if number % _CLEAN == 0:
        return "clean"
    return _TURNS[(number - number // _CLEAN - 1) % len(_TURNS)]
