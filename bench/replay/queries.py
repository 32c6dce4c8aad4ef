"""Queries: pieces of known calls after a distortion, and of calls that nobody knows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from bench.replay.corpus import Call, Corpus
from bench.replay.distortions import DISTORTIONS, Distorted, Distortion
from models.channel.laws import LAWS, decode, encode
from models.sounds.scale import RATE

Pcm = NDArray[np.int16]

# shares of the queries from each kind of known call, and of unknown ones
KNOWN: Final = {"speech": 0.6, "made": 0.3, "music": 0.1}
UNKNOWN: Final = {"speech": 0.5, "made": 0.25, "music": 0.15, "noise": 0.07, "tones": 0.03}
UNCHANGED: Final = 0.3  # of the unknown queries; the others are distorted, each way as often as any other
BY_CHUNKS_S: Final = 4.0  # queries of this length are asked as two chunks, each of which sounds
_SOUNDING: Final = 0.5  # of a query of speech: in so much of it somebody is heard
_FRAME: Final = 160
_MARGIN: Final = 400  # samples that a distortion may eat at the end
_DRAWS: Final = 40


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked, and the truth of it.

    ``call`` is the known call's number, None for an unknown call. ``start_s`` is the second of the call at which the
    query's first sample was; ``pitch`` and ``tempo`` are the query's over the call's; an offset has a meaning where
    ``straight``. ``recording`` is the call's name, ``kind`` what it is.
    """

    length_s: float
    distortion: str
    recording: str
    kind: str
    pcm: Pcm
    received: NDArray[np.bool_] | None
    call: int | None = None
    start_s: float = 0.0
    pitch: float = 1.0
    tempo: float = 1.0
    straight: bool = True


def positives(corpus: Corpus, distortion: Distortion, length_s: float, count: int, first: int = 0) -> Iterator[Query]:
    """Cut queries from known calls at random, one after the other; query i is the same in whatever run it is made."""
    by_kind = _by_kind(corpus.enrolled)
    for number in range(first, first + count):
        rng = np.random.default_rng([corpus.seed, crc32(distortion.name.encode()), round(length_s * 10), number])
        place = _drawn(rng, corpus.enrolled, by_kind, KNOWN)
        if (query := _cut(rng, corpus, place, distortion, length_s, known=True)) is not None:
            yield query


def negatives(corpus: Corpus, length_s: float, count: int, first: int = 0) -> Iterator[Query]:
    """Cut queries from calls that are not enrolled, most of them distorted."""
    by_kind = _by_kind(corpus.others)
    for number in range(first, first + count):
        rng = np.random.default_rng([corpus.seed, 0, round(length_s * 10), number])
        changed = rng.random() >= UNCHANGED
        distortion = DISTORTIONS[int(rng.integers(len(DISTORTIONS)))] if changed else DISTORTIONS[0]
        place = _drawn(rng, corpus.others, by_kind, UNKNOWN)
        if (query := _cut(rng, corpus, place, distortion, length_s, known=False)) is not None:
            yield query


def _by_kind(calls: Sequence[Call]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for number, call in enumerate(calls):
        found.setdefault(call.kind, []).append(number)
    return found


def _drawn(
    rng: np.random.Generator, calls: Sequence[Call], by_kind: dict[str, list[int]], shares: dict[str, float]
) -> list[int]:
    """Draw calls of one kind, to be tried in this order."""
    kinds = [kind for kind in shares if kind in by_kind]
    weights = np.array([shares[kind] for kind in kinds])
    kind = kinds[int(rng.choice(len(kinds), p=weights / weights.sum()))]
    return [int(place) for place in rng.choice(by_kind[kind], _DRAWS)]


def _cut(
    rng: np.random.Generator,
    corpus: Corpus,
    places: Sequence[int],
    distortion: Distortion,
    length_s: float,
    known: bool,
) -> Query | None:
    """Cut from the first call that is long enough and sounds there; None where there is none."""
    calls = corpus.enrolled if known else corpus.others
    n = round(length_s * RATE)
    takes = int(np.ceil(n * distortion.needs)) + (_MARGIN if distortion.needs > 1.0 else 0)
    for place in places:
        call = calls[place]
        begin, room = round(call.from_s * RATE), call.pcm.size - takes
        if room <= begin:
            continue
        start = int(rng.integers(begin, room + 1))
        piece = call.pcm[start : start + takes]
        parts = np.array_split(piece, 2) if length_s == BY_CHUNKS_S else [piece]
        if call.kind in ("speech", "made") and min(sounding(part, call.pcm) for part in parts) < _SOUNDING:
            continue
        heard = _last_leg(rng, distortion.apply(rng, piece, corpus.company), n)
        return Query(
            length_s, distortion.name, call.name, call.kind, heard.pcm, heard.received,
            place if known else None, start / RATE, distortion.pitch, distortion.tempo, distortion.straight,
        )  # fmt: skip
    return None


def sounding(piece: Pcm, call: Pcm) -> float:
    """Share of a piece's 20 ms frames that are above -60 dBFS and at most 30 dB under the call's loud ones."""
    loud = float(np.quantile(_levels(call), 0.95))
    own = _levels(piece)
    return float(np.mean((own > -60.0) & (own > loud - 30.0)))


def _levels(pcm: Pcm) -> NDArray[np.float64]:
    frames = pcm[: pcm.size // _FRAME * _FRAME].astype(np.float64).reshape(-1, _FRAME)
    levels: NDArray[np.float64] = 10.0 * np.log10(np.mean(frames**2, axis=1) / 32768.0**2 + 1e-12)
    return levels


def _last_leg(rng: np.random.Generator, heard: Distorted, n: int) -> Distorted:
    """G.711, in either law; lost samples stay zero."""
    law = LAWS[int(rng.integers(len(LAWS)))]
    pcm = decode(encode(heard.pcm[:n], law), law)
    pcm = np.concatenate([pcm, np.zeros(n - pcm.size, np.int16)])
    if heard.received is None:
        return Distorted(pcm)
    received = np.concatenate([heard.received[:n], np.ones(n - heard.received[:n].size, np.bool_)])
    return Distorted(np.where(received, pcm, 0).astype(np.int16), received)
