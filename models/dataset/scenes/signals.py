"""Scenes of machines: keys, call progress, fax and modems, beeps and faint tones."""

from dataclasses import replace
from typing import Final

import numpy as np

from features.tones import detect_tones
from models.channel.packets import PACKET
from models.dataset.contents import BUSY, DOUBT, DTMF, FAX, MODEM, RINGBACK, SIT, TONE, Contents, bridged, spread
from models.dataset.scene import CHUNK, FRAMES, LEAD, TOTAL, Pcm, Scene, levels
from models.dataset.scenes.rooms import faint_room, floor, loud_room, made, made_dead_air
from models.dataset.stage import Stage, cut_anywhere
from models.dataset.store import PACKETS
from models.sounds import tones
from models.sounds.modem import SIGNALS, modem_data

_ON_DBFS: Final = -70.0  # a frame of a made tone above this sounds
_OFF_FRAMES: Final = 60  # gaps of a cadence up to 1.2 s belong to it, and are in doubt; longer ones are silence
# ITU-T E.180 supplement 2 and what North American exchanges send
_SIT: Final = ((950.0, 1400.0, 1800.0), (913.8, 1370.6, 1776.7), (985.2, 1428.5, 1776.7))
_CONTROL: Final = {"cng", "ced", "v21", "ans_pr", "ansam", "ansam_pr"}


def keys(rng: np.random.Generator, stage: Stage, count: int) -> Scene:
    """A number dialled by hand or machine, somewhere in the chunk, over zeros."""
    digits = "".join(rng.choice(list("0123456789*#"), count))
    on, off = float(rng.uniform(0.06, 0.25)), float(rng.uniform(0.05, 0.3))
    dialled = tones.dtmf(digits, on, off, float(rng.uniform(-20.0, -4.0)), twist_db=float(rng.uniform(-4.0, 2.0)))
    pcm = np.zeros(TOTAL + 2 * dialled.size, dtype=np.int16)
    start = int(rng.integers(LEAD * PACKET + dialled.size // 2, (LEAD + PACKETS) * PACKET + dialled.size // 2))
    pcm[start : start + dialled.size] = dialled
    return _signal(pcm[dialled.size : dialled.size + TOTAL], DTMF, rng, stage, f"keys {digits}")


def dialled(rng: np.random.Generator, stage: Stage) -> Scene:
    """One to eight keys on a quiet line or in a room."""
    return _on_a_line(rng, stage, keys(rng, stage, int(rng.integers(1, 9))))


def busy(rng: np.random.Generator, stage: Stage) -> Scene:
    """Busy or congestion tone of a country, on a quiet line or over a room."""
    maker = tones.busy if rng.random() < 0.6 else tones.reorder
    country, level = str(rng.choice(tones.COUNTRIES)), float(rng.uniform(-24.0, -8.0))
    pcm = maker(TOTAL, country, level_dbm0=level, offset_s=float(rng.uniform(0.0, 10.0)))
    return _on_a_line(rng, stage, _signal(pcm, BUSY, rng, stage, f"{maker.__name__} {country}"))


def ringback(rng: np.random.Generator, stage: Stage) -> Scene | str:
    """Ring-back tone of a country, at least 300 ms of it."""
    country, level = str(rng.choice(tones.COUNTRIES)), float(rng.uniform(-24.0, -8.0))
    pcm = tones.ringback(TOTAL, country, level_dbm0=level, offset_s=float(rng.uniform(0.0, 60.0)))
    scene = _signal(pcm, RINGBACK, rng, stage, f"ring-back {country}")
    if np.count_nonzero(scene.contents[LEAD : LEAD + PACKETS] == RINGBACK) < 15:
        return "between two rings"
    return _on_a_line(rng, stage, scene)


def sit(rng: np.random.Generator, stage: Stage) -> Scene:
    """The special information tones, whole."""
    frequencies = _SIT[int(rng.integers(len(_SIT)))]
    played = tones.sit(level_dbm0=float(rng.uniform(-24.0, -8.0)), frequencies=frequencies)
    pcm = np.zeros(TOTAL, dtype=np.int16)
    start = int(rng.integers(LEAD * PACKET, (LEAD + PACKETS) * PACKET - played.size))
    pcm[start : start + played.size] = played
    return _on_a_line(rng, stage, _signal(pcm, SIT, rng, stage, f"information tones {frequencies[0]:.0f}"))


def fax(rng: np.random.Generator, stage: Stage) -> Scene:
    """A fax machine that calls, answers, or begins a control frame."""
    level, which = float(rng.uniform(-24.0, -8.0)), rng.random()
    if which < 0.4:
        pcm, name = tones.cng(TOTAL, level_dbm0=level, offset_s=float(rng.uniform(1.8, 3.2))), "cng"
    elif which < 0.7:
        maker = tones.ced if rng.random() < 0.5 else tones.ansam
        pcm, name = maker(TOTAL, level_dbm0=level), maker.__name__
    else:
        pcm, name = tones.v21_preamble(TOTAL, level_dbm0=level), "v21 flags"
    return _on_a_line(rng, stage, _signal(pcm, FAX, rng, stage, name))


def modem(rng: np.random.Generator, stage: Stage) -> Scene:
    """A modem's data, made."""
    signal = str(rng.choice(list(SIGNALS)))
    pcm = modem_data(rng, TOTAL, signal, level_dbfs=float(rng.uniform(-40.0, -14.0)))
    return _signal(pcm, MODEM, rng, stage, signal)


def fax_page(rng: np.random.Generator, stage: Stage) -> Scene | str:
    """A page's data out of a whole fax call; its control frames are another label. Made data where there are none."""
    found = stage.recording(rng, "fax")
    if found is None:
        return modem(rng, stage)
    piece, first = cut_anywhere(rng, found.pcm())
    if np.mean(levels(piece[CHUNK]) > -45.0) <= 0.9:
        return "between pages"
    if {tone.symbol for tone in detect_tones(piece[CHUNK], 0)} & _CONTROL:
        return "fax control frames"
    contents = np.full(FRAMES, MODEM, dtype=np.uint8)
    chain = (f"{found.origin.recording} from {first * 0.02:.2f} s",)
    return Scene(piece, contents, found.origin, chain).at(float(rng.uniform(-40.0, -14.0)))


def beep(rng: np.random.Generator, stage: Stage, frame: int) -> Scene:
    """An answering machine's beep from a frame on, 0.1 to 1 s, over zeros."""
    length = round(8000 * float(rng.uniform(0.1, 1.0)))
    frequency = _other_than_known(rng, 500.0, 2050.0)
    played = tones.cadenced(length, (frequency,), (), level_dbm0=float(rng.uniform(-30.0, -8.0)))
    pcm = np.zeros(TOTAL, dtype=np.int16)
    end = min(frame * PACKET + length, TOTAL)
    pcm[frame * PACKET : end] = played[: end - frame * PACKET]
    return _signal(pcm, TONE, rng, stage, f"beep {frequency:.0f} Hz")


def faint_tone(rng: np.random.Generator, stage: Stage) -> Scene:
    """A tone of no name, as faint as dead air."""
    frequency, level = _other_than_known(rng, 220.0, 1000.0), float(rng.uniform(-72.0, -56.0))
    cadence = () if rng.random() < 0.6 else (float(rng.uniform(0.2, 0.8)), float(rng.uniform(0.2, 0.8)))
    pcm = tones.cadenced(TOTAL, (frequency,), cadence, level_dbm0=0.0)
    scene = _signal(pcm, TONE, rng, stage, f"tone {frequency:.0f} Hz").at(level)
    return scene.over(floor(rng, stage, level - 12.0))


def _other_than_known(rng: np.random.Generator, low: float, high: float) -> float:
    """A frequency that isn't that of a named tone."""
    while True:
        frequency = float(rng.uniform(low, high))
        known = (350, 400, 413, 425, 440, 450, 480, 620, 950, 1100, 1400, 1650, 1800, 1850, 2100)
        if all(abs(frequency - one) > 0.04 * one for one in known):
            return frequency


def _signal(pcm: Pcm, content: int, rng: np.random.Generator, stage: Stage, name: str) -> Scene:
    return Scene(pcm, _cadence(levels(pcm) > _ON_DBFS, content), made(rng, stage, name), (name,))


def _cadence(active: np.ndarray, content: int) -> Contents:
    """A signal's frames; the short gaps of its cadence are in doubt."""
    out = spread(active, content, bridge=2, edge=1)
    out[bridged(active, _OFF_FRAMES) & (out != content)] = DOUBT
    return out


def _on_a_line(rng: np.random.Generator, stage: Stage, scene: Scene) -> Scene:
    """Tones come over silent lines, quiet ones, and rooms at least 12 dB below them."""
    drawn = rng.random()
    if drawn < 0.35:
        return scene
    if drawn < 0.7:
        return scene.over(made_dead_air(rng, stage) if drawn < 0.5 else faint_room(rng, stage))
    snr = float(rng.uniform(12.0, 35.0))
    sounding = levels(scene.pcm)
    under = loud_room(rng, stage).at(float(np.percentile(sounding[sounding > _ON_DBFS], 50)) - snr)
    return replace(scene.over(under), snr_db=round(snr, 1))
