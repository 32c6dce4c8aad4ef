"""Enrolment: prints into ClickHouse."""

from collections.abc import Sequence

import numpy as np

from features.fingerprint import FINGERPRINT_VERSION, STORED_STEP, UNSHIFTED, Postings, encode_words, postings
from streams.replay.place import packed
from streams.replay.print import MOST_CHUNKS, Print, call_number
from streams.store.base import Store, day_of


def enroll(store: Store, prints: Sequence[Print]) -> int:
    """Keep the fingerprints of chunks, so that the same sound is found in other calls.

    The same prints again change nothing: their rows collapse. Prints without a posting are not kept, nor are those
    beyond a stream's first 17 minutes (`MOST_CHUNKS`).

    Parameters
    ----------
    store
        A migrated store.
    prints
        Of any calls, in any order.

    Returns
    -------
    int
        How many were kept.

    Raises
    ------
    StoreError
        If the store fails; the same prints can be enrolled again.
    """
    told = [(row, postings(row.fingerprint)) for row in prints if 0 <= row.chunk < MOST_CHUNKS]
    kept = [(row, found) for row, found in told if len(found.keys)]
    if kept:
        # chunks first: a posting whose chunk is not there counts for nothing, and not the other way round
        _keep_words(store, [row for row, _ in kept])
        _keep_postings(store, kept)
    return len(kept)


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


def _keep_postings(store: Store, kept: Sequence[tuple[Print, Postings]]) -> None:
    lengths = [len(found.keys) for _, found in kept]
    days = np.array([day_of(row.captured_ms) for row, _ in kept], object)
    store.insert(
        "replay_postings",
        {
            "key": np.concatenate([found.keys for _, found in kept]),
            "place": np.concatenate(
                [packed(call_number(row.call_id), found.frames + row.first_frame, found.bins) for row, found in kept]
            ),
            "captured_date": np.repeat(days, lengths),
        },
    )


def _stored(row: Print) -> bytes:
    """The words of the stream's even frames, whichever of the chunk's those are."""
    return encode_words(row.fingerprint.words[UNSHIFTED, row.first_frame % STORED_STEP :])
