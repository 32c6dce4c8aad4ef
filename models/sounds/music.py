"""Music on hold: a small band of random instruments, never the same twice."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, sosfilt

from models.sounds.scale import RATE, at_level

Signal = NDArray[np.float64]

# steps of the scale on which each chord of a progression is built
_PROGRESSIONS: Final = (
    (0, 4, 5, 3),
    (0, 5, 3, 4),
    (0, 3, 4, 4),
    (5, 3, 0, 4),
    (0, 2, 3, 4),
    (1, 4, 0, 0),
    (0, 0, 3, 0),
)
_SCALES: Final = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 3, 5, 7, 9, 10))
_LINE: Final = butter(3, (200.0, 3500.0), btype="bandpass", fs=RATE, output="sos")


@dataclass(frozen=True, slots=True)
class _Instrument:
    """Strength of each harmonic, seconds to begin, decay a second, and vibrato (share of the frequency)."""

    partials: Signal
    attack_s: float
    decay: float
    vibrato: float


@dataclass(frozen=True, slots=True)
class _Tune:
    """What the band agrees on: key, beat in samples, chord of each bar."""

    root: float
    scale: tuple[int, ...]
    beat: int
    chords: tuple[int, ...]
    first: int

    def chord(self, beat: int) -> int:
        return self.chords[(beat + self.first) // 4 % len(self.chords)]

    def pitch(self, degree: int) -> float:
        return float(self.root * 2.0 ** ((self.scale[degree % 7] + 12 * (degree // 7)) / 12.0))


def hold_music(rng: np.random.Generator, n: int, level_dbfs: float = -20.0) -> NDArray[np.int16]:
    """Synthesised music: chords, bass, melody and drums as chance has them, in a random key, tempo and room.

    Parameters
    ----------
    rng : numpy.random.Generator
    n : int
        Number of samples.
    level_dbfs : float
        RMS.

    Returns
    -------
    ndarray of int16, shape (n,)
    """
    if n == 0:
        return np.zeros(0, dtype=np.int16)
    tune = _Tune(
        root=110.0 * 2.0 ** (rng.integers(0, 12) / 12.0),
        scale=_SCALES[int(rng.integers(len(_SCALES)))],
        beat=round(RATE * 60.0 / rng.uniform(60, 150)),
        chords=_PROGRESSIONS[int(rng.integers(len(_PROGRESSIONS)))],
        first=int(rng.integers(0, 16)),
    )
    band: Signal = np.zeros(n)
    parts = (_harmony, _bass, _melody, _drums)
    playing = rng.random(4) < (0.9, 0.6, 0.7, 0.55)
    if not playing[:3].any():
        playing[0] = True
    for part, plays in zip(parts, playing, strict=True):
        if plays:
            sound = part(rng, tune, n)
            band += rng.uniform(0.4, 1.0) * sound / max(float(sound.std()), 1e-9)
    if rng.random() < 0.6:  # a room, or a record's reverberation
        tail = rng.standard_normal(RATE // 2) * np.exp(-np.arange(RATE // 2) / (rng.uniform(0.03, 0.15) * RATE))
        band += rng.uniform(0.02, 0.12) * fftconvolve(band, tail)[:n]
    if rng.random() < 0.5:  # pressed for loudness, as records are
        band = np.tanh(rng.uniform(0.5, 2.0) * band / max(float(band.std()), 1e-9))
    return at_level(np.asarray(sosfilt(_LINE, band), dtype=np.float64), level_dbfs)


def _instrument(rng: np.random.Generator) -> _Instrument:
    """Plucked, bowed or blown, dull or bright."""
    count = int(rng.integers(1, 13))
    partials = rng.uniform(0.2, 1.0, count) / np.arange(1, count + 1) ** rng.uniform(0.3, 2.0)
    held = rng.random() < 0.5
    return _Instrument(
        partials=partials,
        attack_s=float(rng.uniform(0.03, 0.2) if held else rng.uniform(0.002, 0.015)),
        decay=float(rng.uniform(0.0, 0.5) if held else rng.uniform(1.0, 8.0)),
        vibrato=float(rng.uniform(0.0, 0.008) if held else 0.0),
    )


def _harmony(rng: np.random.Generator, tune: _Tune, n: int) -> Signal:
    """Chords: held, struck, or broken into their notes."""
    player, out, way = _instrument(rng), np.zeros(n), int(rng.integers(3))
    octave = 7 * int(rng.integers(0, 2))
    for beat in range(n // tune.beat + 1):
        chord = tune.chord(beat)
        degrees = [octave + chord + step for step in (0, 2, 4, *((6,) if rng.random() < 0.3 else ()))]
        if way == 0 and (beat % 4 == 0):
            for degree in degrees:
                _add(out, beat * tune.beat, _note(player, tune.pitch(degree), 4 * tune.beat))
        elif way == 1:
            for degree in degrees:
                _add(out, beat * tune.beat, _note(player, tune.pitch(degree), tune.beat))
        elif way == 2:
            for place in range(4):
                degree = degrees[place % len(degrees)]
                _add(out, beat * tune.beat + place * tune.beat // 4, _note(player, tune.pitch(degree), tune.beat))
    return out


def _bass(rng: np.random.Generator, tune: _Tune, n: int) -> Signal:
    player, out = _instrument(rng), np.zeros(n)
    for beat in range(0, n // tune.beat + 1, int(rng.integers(1, 3))):
        _add(out, beat * tune.beat, _note(player, 0.5 * tune.pitch(tune.chord(beat)), tune.beat))
    return out


def _melody(rng: np.random.Generator, tune: _Tune, n: int) -> Signal:
    """A voice that walks about the scale, with rests."""
    player, out, degree, at = _instrument(rng), np.zeros(n), 9, 0
    while at < n:
        length = round(tune.beat * float(rng.choice([0.5, 1.0, 1.0, 2.0])))
        degree = int(np.clip(degree + rng.integers(-2, 3), 4, 18))
        if rng.random() < 0.85:
            _add(out, at, _note(player, tune.pitch(degree), length))
        at += length
    return out


def _drums(rng: np.random.Generator, tune: _Tune, n: int) -> Signal:
    """Bass drum, snare and cymbals on their beats."""
    out, length = np.zeros(n), min(tune.beat, RATE // 4)
    time = np.arange(length) / RATE
    kick = np.sin(2 * np.pi * (60.0 * time + 12.0 * (1.0 - np.exp(-30.0 * time)))) * np.exp(-12.0 * time)
    for half in range(2 * n // tune.beat + 2):
        at = half * tune.beat // 2
        hiss = rng.standard_normal(length)
        if half % 4 == 0:
            _add(out, at, 2.0 * kick)
        if half % 4 == 2:
            _add(out, at, hiss * np.exp(-25.0 * time))
        _add(out, at, 0.3 * np.diff(hiss, prepend=0.0) * np.exp(-60.0 * time))
    return out


def _note(player: _Instrument, frequency: float, length: int) -> Signal:
    time = np.arange(length) / RATE
    turns = frequency * time
    if player.vibrato:
        turns = turns + frequency * player.vibrato * np.sin(2 * np.pi * 5.5 * time) / (2 * np.pi * 5.5)
    tone: Signal = np.zeros(length)
    for number, strength in enumerate(player.partials, start=1):
        if frequency * number < 3700.0:
            tone += strength * np.sin(2 * np.pi * number * turns)
    fade = np.minimum((length - np.arange(length)) / 160.0, 1.0)
    return tone * np.minimum(time / player.attack_s, 1.0) * np.exp(-player.decay * time) * fade


def _add(out: Signal, at: int, what: Signal) -> None:
    end = min(at + what.size, out.size)
    if end > at:
        out[at:end] += what[: end - at]
