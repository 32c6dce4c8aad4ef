"""What lies under a sound or stands alone when nobody speaks: zeros, dead air, noises, recorded or made."""

from typing import Final

import numpy as np

from features.levels import peak_dbfs, rms_dbfs
from models.channel.laws import LAWS, decode
from models.dataset.activity import voiced_frames
from models.dataset.contents import NOBODY
from models.dataset.scene import CHUNK, FRAMES, TOTAL, Origin, Pcm, Scene
from models.dataset.stage import Stage, cut_anywhere
from models.sounds import silence
from models.sounds.noise import KINDS, noise

# Cries and crows: faint as dead air it could not be said that nobody is heard.
VOCAL: Final = ("006_-_Person_sneeze", "004_-_Baby_cry", "009_-_Rooster")
_ROOMS: Final = ("white", "pink", "brown", "hum", "street")
_LOWEST, _HIGHEST = -76.0, -56.5  # dBFS RMS of dead air, before coding
_MOST_CREST: Final = 30.0  # dB; with the average at -70 the peaks are in the box of the paper or near
_MOST_VOICED: Final = 2  # frames; dead_air holds the far end's echo, and three of these are a syllable
_LEAST_DBFS: Final = -95.0  # a recording fainter than this has no more than one bit
_MOST_GAIN: Final = 24.0


def quiet_scene(pcm: Pcm, origin: Origin, *chain: str) -> Scene:
    """A scene in which nobody sounds."""
    return Scene(pcm, np.full(FRAMES, NOBODY, dtype=np.uint8), origin, chain)


def made(rng: np.random.Generator, stage: Stage, what: str) -> Origin:
    """Origin of a sound that has no voice and no tune: each by itself."""
    name = f"{what} {stage.side.split} {int(rng.integers(1 << 32)):08x}"
    return Origin("simulated", name, name)


def zeros(rng: np.random.Generator, stage: Stage) -> Scene:
    """Exact zeros."""
    return quiet_scene(silence.digital_silence(TOTAL), made(rng, stage, "zeros"), "zeros")


def idle(rng: np.random.Generator, stage: Stage) -> Scene:
    """A codec's idle noise."""
    law = LAWS[int(rng.integers(2))]
    pcm = decode(silence.idle_codes(rng, TOTAL, law), law)
    return quiet_scene(pcm, made(rng, stage, "idle codes"), f"idle codes of {law}")


def made_dead_air(rng: np.random.Generator, stage: Stage) -> Scene:
    """Dead air as the paper met it, synthesised, up to 12 dB louder."""
    scene = quiet_scene(silence.dead_air(rng, TOTAL), made(rng, stage, "dead air"), "dead air, made")
    return scene if rng.random() < 0.5 else scene.at(float(rng.uniform(-72.0, -58.0)))


def faint_room(rng: np.random.Generator, stage: Stage) -> Scene:
    """Room noise so faint that it is dead air."""
    kind = str(rng.choice(_ROOMS))
    pcm = noise(rng, TOTAL, float(rng.uniform(_LOWEST, _HIGHEST)), kind)
    return quiet_scene(pcm, made(rng, stage, f"{kind} noise"), f"{kind} noise")


def recorded_dead_air(rng: np.random.Generator, stage: Stage) -> Scene | str:
    """A quiet stretch of a recording in which nobody speaks, brought to dead air's levels."""
    found = stage.recording(rng, "dead_air") if rng.random() < 0.7 else stage.recording(rng, "noise_esc10")
    if found is None:
        return "no recordings"
    if found.origin.recording.startswith(VOCAL):
        return "voice-like"
    piece, first = cut_anywhere(rng, found.pcm())
    level = rms_dbfs(piece[CHUNK])
    if level < _LEAST_DBFS or (not level < -45.0 and found.origin.set == "dead_air"):
        return "too faint" if level < _LEAST_DBFS else "far end's echo"
    if peak_dbfs(piece[CHUNK]) - level > _MOST_CREST:
        return "single bursts"
    if found.origin.set == "dead_air" and voiced_frames(piece[CHUNK]) > _MOST_VOICED:
        return "far end's echo"
    scene = quiet_scene(piece, found.origin, f"{found.origin.recording} from {first * 0.02:.2f} s")
    return scene.at(float(rng.uniform(_LOWEST, _HIGHEST)), _MOST_GAIN)


def transcoded_silence(rng: np.random.Generator, stage: Stage) -> Scene:
    """Silence of another law or with an offset: one value held, or two taking turns, that is not this law's zero."""
    base, step = int(rng.integers(-24, 25)), int(rng.choice([0, 8, 16]))
    turns = np.cumsum(rng.random(TOTAL) < rng.choice([0.0, 0.001, 0.05, 0.5])) % 2
    pcm = (base + step * turns).astype(np.int16)
    return quiet_scene(pcm, made(rng, stage, "transcoded silence"), f"{base} and {base + step} by turns")


def clicks(rng: np.random.Generator, stage: Stage) -> Scene:
    """Single clicks and knocks over a faint room: louder than dead air's peaks, but by their average dead air."""
    scene = faint_room(rng, stage) if rng.random() < 0.5 else made_dead_air(rng, stage)
    knocked = knocks(rng, scene.pcm, int(rng.integers(1, 6)), float(rng.uniform(-50.0, -34.0)))
    return quiet_scene(knocked, scene.origin, *scene.chain, "clicks").at(float(rng.uniform(-72.0, -56.5)), 0.0)


def knocks(rng: np.random.Generator, pcm: Pcm, count: int, level_dbfs: float) -> Pcm:
    """Something falls, clicks, is put down: so many decaying bursts of noise, of 3 to 50 ms, onto a sound."""
    out = pcm.astype(np.float64)
    for _ in range(count):
        length = int(rng.integers(24, 400))
        at = int(rng.integers(0, pcm.size - length))
        out[at : at + length] += (
            rng.standard_normal(length)
            * np.exp(-np.arange(length) / (length / 4))
            * 32768.0
            * 10.0 ** ((level_dbfs + rng.uniform(-6.0, 0.0)) / 20.0)
        )
    return np.clip(np.rint(out), -32767, 32767).astype(np.int16)


def loud_room(rng: np.random.Generator, stage: Stage) -> Scene:
    """Room noise of a kind, now and then with knocks."""
    kind, level = str(rng.choice(KINDS)), float(rng.uniform(-55.5, -14.0))
    pcm = noise(rng, TOTAL, level, kind)
    chain = [f"{kind} noise"]
    if rng.random() < 0.3:
        pcm = knocks(rng, pcm, int(rng.integers(1, 6)), min(level + float(rng.uniform(6.0, 26.0)), -8.0))
        chain.append("knocks")
    return quiet_scene(pcm, made(rng, stage, f"{kind} noise"), *chain)


def recorded_noise(rng: np.random.Generator, stage: Stage) -> Scene | str:
    """Rain, engines, animals, a crying child: nobody speaks."""
    found = stage.recording(rng, "noise_esc10")
    if found is None:
        return "no recordings"
    piece, first = cut_anywhere(rng, found.pcm())
    if rms_dbfs(piece[CHUNK]) < -70.0:
        return "too faint"
    scene = quiet_scene(piece, found.origin, f"{found.origin.recording} from {first * 0.02:.2f} s")
    return scene.at(float(rng.uniform(-50.0, -12.0)), 30.0)


def floor(rng: np.random.Generator, stage: Stage, highest_dbfs: float) -> Scene:
    """What a call has under its sound: nothing, dead air or faint noise, at most at a level."""
    drawn = rng.random()
    if drawn < 0.35 or highest_dbfs < -84.0:
        return zeros(rng, stage)
    scene = made_dead_air(rng, stage) if drawn < 0.6 else faint_room(rng, stage)
    return scene.at(float(rng.uniform(-86.0, min(highest_dbfs, -58.0))))
