"""Chunks made by hand. Not a test."""

import numpy as np
from classify_world import head
from numpy.typing import NDArray

from features.g711 import encode_pcma, encode_pcmu
from schemas.records import Chunk, Run, RunEncoding, TelephoneEvent
from streams.audio import CHUNK_SAMPLES


def sine(*frequencies: float, samples: int = CHUNK_SAMPLES, dbfs: float = -16.0) -> NDArray[np.int16]:
    """A sum of sines, each of so many dBFS."""
    at = np.arange(samples) / 8000
    amplitude = 32768 * 10 ** (dbfs / 20) * 2**0.5
    total = np.sum([np.sin(2 * np.pi * f * at) for f in frequencies], axis=0)
    return np.asarray(np.round(amplitude * total), np.int16)


def run(pcm: NDArray[np.int16], start: int = 0, encoding: RunEncoding = "pcmu") -> Run:
    coded = {"pcmu": encode_pcmu, "pcma": encode_pcma, "l16": lambda x: x.astype(">i2")}[encoding](pcm)
    return Run(start=start, length=len(pcm), encoding=encoding, data=coded.tobytes())


def chunk(
    *runs: Run, lead_in: list[Run] | None = None, events: list[TelephoneEvent] | None = None, number: int = 0
) -> Chunk:
    return Chunk(head=head(chunk=number), runs=list(runs), lead_in=lead_in or [], events=events or [])


def event(start: int, duration: int, code: int = 5, *, ended: bool = True, continued: bool = False) -> TelephoneEvent:
    return TelephoneEvent(event=code, start=start, duration=duration, volume=10, ended=ended, continued=continued)
