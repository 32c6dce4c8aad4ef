"""Key presses under every condition that a receiver meets, many in one stream, with what was pressed when."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.dtmf.keys import COLUMNS, ROWS
from models.channel.codecs import CODECS, through
from models.channel.echo import add_echo
from models.channel.laws import LAWS, decode, encode
from models.sounds.scale import RATE, to_int16

_OFFSET_DB: Final = 6.22  # dBm0 minus dBFS, mu-law
_DIAL_TONES: Final = ((350.0, 440.0), (425.0,), (400.0,), (413.0, 438.0))  # Hz
_SPEECH_RMS: Final = 0.1  # a stretch of speech is used where it is louder than this share of the whole's greatest power

Signal = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Press:
    """One press: ``key`` (index into `features.dtmf.KEYS`), first sample and the one after the last."""

    key: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Dialled:
    """A stream, int16 at 8 kHz, and the presses in it."""

    pcm: NDArray[np.int16]
    presses: tuple[Press, ...]


def dial(rng: np.random.Generator, condition: str, presses: int, speech: NDArray[np.int16]) -> Dialled:
    """Make a stream of presses under one condition.

    Parameters
    ----------
    rng : numpy.random.Generator
    condition : str
        One of `CONDITIONS`.
    presses : int
    speech : ndarray of int16, shape (n,)
        At 8 kHz, several seconds: what presses inside speech are mixed with.

    Returns
    -------
    Dialled
    """
    return _MAKERS[condition](rng, presses, speech)


def _amplitude(dbm0: float) -> float:
    return float(32768.0 * 10 ** ((dbm0 - _OFFSET_DB) / 20) * np.sqrt(2))


@dataclass(frozen=True, slots=True)
class _Limits:
    """Ranges that presses are drawn from, evenly: dBm0 of the stronger tone, dB high minus low, relative, seconds.

    ``extreme``: deviations are the greatest, to either side, and nothing between.
    """

    level: tuple[float, float] = (-30.0, -3.0)
    twist: tuple[float, float] = (-6.0, 4.0)
    deviation: float = 0.018
    seconds: tuple[float, float] = (0.04, 0.15)
    extreme: bool = False


def _spread(rng: np.random.Generator, least: float, most: float) -> float:
    """Draw from a range, its ends more often than its middle: there is where keys are missed."""
    return float(least + (most - least) * rng.beta(0.5, 0.5))


def _row(rng: np.random.Generator, count: int, limits: _Limits) -> tuple[list[Signal], list[Press], Signal]:
    """Draw presses with pauses of 100 to 200 ms; return them, where they are, and the power of each."""
    parts: list[Signal] = []
    presses: list[Press] = []
    powers = np.zeros(count)
    at = 0
    for i in range(count):
        pause = int(rng.integers(800, 1600))
        key, n = int(rng.integers(16)), round(rng.uniform(*limits.seconds) * RATE)
        twist, level = _spread(rng, *limits.twist), rng.uniform(*limits.level)
        low, high = _amplitude(level + min(-twist, 0.0)), _amplitude(level + min(twist, 0.0))
        time = np.arange(n) / RATE
        sound = np.zeros(n)
        for amplitude, hertz in ((low, ROWS[key // 4]), (high, COLUMNS[key % 4])):
            side = float(rng.choice((-1.0, 1.0))) if limits.extreme else _spread(rng, -1.0, 1.0)
            off = 1 + limits.deviation * side
            sound += amplitude * np.sin(2 * np.pi * hertz * off * time + rng.uniform(0, 2 * np.pi))
        parts += [np.zeros(pause), sound]
        presses.append(Press(key, at + pause, at + pause + n))
        powers[i] = (low**2 + high**2) / 2
        at += pause + n
    parts.append(np.zeros(1600))
    return parts, presses, powers


def _clean(rng: np.random.Generator, count: int, speech: NDArray[np.int16]) -> Dialled:
    limits = _Limits((-50.0, 3.0), (-10.5, 6.5))
    parts, presses, _ = _row(rng, count, limits)
    return Dialled(to_int16(np.concatenate(parts)), tuple(presses))


def _short(rng: np.random.Generator, count: int, speech: NDArray[np.int16]) -> Dialled:
    parts, presses, _ = _row(rng, count, _Limits((-45.0, 3.0), seconds=(0.03, 0.045)))
    return Dialled(to_int16(np.concatenate(parts)), tuple(presses))


def _with_noise(
    rng: np.random.Generator, count: int, limits: _Limits, ratio: tuple[float, float], colour: float
) -> Dialled:
    parts, presses, powers = _row(rng, count, limits)
    for i in range(count):  # each press and the pause before it has noise of its own
        rms = np.sqrt(powers[i] / 10 ** (rng.uniform(*ratio) / 10))
        for part in range(2 * i, 2 * i + 2):
            noise = rng.standard_normal(parts[part].size + 1)
            noise = (noise[1:] + colour * noise[:-1]) / np.sqrt(1 + colour**2)
            parts[part] = parts[part] + rms * noise
    return Dialled(to_int16(np.concatenate(parts)), tuple(presses))


def _noise(rng: np.random.Generator, count: int, speech: NDArray[np.int16]) -> Dialled:
    return _with_noise(rng, count, _Limits((-40.0, -3.0), (-10.0, 6.0)), (8.0, 40.0), rng.uniform(0.0, 1.0))


def _loud_noise(rng: np.random.Generator, count: int, speech: NDArray[np.int16]) -> Dialled:
    return _with_noise(rng, count, _Limits((-25.0, -10.0), (-4.0, 4.0), 0.015, (0.045, 0.15)), (2.0, 10.0), 0.0)


def _louder_noise(rng: np.random.Generator, count: int, speech: NDArray[np.int16]) -> Dialled:
    return _with_noise(rng, count, _Limits((-20.0, -12.0), (-2.0, 2.0), 0.01, (0.09, 0.2)), (-2.0, 4.0), 0.0)


def _edges(rng: np.random.Generator, count: int, speech: NDArray[np.int16]) -> Dialled:
    """Press at the very limits of twist and frequency."""
    twist = float(rng.choice((-10.0, -8.0, 4.0, 6.0)))
    limits = _Limits((-35.0, 0.0), (twist, twist), seconds=(0.04, 0.06), extreme=True)
    return _with_noise(rng, count, limits, (15.0, 70.0), 0.0)


def _speech(rng: np.random.Generator, count: int, speech: NDArray[np.int16]) -> Dialled:
    return _mixed(rng, count, speech, (3.0, 16.0))


def _loud_speech(rng: np.random.Generator, count: int, speech: NDArray[np.int16]) -> Dialled:
    return _mixed(rng, count, speech, (-3.0, 5.0))


def _mixed(rng: np.random.Generator, count: int, speech: NDArray[np.int16], ratio: tuple[float, float]) -> Dialled:
    """Mix each press with speech of its own, so many dB under it."""
    parts, presses, powers = _row(rng, count, _Limits((-20.0, -12.0), (-3.0, 3.0), 0.006, (0.05, 0.15)))
    frames = speech[: speech.size // 160 * 160].reshape(-1, 160).astype(np.float64)
    loud = np.flatnonzero(np.mean(frames**2, axis=1) > _SPEECH_RMS * np.percentile(np.mean(frames**2, axis=1), 95))
    for i in range(count):
        lead, n = parts[2 * i].size, parts[2 * i + 1].size
        at = int(rng.choice(loud)) * 160
        stretch = np.resize(speech[max(at - lead, 0) :][: lead + n].astype(np.float64), lead + n)
        active = np.sqrt(np.mean(speech[at : at + 1600].astype(np.float64) ** 2) + 1.0)
        stretch *= np.sqrt(powers[i] / 10 ** (rng.uniform(*ratio) / 10)) / active
        parts[2 * i] = parts[2 * i] + stretch[:lead]
        parts[2 * i + 1] = parts[2 * i + 1] + stretch[lead:]
    return Dialled(to_int16(np.concatenate(parts)), tuple(presses))


def _dial_tone(rng: np.random.Generator, count: int, speech: NDArray[np.int16]) -> Dialled:
    parts, presses, _ = _row(rng, count, _Limits((-12.0, -8.0), (-4.0, 4.0), 0.015, (0.045, 0.12)))
    whole = np.concatenate(parts)
    tones = _DIAL_TONES[int(rng.integers(len(_DIAL_TONES)))]
    level = _amplitude(rng.uniform(-22.0, -10.0)) / np.sqrt(len(tones))
    time = np.arange(whole.size) / RATE
    whole += sum(level * np.sin(2 * np.pi * f * time) for f in tones)
    return Dialled(to_int16(whole), tuple(presses))


def _echo(rng: np.random.Generator, count: int, speech: NDArray[np.int16]) -> Dialled:
    dialled = _noise(rng, count, speech)
    pcm = add_echo(rng, dialled.pcm, rng.uniform(0.005, 0.06), rng.uniform(8.0, 25.0))
    return Dialled(pcm, dialled.presses)


def _coded(rng: np.random.Generator, count: int, speech: NDArray[np.int16]) -> Dialled:
    """Pass a codec and then mu-law, or one of G.711's laws."""
    parts, presses, _ = _row(rng, count, _Limits((-25.0, -5.0), (-4.0, 3.0), 0.012, (0.045, 0.15)))
    pcm = to_int16(np.concatenate(parts))
    codec = str(rng.choice([*LAWS, *CODECS]))
    if codec in CODECS:
        return Dialled(decode(encode(through(pcm, codec), "pcmu"), "pcmu"), tuple(presses))
    law = next(law for law in LAWS if law == codec)
    return Dialled(decode(encode(pcm, law), law), tuple(presses))


def mistaken(rng: np.random.Generator, count: int) -> NDArray[np.int16]:
    """Make what is no key though it has all that a key has: three or four tones of the eight at once, in some noise."""
    parts, presses, powers = _row(rng, count, _Limits((-30.0, -6.0), (-4.0, 4.0), 0.01, (0.05, 0.2)))
    for i, press in enumerate(presses):
        time = np.arange(press.end - press.start) / RATE
        others = [f for f in ROWS + COLUMNS if f not in (ROWS[press.key // 4], COLUMNS[press.key % 4])]
        for hertz in rng.choice(others, int(rng.integers(1, 3)), replace=False):
            amplitude = np.sqrt(powers[i]) * 10 ** (rng.uniform(-6.0, 3.0) / 20)
            parts[2 * i + 1] = parts[2 * i + 1] + amplitude * np.sin(
                2 * np.pi * hertz * time + rng.uniform(0, 2 * np.pi)
            )
        noise = np.sqrt(powers[i] / 10 ** (rng.uniform(10.0, 60.0) / 10))
        parts[2 * i + 1] = parts[2 * i + 1] + noise * rng.standard_normal(time.size)
    return to_int16(np.concatenate(parts))


_Maker = Callable[[np.random.Generator, int, NDArray[np.int16]], Dialled]
_MAKERS: Final[dict[str, _Maker]] = {
    "clean": _clean,
    "short": _short,
    "noise": _noise,
    "loud noise": _loud_noise,
    "louder noise": _louder_noise,
    "edges": _edges,
    "speech": _speech,
    "loud speech": _loud_speech,
    "dial tone": _dial_tone,
    "echo": _echo,
    "coded": _coded,
}
CONDITIONS: Final = tuple(_MAKERS)
