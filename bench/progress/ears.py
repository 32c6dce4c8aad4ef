"""Who listens: our detector over a whole stream, ours over one chunk, and another receiver where there is one."""

from collections.abc import Callable, Mapping
from math import nan
from typing import Final

import numpy as np

from bench.progress.conditions import Heard
from bench.progress.signals import Signal
from bench.progress.sounds import RATE
from features.tones import ToneDetector, detect_tones

Named = Mapping[str, float]  # name to the second at which it was known first, NaN where that isn't told
Ear = Callable[[np.random.Generator, Signal, Heard], Named | None]

CHUNK: Final = 16_000  # samples: two seconds
LEAD_IN: Final = 1_024
_STEP: Final = 160  # samples between the moments at which a chunk may be cut
_ENOUGH_S: Final = 0.4  # of the signal that a chunk must hold to be tried, or half of all there is


def stream(rng: np.random.Generator, signal: Signal, heard: Heard) -> Named:
    """Everything that one detector names from the stream's first sample to its end."""
    detector = ToneDetector()
    tones = detector.feed(heard.pcm, heard.received) + detector.finish()
    return {tone.symbol: tone.known_s for tone in sorted(tones, key=lambda tone: -tone.known_s)}


def chunk(rng: np.random.Generator, signal: Signal, heard: Heard) -> Named | None:
    """Everything that one chunk names, cut at a random moment at which it holds some of the signal."""
    heard_of = np.concatenate([[0], np.cumsum(heard.on)])
    starts = np.arange(LEAD_IN, heard.pcm.size - CHUNK + 1, _STEP)
    enough = min(_ENOUGH_S * RATE, heard_of[-1] / 2)
    fit = starts[heard_of[starts + CHUNK] - heard_of[starts] >= enough]
    if not fit.size:
        return None
    start = int(rng.choice(fit))
    here = slice(start - LEAD_IN, start + CHUNK)
    received = None if heard.received is None else heard.received[here]
    tones = detect_tones(heard.pcm[here], LEAD_IN, received=received)
    return dict.fromkeys((tone.symbol for tone in tones), nan)
