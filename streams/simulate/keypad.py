"""Digits somebody dials in a simulated call."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.channel.line import mix
from models.sounds.tones import dtmf
from streams.audio import RATE
from streams.rtp.event import KEYS

_COMMON: Final = 12  # of these, the ones a telephone has
_ON_MS, _OFF_MS, _GAP_MS = (80, 140), (70, 120), (250, 500)  # a quick caller; a gap after each group of digits
_LEAST_PAUSE_MS: Final = 60


@dataclass(frozen=True, slots=True)
class Key:
    """A key held down, in packet times since the beginning of the caller's audio."""

    start: int
    length: int
    digit: str

    @property
    def event(self) -> int:
        """Event code of RFC 4733."""
        return KEYS.index(self.digit)


def dialled(
    rng: np.random.Generator, packets: int, packet_ms: int, *, first: int | None = None, most: int | None = None
) -> list[Key]:
    """Keys pressed from the packet time ``first``, in groups, up to some number or half a second before the end."""
    keys: list[Key] = []
    at = _slots(rng, _GAP_MS, packet_ms) if first is None else first
    last = packets - -(-500 // packet_ms)
    group = int(rng.integers(3, 8))
    while most is None or len(keys) < most:
        length = max(_slots(rng, _ON_MS, packet_ms), 2)
        if at + length > last:
            break
        keys.append(Key(at, length, KEYS[int(rng.integers(_COMMON))]))
        group -= 1
        pause = _slots(rng, _OFF_MS if group or most else _GAP_MS, packet_ms)
        at += length + max(pause, -(-_LEAST_PAUSE_MS // packet_ms))
        group = group or int(rng.integers(3, 8))
    return keys


def pressed(
    rng: np.random.Generator, pcm: NDArray[np.int16], keys: list[Key], packet_samples: int
) -> NDArray[np.int16]:
    """Sound the keys' tones over some audio."""
    level, twist = float(rng.uniform(-14.0, -6.0)), float(rng.uniform(-4.0, 2.0))
    out = pcm.copy()
    for key in keys:
        start, n = key.start * packet_samples, key.length * packet_samples
        tone = dtmf(key.digit, n / RATE, 0.0, level, twist_db=twist)
        out[start : start + n] = mix(out[start : start + n], tone)
    return out


def _slots(rng: np.random.Generator, span_ms: tuple[int, int], packet_ms: int) -> int:
    return round(float(rng.uniform(*span_ms)) / packet_ms)
