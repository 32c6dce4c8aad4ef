"""What is known of how a campaign's calls sound, laid over each other: words and peaks, for no audio is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.fingerprint import BINS_PER_OCTAVE, STORED_STEP, fingerprint
from features.fingerprint.axis import LOWEST_HZ
from features.fingerprint.keys import BINS_PER_CELL
from features.fingerprint.spectrogram import power_spectrogram
from streams.campaigns import sql
from streams.campaigns.alignment import Place, places
from streams.campaigns.campaigns import Campaigns
from streams.campaigns.records import Edge
from streams.campaigns.shape import Shape
from streams.replay.print import FRAME_S, LEAD_FRAMES, call_number
from streams.replay.references import laid
from streams.store.base import Store, day_of

_DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class Strip:
    """One call of a campaign.

    Attributes
    ----------
    call_id, caller
        Whose it is; the caller's hash, or "".
    place
        Where it stands beside the call that is the line of time.
    shared_s
        From which of its seconds to which it shares most with another call.
    words
        uint32, shape (n,): every second frame's; 0 where there is none.
    peaks
        float64, shape (n, 2): second of the call, Hz.
    power
        float32, shape (frames, columns) of 7.8125 Hz, where there is audio; its first frame begins with the call.
    """

    call_id: str
    caller: str
    place: Place
    shared_s: tuple[float, float]
    words: NDArray[np.uint32]
    peaks: NDArray[np.float64]
    power: NDArray[np.float32] | None = None

    def word_at(self, recording_s: NDArray[np.float64]) -> NDArray[np.uint32]:
        """The words nearest to seconds of the recording; 0 where there is none."""
        stream_s = (recording_s - self.place.begin_s) / self.place.tempo
        at = np.rint((stream_s / FRAME_S + LEAD_FRAMES / 2) / STORED_STEP).astype(np.int64)
        inside = (at >= 0) & (at < len(self.words))
        found = np.zeros(len(at), np.uint32)
        found[inside] = self.words[at[inside]]
        return found


@dataclass(frozen=True, slots=True)
class Strips:
    """A campaign's calls over one line of time; the first strip's is the line."""

    campaign: str
    calls: int
    shape: Shape
    strips: list[Strip]


def gather(
    store: Store, campaign: str, *, most: int, audio: Mapping[str, NDArray[np.int16]] | None = None
) -> Strips | None:
    """Lay calls of a campaign over each other.

    Parameters
    ----------
    store
        A migrated store.
    campaign
        Any of its ids.
    most
        So many calls at most: the one that stands for it, those whose audio is given, then those that share most.
    audio
        By call, 8 kHz: drawn in place of the words.

    Returns
    -------
    Strips or None
        None where no edges are kept.

    Raises
    ------
    StoreError
        If the store fails.
    """
    known = Campaigns(store)
    edges, given = known.pairs(campaign), audio or {}
    if not edges:
        return None
    shape = known.shape(campaign, edges)
    placed = places(edges, shape.reference)
    best = _best(edges)
    ranked = sorted(
        placed,
        key=lambda call: (call != shape.reference, call not in given, -best[call].shared_s, best[call].opened_ms, call),
    )[:most]
    words = _words(store, ranked)
    peaks = _peaks(store, edges, ranked)
    strips = [_strip(call, best[call], placed[call], words, peaks, given.get(call)) for call in ranked]
    return Strips(known.root(campaign), len(placed), shape, strips)


def _best(edges: Sequence[Edge]) -> dict[str, Edge]:
    """Of each call the edge that shares most."""
    found: dict[str, Edge] = {}
    for edge in edges:
        for call in (edge.call_id, edge.matched_call_id):
            found[call] = max(edge, found.get(call, edge), key=lambda one: (one.shared_s, one.score, one.call_id))
    return found


def _strip(
    call: str,
    edge: Edge,
    place: Place,
    words: Mapping[str, NDArray[np.uint32]],
    peaks: Mapping[str, NDArray[np.float64]],
    pcm: NDArray[np.int16] | None,
) -> Strip:
    own = edge.call_id == call
    shared = (edge.query_start_s, edge.query_end_s)
    if not own:
        shared = (edge.matched_s(shared[0]), edge.matched_s(shared[1]))
    power = None
    marks = peaks.get(call, np.zeros((0, 2)))
    if pcm is not None:
        power = power_spectrogram(pcm)
        heard = fingerprint(pcm).peaks
        hertz = LOWEST_HZ * 2.0 ** (heard[:, 1] / BINS_PER_OCTAVE)
        marks = np.column_stack([(heard[:, 0] + LEAD_FRAMES / 2) * FRAME_S, hertz])
    none = np.zeros(0, np.uint32)
    caller = edge.caller if own else edge.matched_caller
    return Strip(call, caller, place, shared, words.get(call, none), marks, power)


def _words(store: Store, calls: Sequence[str]) -> dict[str, NDArray[np.uint32]]:
    """Words of calls that are still in the index, each in its place; of several streams the first."""
    numbers = [call_number(call) for call in calls]
    rows = store.columns(sql.WORDS, {"calls": list(calls), "numbers": numbers})
    found: dict[str, NDArray[np.uint32]] = {}
    texts = [call.decode() for call in rows["call_id"]]
    for call, group in groupby(range(len(texts)), key=lambda place: texts[place]):
        some = list(group)
        some = [place for place in some if rows["stream_id"][place] == rows["stream_id"][some[0]]]
        chunks = [int(rows["chunk"][place]) for place in some]
        found[call] = laid(chunks, [rows["words"][place] for place in some])
    return found


def _peaks(store: Store, edges: Sequence[Edge], calls: Sequence[str]) -> dict[str, NDArray[np.float64]]:
    """Peaks of calls that are still in the index: those that triplets begin with."""
    by_number = {call_number(call): call for call in calls}
    opened = [moment for edge in edges for moment in (edge.opened_ms, edge.matched_opened_ms)]
    span = {"first": day_of(min(opened)), "last": day_of(max(opened) + _DAY_MS)}
    rows = store.columns(sql.PEAKS, {"numbers": list(by_number), **span})
    cells_per_octave = BINS_PER_OCTAVE // BINS_PER_CELL
    found: dict[str, NDArray[np.float64]] = {}
    for number, call in by_number.items():
        own = rows["call"] == number
        seconds = (rows["frame"][own].astype(np.float64) - LEAD_FRAMES / 2) * FRAME_S
        found[call] = np.column_stack([seconds, LOWEST_HZ * 2.0 ** (rows["bin"][own] / cells_per_octave)])
    return found
