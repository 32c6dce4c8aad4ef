"""Forgetting calls: hidden at once, erased in batches."""

import time
from collections.abc import Iterable, Sequence
from typing import Final

from streams.replay import sql
from streams.replay.print import call_number
from streams.store.base import Store, StoreError

POLL_S: Final = 0.1
WAIT_S: Final = 600.0
_AT_ONCE: Final = 1000  # calls named in a statement


def forget(store: Store, call_ids: Iterable[str]) -> None:
    """Let calls be found no more, from now on and by every process; chunks of theirs that come later neither.

    Their rows stay until `purge`, or until they expire.

    Raises
    ------
    StoreError
        If the store fails.
    """
    names = sorted(set(call_ids))
    if names:
        store.insert("forgotten_calls", {"call_id": names, "forgotten_ms": [time.time_ns() // 1_000_000] * len(names)})


def purge(store: Store, *, wait_s: float = WAIT_S) -> int:
    """Erase the rows of all forgotten calls, and wait until it is done; the calls may then be enrolled again.

    ClickHouse erases by writing parts again that hold such rows, some seconds for a large index: not for each call. A
    call whose number (`streams.replay.print.call_number`) is that of an erased one loses its postings too; of a
    million calls that is one for every 4,000 erased.

    Returns
    -------
    int
        How many calls were erased.

    Raises
    ------
    StoreError
        If the store fails, or is not done in time: it goes on by itself then.
    """
    names = [str(row["call_id"]) for row in store.query(sql.FORGOTTEN)]
    deadline = time.monotonic() + wait_s
    for start in range(0, len(names), _AT_ONCE):
        some = names[start : start + _AT_ONCE]
        told = {"calls": some, "numbers": [call_number(name) for name in some]}
        store.execute("ALTER TABLE replay_postings DELETE WHERE call IN %(numbers)s", told)
        store.execute("ALTER TABLE fingerprints DELETE WHERE call IN %(numbers)s AND call_id IN %(calls)s", told)
        _wait(store, deadline)
        store.execute("ALTER TABLE forgotten_calls DELETE WHERE call_id IN %(calls)s", told)
        _wait(store, deadline)
    return len(names)


def _wait(store: Store, deadline: float) -> None:
    tables: Sequence[str] = ("replay_postings", "fingerprints", "forgotten_calls")
    while running := store.query(sql.MUTATIONS, {"tables": tables})[0]["running"]:
        if time.monotonic() > deadline:
            raise StoreError(f"{running} mutations of the replay index are not done in time: see system.mutations")
        time.sleep(POLL_S)
