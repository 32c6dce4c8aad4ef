"""The index as a library: calls in, calls found."""

from dataclasses import dataclass
from types import TracebackType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.fingerprint import CHUNK_FRAMES, UNSHIFTED, WINDOW, Fingerprint, fingerprint
from streams.clock import now_ms
from streams.replay.enrolment import enroll
from streams.replay.forgetting import forget, purge
from streams.replay.print import FRAME_S, Print
from streams.replay.search import MOST_CHANCE, Found, Query, Searcher
from streams.replay.versions import older_prints
from streams.store import Store, open_store
from streams.store.migrations import migrate

CHUNK_MS: Final = 2000
MOST_QUERY_CHUNKS: Final = 30  # a minute, from the first chunk that says anything


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What was kept of a call.

    Attributes
    ----------
    chunks
        How many chunks of two seconds.
    usable_s
        Seconds in which there was something to find it by: none of silence, a steady tone, ring-back, stationary noise.
    """

    chunks: int
    usable_s: float


@dataclass(frozen=True, slots=True)
class ReplayMatch:
    """A call that holds the audio that was asked for.

    Attributes
    ----------
    call_id
        The call.
    score
        Share of bits that agree over the shared part, 0 to 1; 0.5 is chance.
    offset_s
        Second of the call at which the query's first sample falls; negative where the call begins later.
    pitch, tempo
        The query's over the call's: above 1 is higher, faster.
    false_match_probability
        Chance that audio which is in no call is matched so well.
    """

    call_id: str
    score: float
    offset_s: float
    pitch: float
    tempo: float
    false_match_probability: float


class ReplayIndex:
    """Calls enrolled by their audio, and found again by a few seconds of it.

    >>> index = ReplayIndex("chdb:///var/lib/callsieve")     # doctest: +SKIP
    >>> index.enroll("call-1", pcm)                           # doctest: +SKIP
    >>> index.search(pcm[40_000:80_000])                      # doctest: +SKIP

    No audio is kept: peaks' triplets and words of 32 bits, some 13 KB for 30 seconds, for 30 days. One thread at a
    time.

    Parameters
    ----------
    store
        Address of a store (`streams.store.open_store`), whose tables are made where they are missing; or a migrated
        store, which stays open when the index is closed.
    most_chance
        Greatest false-match probability of what is found.

    Raises
    ------
    IndexVersionError
        If the index was written by a newer version of the fingerprint.
    StoreError
        If the store fails; so every method.
    """

    def __init__(self, store: str | Store, *, most_chance: float = MOST_CHANCE) -> None:
        self._own = isinstance(store, str)
        self._store: Store = open_store(store) if isinstance(store, str) else store
        try:
            if self._own:
                migrate(self._store)
            self._ignored = older_prints(self._store)
        except Exception:
            self.close()
            raise
        self._searcher = Searcher(self._store, most_chance=most_chance)

    @property
    def ignored(self) -> dict[int, int]:
        """Chunks in the index that an older version of the fingerprint enrolled, by version: they are not found."""
        return dict(self._ignored)

    def enroll(
        self,
        call_id: str,
        pcm: NDArray[np.int16],
        *,
        caller: str = "",
        key_id: str = "",
        opened_ms: int | None = None,
        received: NDArray[np.bool_] | None = None,
    ) -> Enrolled:
        """Keep a call; one that is enrolled twice counts once.

        Parameters
        ----------
        call_id
            Its name.
        pcm
            int16, shape (n,): its audio at 8 kHz, at most an hour; what comes after 17 min 28 s is not kept.
        caller, key_id
            Hash of the caller's number and the key it was made with.
        opened_ms
            When it began, ms since 1970; now, when left out.
        received
            bool, shape (n,): which samples came; all of them when left out.

        Raises
        ------
        TypeError, ValueError
            As `features.fingerprint.fingerprint`; the empty name is none.
        """
        if not call_id:
            raise ValueError("a call needs a name")
        began = now_ms() if opened_ms is None else opened_ms
        taken = _taken(pcm, received)
        prints = [
            Print(call_id, call_id, chunk, caller, key_id, began, began + CHUNK_MS * (chunk + 1), part)
            for chunk, part in _chunks(taken)
        ]
        return Enrolled(enroll(self._store, prints), float(np.count_nonzero(taken.words[UNSHIFTED])) * FRAME_S)

    def search(self, pcm: NDArray[np.int16], limit: int = 5) -> list[ReplayMatch]:
        """Find the calls that hold this audio, or a part of it.

        Parameters
        ----------
        pcm
            int16, shape (n,): audio at 8 kHz, at most an hour; of a long one the first minute that says anything.
        limit
            How many calls at most.

        Returns
        -------
        list of ReplayMatch
            Most certain first; of each call the best part.

        Raises
        ------
        TypeError, ValueError
            As `features.fingerprint.fingerprint`; `limit` is at least 1.
        """
        if limit < 1:
            raise ValueError(f"{limit} calls can't be found")
        taken = _taken(pcm, None)
        if not len(taken.peaks):
            return []
        first = int(taken.peaks[0, 0]) // CHUNK_FRAMES
        query = Print("", "", first, "", "", 0, 0, _cut(taken, first, MOST_QUERY_CHUNKS))
        best: dict[str, ReplayMatch] = {}
        for found in self._searcher.search([Query(query)])[0]:
            best.setdefault(found.call_id, _match(found, first))
        return list(best.values())[:limit]

    def forget(self, call_id: str) -> None:
        """Let a call be found no more, at once; `purge` erases its rows."""
        forget(self._store, [call_id])

    def purge(self) -> int:
        """Erase what was forgotten (`streams.replay.forgetting.purge`); how many calls."""
        return purge(self._store)

    def close(self) -> None:
        """Let go of the store, if the index opened it."""
        if self._own:
            self._store.close()

    def __enter__(self) -> "ReplayIndex":
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()


def _taken(pcm: NDArray[np.int16], received: NDArray[np.bool_] | None) -> Fingerprint:
    """The fingerprint on the grid of streams: frame 0 begins with a lead-in, here one that did not come."""
    if pcm.ndim != 1 or (received is not None and received.shape != pcm.shape):
        return fingerprint(pcm, received)  # which says what is wrong
    if not len(pcm):
        return fingerprint(pcm)
    came = np.ones(len(pcm), np.bool_) if received is None else received
    return fingerprint(np.pad(pcm, (WINDOW, 0)), np.pad(came, (WINDOW, 0)))


def _chunks(taken: Fingerprint) -> list[tuple[int, Fingerprint]]:
    return [(chunk, _cut(taken, chunk, 1)) for chunk in range(-(-max(taken.frames - 1, 0) // CHUNK_FRAMES))]


def _cut(taken: Fingerprint, chunk: int, chunks: int) -> Fingerprint:
    """Some chunks of a fingerprint."""
    begin, end = CHUNK_FRAMES * chunk, min(CHUNK_FRAMES * (chunk + chunks) + 1, taken.frames)
    low, high = np.searchsorted(taken.peaks[:, 0], (begin, end))
    peaks = taken.peaks[low:high] - np.array([begin, 0], np.int32)
    return Fingerprint(peaks, taken.strengths[low:high], taken.words[:, begin:end])


def _match(found: Found, first: int) -> ReplayMatch:
    return ReplayMatch(
        call_id=found.call_id,
        score=found.score,
        offset_s=found.offset_s - found.tempo * first * CHUNK_MS / 1000,
        pitch=found.pitch,
        tempo=found.tempo,
        false_match_probability=found.false_match_probability,
    )
