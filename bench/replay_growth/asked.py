"""What an index is asked, and how."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.replay.corpus import Corpus
from bench.replay.distortions import named
from bench.replay.queries import Query as Piece
from bench.replay.queries import negatives, positives
from features.fingerprint import RATE, WINDOW, Fingerprint, fingerprint
from streams.replay.evidence import Evidence
from streams.replay.print import Print
from streams.replay.search import Found, Query, Searcher

LENGTHS: Final = (2.0, 4.0, 5.0)
FULL_S: Final = 5.0  # asked as one piece, all others chunk by chunk
DISTORTIONS: Final = (
    "clean", "pink noise 10 dB", "white noise 0 dB", "low-pass 2 kHz", "GSM", "speed +10 %", "tempo -10 %",
    "loss 20 % in bursts", "double talk 5 dB", "double talk 0 dB",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """A query, ready to be searched again and again."""

    name: str
    length_s: float
    call: int | None
    chunks: tuple[Fingerprint, ...]


def queries(known: Corpus, count: int, unknown: int) -> Iterator[Asked]:
    """Of each length so many of each distortion of known calls, and so many of what is in no call."""
    for length_s in LENGTHS:
        for name in DISTORTIONS:
            for piece in positives(known, named(name), length_s, count):
                yield _asked(piece, name)
        for piece in negatives(known, length_s, unknown):
            yield _asked(piece, "")


def _asked(piece: Piece, name: str) -> Asked:
    if piece.length_s == FULL_S:
        return Asked(name, piece.length_s, piece.call, (taken(piece.pcm, piece.received),))
    return Asked(name, piece.length_s, piece.call, tuple(parts(piece.pcm, piece.received)))


def taken(pcm: NDArray[np.int16], received: NDArray[np.bool_] | None = None) -> Fingerprint:
    """The fingerprint of all of it."""
    came = np.ones(pcm.size, np.bool_) if received is None else received
    return fingerprint(np.pad(pcm, (WINDOW, 0)), np.pad(came, (WINDOW, 0)))


def parts(pcm: NDArray[np.int16], received: NDArray[np.bool_] | None) -> Iterator[Fingerprint]:
    """Fingerprints of chunks, each with its lead-in."""
    came = np.pad(np.ones(pcm.size, np.bool_) if received is None else received, (WINDOW, 0))
    heard = np.pad(pcm, (WINDOW, 0))
    for begin in range(0, pcm.size, 2 * RATE):
        cut = slice(begin, begin + 2 * RATE + WINDOW)
        yield fingerprint(heard[cut], came[cut])


def print_of(call: str, chunk: int, heard: Fingerprint) -> Print:
    """A chunk as the agent has it, of one day."""
    first = int(datetime(2026, 1, 17, tzinfo=UTC).timestamp() * 1000)
    return Print(call, call, chunk, "", "", first, first + 2000 * (chunk + 1), heard)


def search(searcher: Searcher, one: Asked) -> list[Found]:
    """What a query is found in, all its chunks heard."""
    evidence = Evidence()
    found: list[Found] = []
    for chunk, heard in enumerate(one.chunks):
        found = searcher.search([Query(print_of("asks", chunk, heard), evidence)])[0]
    return found
