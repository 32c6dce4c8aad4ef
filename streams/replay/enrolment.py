"""Enrolment: prints into ClickHouse."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.fingerprint import (
    CHUNK_FRAMES,
    FINGERPRINT_VERSION,
    STORED_STEP,
    UNSHIFTED,
    Fingerprint,
    encode_words,
    joined,
    postings,
)
from streams.replay.evidence import end_of
from streams.replay.place import packed
from streams.replay.print import MOST_CHUNKS, Print, call_number
from streams.store.base import Store, day_of

MOST_STREAMS: Final = 50_000  # whose last chunk is remembered, some 500 bytes each


class Enroller:
    """Keeps the fingerprints of chunks, so that the same sound is found in other calls.

    A triplet of peaks may reach from a chunk into the next: so of each stream the end of the chunk before is
    remembered, of the `MOST_STREAMS` that were heard last. Where it is not known, after a restart for one, those few
    are not kept: three in ten of a chunk's.

    Parameters
    ----------
    store
        A migrated store.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ends: OrderedDict[str, tuple[int, Fingerprint]] = OrderedDict()

    def enroll(self, prints: Sequence[Print]) -> int:
        """Keep chunks.

        The same prints again change nothing: their rows collapse. Prints without a posting are not kept, nor are those
        beyond a stream's first 17 minutes (`MOST_CHUNKS`).

        Parameters
        ----------
        prints
            Of any calls; those of a stream in their order.

        Returns
        -------
        int
            How many were kept.

        Raises
        ------
        StoreError
            If the store fails; the same prints can be enrolled again.
        """
        ends = {row.stream_id: self._ends[row.stream_id] for row in prints if row.stream_id in self._ends}
        told = []
        for row in prints:
            if 0 <= row.chunk < MOST_CHUNKS:
                told.append((row, _rows(row, ends.get(row.stream_id))))
                ends[row.stream_id] = row.chunk, end_of(row.fingerprint)
        kept = [(row, keys, places) for row, (keys, places) in told if len(keys)]
        if kept:
            # chunks first: a posting whose chunk is not there counts for nothing, and not the other way round
            _keep_words(self._store, [row for row, _, _ in kept])
            _keep_postings(self._store, kept)
        for stream_id, end in ends.items():
            self._ends[stream_id] = end
            self._ends.move_to_end(stream_id)
        while len(self._ends) > MOST_STREAMS:
            self._ends.popitem(last=False)
        return len(kept)


def enroll(store: Store, prints: Sequence[Print]) -> int:
    """Keep chunks once and for all, with nothing remembered of others: see `Enroller.enroll`."""
    return Enroller(store).enroll(prints)


def _rows(row: Print, before: tuple[int, Fingerprint] | None) -> tuple[NDArray[np.uint32], NDArray[np.uint64]]:
    """Keys and places of a chunk, and of what reaches into it from the chunk before."""
    number = call_number(row.call_id)
    own = postings(row.fingerprint)
    keys, places = own.keys, packed(number, own.frames + row.first_frame, own.bins)
    if before is None or before[0] != row.chunk - 1 or not len(row.fingerprint.peaks):
        return keys, places
    both = postings(joined([(0, before[1]), (1, row.fingerprint)]))
    across = both.frames < CHUNK_FRAMES
    frames = both.frames[across] + (row.first_frame - CHUNK_FRAMES)
    return np.append(keys, both.keys[across]), np.append(places, packed(number, frames, both.bins[across]))


def _keep_words(store: Store, rows: Sequence[Print]) -> None:
    store.insert(
        "fingerprints",
        {
            "call": [call_number(row.call_id) for row in rows],
            "call_id": [row.call_id for row in rows],
            "stream_id": [row.stream_id for row in rows],
            "chunk": [row.chunk for row in rows],
            "version": [FINGERPRINT_VERSION] * len(rows),
            "caller": [row.caller for row in rows],
            "key_id": [row.key_id for row in rows],
            "opened_ms": [row.opened_ms for row in rows],
            "captured_ms": [row.captured_ms for row in rows],
            "words": [_stored(row) for row in rows],
            "captured_date": [day_of(row.captured_ms) for row in rows],
        },
    )


def _keep_postings(store: Store, kept: Sequence[tuple[Print, NDArray[np.uint32], NDArray[np.uint64]]]) -> None:
    days = np.array([day_of(row.captured_ms) for row, _, _ in kept], object)
    store.insert(
        "replay_postings",
        {
            "key": np.concatenate([keys for _, keys, _ in kept]),
            "place": np.concatenate([places for _, _, places in kept]),
            "captured_date": np.repeat(days, [len(keys) for _, keys, _ in kept]),
        },
    )


def _stored(row: Print) -> bytes:
    """The words of the stream's even frames, whichever of the chunk's those are."""
    return encode_words(row.fingerprint.words[UNSHIFTED, row.first_frame % STORED_STEP :])
