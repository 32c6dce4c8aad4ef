"""Scenes in which somebody speaks: loud and faint, near and in noise, from the start or only at the end."""

from dataclasses import replace
from typing import Final

import numpy as np

from features.levels import rms_dbfs
from models.channel.line import mix
from models.channel.packets import PACKET
from models.dataset.activity import clean_talk, loudness, voiced_frames
from models.dataset.contents import SPEECH
from models.dataset.scene import CHUNK, FRAMES, LEAD, Scene, levels
from models.dataset.scenes.rooms import floor
from models.dataset.scenes.signals import keys
from models.dataset.stage import Stage
from models.dataset.store import PACKETS
from models.sounds.noise import KINDS, noise

_LEAST: Final = 10  # frames spoken in a chunk of talk
_VOICED: Final = 16  # voiced frames of a call's talk; chunks that Silero VAD heard no speech in had 5 to 15
_BEFORE: Final = 3  # frames kept before an onset: the doubtful ones
_FAINTEST: Final = -66.0  # dBFS RMS
_BOX: Final = -55.0  # dBFS RMS: below is dead air's place


def spoken(scene: Scene) -> int:
    """Frames of the chunk in which somebody speaks."""
    return int(np.count_nonzero(scene.contents[LEAD : LEAD + PACKETS] == SPEECH))


def clean(rng: np.random.Generator, stage: Stage) -> Scene | str:
    """Talk without noise: a synthetic voice, prompts, digits or a call's own."""
    drawn = rng.random()
    if drawn < 0.4:
        found: Scene | None = stage.synthetic_talk(rng)
    elif drawn < 0.6:
        found = digits(rng, stage)
    else:
        found = stage.recorded_talk(rng, "prompts", "speech_calls")
    return _certain(found or stage.synthetic_talk(rng))


def _certain(found: Scene) -> Scene | str:
    """The scene, if somebody speaks in it; in a call what is loud and has no voice may be a knock or a cough."""
    if spoken(found) < _LEAST:
        return "nobody speaks"
    if found.origin.set == "speech_calls" and voiced_frames(found.pcm[CHUNK]) < _VOICED:
        return "loud without a voice"
    return found


def digits(rng: np.random.Generator, stage: Stage) -> Scene | None:
    """A few spoken digits of one talker, with pauses; None where there are no recordings."""
    first = stage.recording(rng, "spoken_digits")
    if first is None:
        return None
    own = [one for one in stage.recordings("spoken_digits") if one.origin.group == first.origin.group]
    pcm = np.zeros(FRAMES * PACKET, dtype=np.int16)
    contents = np.zeros(FRAMES, dtype=np.uint8)
    at, one, names = LEAD + int(rng.integers(0, 30)), first, []
    while at < LEAD + PACKETS:
        said = one.pcm()[: one.pcm().size // PACKET * PACKET][: (FRAMES - at) * PACKET]
        if said.size == 0:
            break
        pcm[at * PACKET : at * PACKET + said.size] = said
        names.append(one.origin.recording)
        contents[at : at + said.size // PACKET] = clean_talk(levels(said), loudness(levels(said)))
        at += said.size // PACKET + int(rng.integers(5, 40))
        one = own[int(rng.integers(len(own)))]
    return Scene(pcm, contents, first.origin, ("digits " + " ".join(names),))


def talk(rng: np.random.Generator, stage: Stage) -> Scene | str:
    """Somebody talks, over whatever a call has under it."""
    found = clean(rng, stage)
    if isinstance(found, str):
        return found
    scene = found.at(_level(rng))
    return scene.over(floor(rng, stage, rms_dbfs(scene.pcm[CHUNK]) - 12.0))


def talk_in_noise(rng: np.random.Generator, stage: Stage) -> Scene | str:
    """Clean talk with noise added, 4 to 30 dB below it."""
    found = clean(rng, stage)
    if isinstance(found, str):
        return found
    scene, kind = found.at(_level(rng)), str(rng.choice(KINDS))
    snr = float(rng.uniform(10.0 if kind == "babble" else 4.0, 30.0))
    under = noise(rng, scene.pcm.size, rms_dbfs(scene.pcm[CHUNK]) - snr, kind)
    return replace(scene, pcm=mix(scene.pcm, under), chain=(*scene.chain, f"{kind} noise"), snr_db=round(snr, 1))


def recorded_in_noise(rng: np.random.Generator, stage: Stage) -> Scene | str:
    """Talk that was recorded in noise, where it stands out."""
    found = stage.recorded_talk(rng, "speech_in_noise_p835", "speech_in_noise_p808_en")
    if found is None:
        return "no recordings"
    return found.at(float(rng.uniform(-52.0, -14.0))) if spoken(found) >= _LEAST else "nobody speaks"


def recorded_call(rng: np.random.Generator, stage: Stage) -> Scene | str:
    """A talker's side of a real call."""
    found = stage.recorded_talk(rng, "speech_calls")
    if found is None:
        return "no recordings"
    scene = _certain(found)
    return scene if isinstance(scene, str) else scene.at(_level(rng), 12.0)


def faint_talk(rng: np.random.Generator, stage: Stage) -> Scene | str:
    """Talk as faint as dead air."""
    found = clean(rng, stage)
    if isinstance(found, str):
        return found
    level = float(rng.uniform(_FAINTEST, _BOX))
    return found.at(level).over(floor(rng, stage, level - 10.0))


def late_talk(rng: np.random.Generator, stage: Stage) -> Scene | str:
    """Talk that begins only in the chunk's last 300 to 600 ms, loud or as faint as dead air."""
    found = begun(rng, stage, LEAD + PACKETS - int(rng.integers(15, 31)))
    if isinstance(found, str):
        return found
    level = float(rng.uniform(_FAINTEST, _BOX) if rng.random() < 0.6 else rng.uniform(_BOX, -25.0))
    return found.at(level).over(floor(rng, stage, level - 10.0))


def talk_over_keys(rng: np.random.Generator, stage: Stage) -> Scene | str:
    """Somebody speaks and presses a key or two: that is speech."""
    found = clean(rng, stage)
    if isinstance(found, str):
        return found
    return found.at(float(rng.uniform(-35.0, -15.0))).over(keys(rng, stage, int(rng.integers(1, 3))))


def talk_over_music(rng: np.random.Generator, stage: Stage) -> Scene | str:
    """Music under speech, 6 to 20 dB below it: that is speech."""
    found = clean(rng, stage)
    if isinstance(found, str):
        return found
    scene, snr = found.at(float(rng.uniform(-35.0, -14.0))), float(rng.uniform(6.0, 20.0))
    pcm, _, chain = stage.synthetic_music(rng)
    under = Scene(pcm, np.zeros(FRAMES, dtype=np.uint8), scene.origin, (chain,))
    return replace(scene.over(under.at(rms_dbfs(scene.pcm[CHUNK]) - snr)), snr_db=round(snr, 1))


def begun(rng: np.random.Generator, stage: Stage, frame: int) -> Scene | str:
    """Clean talk that begins at a frame of the scene, with zeros before it."""
    found = clean(rng, stage)
    if isinstance(found, str):
        return found
    says = found.contents == SPEECH
    edges = np.flatnonzero(says[1:] & ~says[:-1]) + 1
    onsets = [int(i) for i in edges if i >= _BEFORE and np.count_nonzero(says[i : i + 15]) >= 12]
    if not onsets:
        return "no beginning"
    first = onsets[int(rng.integers(len(onsets)))] - _BEFORE
    start = frame - _BEFORE
    kept = min(FRAMES - first, FRAMES - start)
    pcm, contents = np.zeros_like(found.pcm), np.zeros_like(found.contents)
    pcm[start * PACKET : (start + kept) * PACKET] = found.pcm[first * PACKET : (first + kept) * PACKET]
    contents[start : start + kept] = found.contents[first : first + kept]
    step = f"begun at {(frame - LEAD) * 0.02:.2f} s"
    return replace(found, pcm=pcm, contents=contents, chain=(*found.chain, step))


def _level(rng: np.random.Generator) -> float:
    """Of a talker in a chunk, dBFS RMS: most are well heard, some hardly."""
    return float(rng.uniform(-35.0, -12.0) if rng.random() < 0.7 else rng.uniform(-55.0, -35.0))
