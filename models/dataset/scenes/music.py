"""Scenes of music: made, or what Debian ships for callers on hold."""

import numpy as np

from models.dataset.contents import MUSIC
from models.dataset.scene import CHUNK, FRAMES, Scene, levels
from models.dataset.scenes.rooms import floor
from models.dataset.stage import Stage, cut_anywhere


def made_music(rng: np.random.Generator, stage: Stage) -> Scene | str:
    """A synthesised tune."""
    pcm, origin, step = stage.synthetic_music(rng)
    scene = Scene(pcm, np.full(FRAMES, MUSIC, dtype=np.uint8), origin, (step,))
    if np.mean(levels(pcm[CHUNK]) > -60.0) < 0.5:
        return "a rest"
    level = float(rng.uniform(-42.0, -12.0))
    return scene.at(level).over(floor(rng, stage, level - 15.0))


def recorded_music(rng: np.random.Generator, stage: Stage) -> Scene | str:
    """Music on hold, where it isn't fading in or out; made music on a side that has none."""
    found = stage.recording(rng, "hold_music")
    if found is None:
        return made_music(rng, stage)
    piece, first = cut_anywhere(rng, found.pcm())
    if np.median(levels(piece[CHUNK])) < -50.0:
        return "fading"
    chain = (f"{found.origin.recording} from {first * 0.02:.2f} s",)
    scene = Scene(piece, np.full(FRAMES, MUSIC, dtype=np.uint8), found.origin, chain)
    return scene.at(float(rng.uniform(-42.0, -12.0)))


def faint_music(rng: np.random.Generator, stage: Stage) -> Scene | str:
    """Music as faint as dead air."""
    found = made_music(rng, stage) if rng.random() < 0.6 else recorded_music(rng, stage)
    return found if isinstance(found, str) else found.at(float(rng.uniform(-66.0, -55.5)))
