"""Keys pressed somewhere, sent by a gateway of some manners, windowed, and counted chunk by chunk. Not a test."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from window_world import Window, end, frame, segment

from features.g711 import encode_pcmu
from models.sounds.tones import dtmf
from schemas.frames import PCMU, TELEPHONE_EVENT, Frame
from streams.audio import CHUNK_SAMPLES
from streams.rtp.event import KEYS
from streams.tones import tones_part

Manner = Literal["told", "heard", "both", "leaked"]
_FRAME = 160


@dataclass(frozen=True, slots=True)
class Press:
    """A key held down, in samples from the stream's first."""

    key: str
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Gateway:
    """How keys are sent.

    ``manner``: as events alone, as sound alone, as both, or as sound until they are recognised and as events from then
    on. ``leak``: samples until a key is recognised. ``late``: samples by which timestamps of events lie after the key's
    beginning. ``every``: samples from report to report. ``lost``: the places of event packets that don't come.
    """

    manner: Manner
    leak: int = 0
    late: int = 0
    every: int = 400
    lost: frozenset[int] = frozenset()


def sent(presses: Sequence[Press], gateway: Gateway, samples: int) -> list[tuple[int, Frame]]:
    """Frames with the chunk they belong to, in the order they are sent."""
    sound = np.zeros(samples, np.int16)
    silent: NDArray[np.bool_] = np.zeros(samples, np.bool_)
    packets: list[tuple[int, int, bytes]] = []  # sent at, begun at, report
    for press in presses:
        stop = press.start + press.length
        if gateway.manner != "told":
            sound[press.start : stop] = dtmf(press.key, press.length / 8000, 0.0)
        if gateway.manner == "leaked":
            silent[press.start + gateway.leak : stop] = True
        if gateway.manner != "heard":
            packets += _reports(press, gateway)
    queue = [  # sent at, begun at, payload, encoding, whether it comes
        (at + _FRAME, at, encode_pcmu(sound[at : at + _FRAME]).tobytes(), PCMU, True)
        for at in range(0, samples, _FRAME)
        if not silent[at]
    ]
    queue += [(*each, TELEPHONE_EVENT, number not in gateway.lost) for number, each in enumerate(packets)]
    found = []
    for sequence, (at, start, payload, encoding, comes) in enumerate(sorted(queue, key=lambda each: each[0])):
        reach = start + int.from_bytes(payload[2:], "big") if encoding == TELEPHONE_EVENT else start + 1
        if comes:
            made = frame(start, payload, encoding, sequence=sequence, at_ms=at / 8)
            found.append((max(start, reach - 1) // CHUNK_SAMPLES, made))
    return found


def _reports(press: Press, gateway: Gateway) -> list[tuple[int, int, bytes]]:
    """Reports from when the key is recognised until it is let go, the last as its end, three times over."""
    start, stop = press.start + gateway.late, press.start + press.length
    first = max(press.start + gateway.leak, start) + gateway.every
    times = [*range(first, stop, gateway.every), stop, stop, stop]
    code = KEYS.index(press.key)
    return [
        (at, start, bytes([code, (0x80 if at == stop else 0) | 10]) + (at - start).to_bytes(2, "big")) for at in times
    ]


def counted(presses: Sequence[Press], gateway: Gateway, *, chunks: int) -> Counter[str]:
    """How often each key counts in all chunks together."""
    window = Window()
    frames = sent(presses, gateway, chunks * CHUNK_SAMPLES)
    for number in range(chunks):
        kind = "audio" if number else "open"
        mine = [each for chunk, each in frames if chunk == number]
        window.feed(segment(number, mine, kind=kind, begun=number - 1), at_ms=2_000 * number)
    window.feed(end(chunks - 1), at_ms=2_000 * chunks)
    tones = [tone for chunk in window.chunks for tone in tones_part(chunk, show_digits=True).tones]
    return Counter(tone.symbol for tone in tones if not tone.continued)
