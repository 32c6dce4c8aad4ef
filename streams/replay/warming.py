"""A search with nothing at stake, so that no call waits for a compiler."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.fingerprint import CHUNK_FRAMES, HOP, RATE, WINDOW, fingerprint
from streams.replay.evidence import Evidence
from streams.replay.print import Print
from streams.replay.representatives import Representatives
from streams.replay.search import Query, Searcher

_SYLLABLE_S: Final = 0.12
_CHUNK_MS: Final = 2_000


def warm_up() -> None:
    """Compile every kernel that fingerprints and their search need: a minute's machine time the first time."""
    chunk, lead_in = CHUNK_FRAMES * HOP, WINDOW
    sound = _babble(lead_in + 2 * chunk)
    known, asked = (
        [_print(call, n, sound[n * chunk : (n + 1) * chunk + lead_in]) for n in range(2)] for call in ("a", "b")
    )
    calls, evidence = Representatives(), Evidence()
    calls.offer("a", known)
    Searcher.over(calls).search([Query(one, evidence) for one in asked])


def _babble(n: int) -> NDArray[np.int16]:
    """Short harmonic sounds, one after the other: peaks enough for every way through the search."""
    rng = np.random.default_rng(0)
    length = round(_SYLLABLE_S * RATE)
    at = np.arange(length) / RATE
    parts = [
        np.hanning(length) * sum(np.sin(2 * np.pi * f * at) for f in rng.uniform(300, 3_000, 6))
        for _ in range(-(-n // length))
    ]
    return np.round(2_000 * np.concatenate(parts)[:n]).astype(np.int16)


def _print(call: str, chunk: int, pcm: NDArray[np.int16]) -> Print:
    return Print(call, call, chunk, "", "", 0, _CHUNK_MS * (chunk + 1), fingerprint(pcm))
