"""What is measured before the first call is, so that no call waits for a compiler."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.g711 import Law, encode_pcma, encode_pcmu
from models.sounds import tones
from schemas.records import Chunk, ChunkHead, Facts, Run
from streams.audio import CHUNK_SAMPLES, LEAD_IN_SAMPLES

_LAWS: Final[tuple[Law, Law]] = ("pcmu", "pcma")
_CODED: Final = {"pcmu": encode_pcmu, "pcma": encode_pcma}


def warming_chunks() -> Iterator[Chunk]:
    """Chunks that take every way through the analysis: noise, each kind of tone, losses, a lead-in, both laws."""
    for number, sound in enumerate(_sounds()):
        yield chunk_of(sound, _LAWS[number % 2], lossy=number % 4 > 1)


def _sounds() -> Iterator[NDArray[np.int16]]:
    n = LEAD_IN_SAMPLES + CHUNK_SAMPLES
    noise = np.random.default_rng(0).integers(-8_000, 8_000, n).astype(np.int16)
    yield noise
    yield np.resize(tones.dtmf("159#D", 0.09, 0.07), n)
    yield tones.dial(n)
    for country in ("us", "de"):
        yield tones.busy(n, country)
        yield tones.reorder(n, country)
        yield tones.ringback(n, country)
    yield np.resize(tones.sit(), n)
    yield tones.cng(n)
    yield tones.ced(n)
    yield tones.ansam(n, reversals=False)
    yield tones.ansam(n)
    yield tones.v21_preamble(n)
    for frequency in (1004.0, 2225.0, 1400.0):
        yield tones.cadenced(n, (frequency,), (0.4, 0.8))
    yield (tones.dtmf("5" * 40, 0.2, 0.2)[:n] // 2 + noise // 16).astype(np.int16)


def chunk_of(sound: NDArray[np.int16], law: Law, *, lossy: bool) -> Chunk:
    """A lead-in and two seconds of sound in a law, a tenth of it lost where `lossy`."""
    codes = _CODED[law](sound)
    lead_in, codes = codes[:LEAD_IN_SAMPLES].tobytes(), codes[LEAD_IN_SAMPLES:]
    spans = [(0, 5_000), (5_160, 11_000), (11_320, CHUNK_SAMPLES)] if lossy else [(0, CHUNK_SAMPLES)]
    runs = [Run(start=at, length=to - at, encoding=law, data=codes[at:to].tobytes()) for at, to in spans]
    before = [Run(start=-LEAD_IN_SAMPLES, length=LEAD_IN_SAMPLES, encoding=law, data=lead_in)]
    return Chunk(head=_HEAD, runs=runs, lead_in=before)


_HEAD: Final = ChunkHead(
    stream_id="",
    call_id="",
    ssrc=0,
    anchor=0,
    tap_epoch=0,
    chunk=0,
    facts=Facts(direction="unknown", opened_ms=0, tap_id=""),
    coverage=1.0,
    received=0,
    lost=0,
    jitter_ms=0.0,
    close_reason="complete",
    last=False,
    captured_ms=0,
    tapped_ms=0,
    closed_ms=0,
)
