"""Digits heard where nobody sent any: hours of speech, music and noise, at six speeds."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.dtmf.results import Fired, TalkOff
from bench.heard.corpora import Kind, Recording, heard
from bench.heard.receiver import Heard, Receiver
from bench.heard.roster import OURS
from bench.heard.speeds import at_speed
from models.sounds.scale import RATE

FILES: Final[dict[Kind, int]] = {"speech": 80, "music": 3, "noise": 80}  # a batch: about ten minutes of sound
REST: Final = np.zeros(RATE // 4, np.int16)  # between recordings, so that no tone is made where two of them meet


@dataclass(frozen=True, slots=True)
class Batch:
    """Recordings of one source that are heard as one stream."""

    source: str
    kind: Kind
    recordings: tuple[Recording, ...]


def batches(recordings: Sequence[Recording]) -> list[Batch]:
    """Divide recordings into batches of one source and kind each, in their order."""
    grouped: dict[tuple[str, Kind], list[Recording]] = defaultdict(list)
    for recording in recordings:
        grouped[recording.source, recording.kind].append(recording)
    return [
        Batch(source, kind, tuple(own[begin : begin + FILES[kind]]))
        for (source, kind), own in grouped.items()
        for begin in range(0, len(own), FILES[kind])
    ]


def run_batch(batch: Batch, speeds: Sequence[float], receivers: Sequence[Receiver]) -> list[TalkOff]:
    """Listen to a batch at all speeds.

    Raises
    ------
    BenchError
        If a recording can't be read, or a receiver fails.
    """
    sounds = [pcm for _, pcm in heard(batch.recordings)]
    return [_at(batch, sounds, speed, receivers) for speed in speeds]


def _at(batch: Batch, sounds: Sequence[NDArray[np.int16]], speed: float, receivers: Sequence[Receiver]) -> TalkOff:
    pieces = [np.concatenate([at_speed(pcm, speed), REST]) for pcm in sounds]
    told = {receiver.name: receiver.hear(pieces) for receiver in receivers}
    return TalkOff(
        kind=batch.kind,
        source=batch.source,
        speed=speed,
        recordings=len(pieces),
        hours=sum(piece.size - REST.size for piece in pieces) / RATE / 3600,
        false={name: sum(map(len, found)) for name, found in told.items()},
        fired=_where(batch, told.get(OURS, []), speed),
    )


def _where(batch: Batch, found: Sequence[Sequence[Heard]], speed: float) -> list[Fired]:
    return [
        Fired(
            source=batch.source,
            file=recording.path.name,
            speed=speed,
            at_s=round(each.at_s * speed, 3),
            symbol=each.symbol,
        )
        for recording, own in zip(batch.recordings, found, strict=True)
        for each in own
    ]


def gathered(parts: Sequence[TalkOff]) -> list[TalkOff]:
    """Add up the batches of each kind, source and speed."""
    grouped: dict[tuple[str, str, float], list[TalkOff]] = defaultdict(list)
    for part in parts:
        grouped[part.kind, part.source, part.speed].append(part)
    return [
        TalkOff(
            kind=kind,
            source=source,
            speed=speed,
            recordings=sum(part.recordings for part in own),
            hours=sum(part.hours for part in own),
            false=added(own),
            fired=[each for part in own for each in part.fired],
        )
        for (kind, source, speed), own in sorted(grouped.items())
    ]


def added(parts: Sequence[TalkOff]) -> dict[str, int]:
    """False digits of each receiver in all parts together."""
    names = list(dict.fromkeys(name for part in parts for name in part.false))
    return {name: sum(part.false.get(name, 0) for part in parts) for name in names}
