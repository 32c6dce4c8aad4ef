"""The RTP of a simulated call (RFC 3550, 3551, 4733, 3389), as its sender lets it go."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from features.g711 import Law
from streams.simulate.keypad import Key
from streams.simulate.plan import PlannedCall
from streams.simulate.sound import Sound

PAYLOAD_TYPES: Final[dict[Law, int]] = {"pcmu": 0, "pcma": 8}
COMFORT_NOISE: Final = 13
TELEPHONE_EVENT: Final = 101
_HEADER: Final = struct.Struct("!BBHII")
_EVENT: Final = struct.Struct("!BBH")
_VERSION: Final = 0x80
_END: Final = 0x80
_VOLUME: Final = 10  # dBm0 below zero
_CN_EVERY_MS: Final = 200  # how often a sender repeats the level of its comfort noise
_OTHER_LAW: Final[dict[Law, Law]] = {"pcmu": "pcma", "pcma": "pcmu"}
_NEAR_WRAP: Final = 0.3  # of streams begin shortly before sequence and timestamp start again from zero


@dataclass(frozen=True, slots=True)
class Sent:
    """A packet as it leaves: microseconds after the audio's beginning, and which of the call's streams it is of."""

    after_us: int
    stream: int
    data: bytes


class _Stream:
    """Numbers the packets of one SSRC."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.ssrc, self.sequence, self.timestamp = (int(value) for value in rng.integers(0, (2**32, 2**16, 2**32)))
        if rng.random() < _NEAR_WRAP:
            self.sequence = 2**16 - int(rng.integers(1, 200))
            self.timestamp = 2**32 - int(rng.integers(1, 40_000))

    def packet(self, payload_type: int, after: int, payload: bytes, *, marker: bool) -> bytes:
        """Pack the next packet, of a time in samples after the stream's first."""
        number, self.sequence = self.sequence, (self.sequence + 1) & 0xFFFF
        second = payload_type | (0x80 if marker else 0)
        return _HEADER.pack(_VERSION, second, number, (self.timestamp + after) & 0xFFFFFFFF, self.ssrc) + payload


def sent_packets(rng: np.random.Generator, call: PlannedCall, sound: Sound, *, changes: bool = True) -> Iterator[Sent]:
    """All packets of one side, in the order they are sent.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws SSRC, first sequence number and first timestamp.
    call : PlannedCall
    sound : Sound
        With one item of ``sent`` for each packet time.
    changes : bool
        Whether the planned changes of SSRC and payload type are made: they are the caller's.
    """
    new_ssrc_at = call.new_ssrc_at if changes else None
    switch_at = call.switch_law_at if changes and call.switch_law_at is not None else len(sound.sent)
    coded = {call.law: sound.coded(call.law)}
    if switch_at < len(sound.sent):
        coded[_OTHER_LAW[call.law]] = sound.coded(_OTHER_LAW[call.law])
    held = {slot: key for key in sound.keys for slot in range(key.start, key.start + key.length)}
    stream, number, first = _Stream(rng), 0, 0
    size, interval_us = call.packet_samples, call.packet_ms * 1000
    talking, described_at = False, -call.packets
    for slot, audible in enumerate(sound.sent.tolist()):
        if slot == new_ssrc_at:
            stream, number, first, talking, described_at = _Stream(rng), 1, slot, False, -call.packets
        after_us, after = slot * interval_us, (slot - first) * size
        key = held.get(slot)
        told = key is not None and slot - key.start >= sound.leak
        if key is not None and told:
            for data in _event_packets(stream, key, slot, first, size, new=slot - key.start == sound.leak):
                yield Sent(after_us, number, data)
        if audible and (sound.doubled or not told):
            law = call.law if slot < switch_at else _OTHER_LAW[call.law]
            codes = coded[law][slot * size : (slot + 1) * size]
            yield Sent(after_us, number, stream.packet(PAYLOAD_TYPES[law], after, codes, marker=not talking))
            described_at = -call.packets
        elif not told and (slot - described_at) * call.packet_ms >= _CN_EVERY_MS:
            described_at = slot
            yield Sent(after_us, number, stream.packet(COMFORT_NOISE, after, bytes([sound.noise_dbov]), marker=False))
        talking = audible


def _event_packets(stream: _Stream, key: Key, slot: int, first: int, size: int, *, new: bool) -> Iterator[bytes]:
    """Report a key in a packet time in which it is held, in its last as its end, three times over."""
    ends = slot == key.start + key.length - 1
    flags = (_END if ends else 0) | _VOLUME
    payload = _EVENT.pack(key.event, flags, (slot - key.start + 1) * size)
    for _ in range(3 if ends else 1):
        yield stream.packet(TELEPHONE_EVENT, (key.start - first) * size, payload, marker=new)
