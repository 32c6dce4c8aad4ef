"""Scenes that change within the chunk: silence, a ring, a room, and then something else, or the other way round."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from models.dataset.contents import RINGBACK
from models.dataset.scene import LEAD, Scene
from models.dataset.scenes import rooms
from models.dataset.scenes.signals import beep, ringback
from models.dataset.scenes.talk import begun, clean, spoken
from models.dataset.stage import Stage

_LATEST: Final = 88  # frame of a chunk at which something still begins: 240 ms are left of it


def silence_then_talk(rng: np.random.Generator, stage: Stage) -> Scene | str:
    """Exact zeros, then somebody speaks: a call that has just been connected."""
    return _then_talk(rng, stage, rooms.zeros if rng.random() < 0.8 else rooms.idle)


def dead_air_then_talk(rng: np.random.Generator, stage: Stage) -> Scene | str:
    """Dead air, then somebody speaks over it."""
    return _then_talk(rng, stage, _dead_air, under=True)


def room_then_talk(rng: np.random.Generator, stage: Stage) -> Scene | str:
    """Room noise, then somebody speaks in it."""
    return _then_talk(rng, stage, lambda r, s: rooms.loud_room(r, s).at(float(r.uniform(-58.0, -45.0))), under=True)


def ringback_then_talk(rng: np.random.Generator, stage: Stage) -> Scene | str:
    """It rings, and is answered."""
    ring = ringback(rng, stage)
    if isinstance(ring, str):
        return ring
    frame = LEAD + int(rng.integers(20, 85))
    if np.count_nonzero(ring.contents[LEAD:frame] == RINGBACK) < 15:
        return "between two rings"
    found = begun(rng, stage, frame)
    if isinstance(found, str):
        return found
    scene = found.at(float(rng.uniform(-38.0, -15.0)))
    return _spoken_enough(scene.from_frame(frame - 3, ring, "then"))


def talk_then_silence(rng: np.random.Generator, stage: Stage) -> Scene | str:
    """Somebody speaks and is cut off, or hangs up: zeros or dead air after it."""
    found = clean(rng, stage)
    if isinstance(found, str):
        return found
    after = rooms.zeros(rng, stage) if rng.random() < 0.5 else _dead_air(rng, stage)
    frame = LEAD + int(rng.integers(12, 90))
    said = found.at(float(rng.uniform(-38.0, -15.0)))
    return _spoken_enough(replace(after.from_frame(frame, said, "cut off"), origin=found.origin))


def dead_air_then_beep(rng: np.random.Generator, stage: Stage) -> Scene:
    """Dead air or zeros, and an answering machine's beep."""
    under = rooms.zeros(rng, stage) if rng.random() < 0.3 else _dead_air(rng, stage)
    return replace(beep(rng, stage, LEAD + int(rng.integers(5, 85))).over(under), origin=under.origin)


def silence_then_room(rng: np.random.Generator, stage: Stage) -> Scene:
    """Zeros, then the line opens into a room or into dead air."""
    after = _dead_air(rng, stage) if rng.random() < 0.6 else rooms.loud_room(rng, stage)
    return after.from_frame(LEAD + int(rng.integers(5, 95)), rooms.zeros(rng, stage), "then")


def _dead_air(rng: np.random.Generator, stage: Stage) -> Scene:
    found = rooms.recorded_dead_air(rng, stage) if rng.random() < 0.4 else ""
    return rooms.made_dead_air(rng, stage) if isinstance(found, str) else found


def _then_talk(
    rng: np.random.Generator,
    stage: Stage,
    before: Callable[[np.random.Generator, Stage], Scene],
    *,
    under: bool = False,
) -> Scene | str:
    """Something and then talk, which goes on over it or in its place."""
    frame = LEAD + int(rng.integers(10, _LATEST))
    found = begun(rng, stage, frame)
    if isinstance(found, str):
        return found
    scene, first = found.at(float(rng.uniform(-50.0, -18.0))), before(rng, stage)
    if under:
        return _spoken_enough(scene.over(first))
    return _spoken_enough(scene.from_frame(frame - 3, first, "then"))


def _spoken_enough(scene: Scene) -> Scene | str:
    return scene if spoken(scene) >= 10 else "nobody speaks"
