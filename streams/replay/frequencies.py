"""How common keys are, so that a query asks for the rare ones."""

import time
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.fingerprint import FIRST_KEY, LAST_KEY, key_frequencies
from streams.replay import sql
from streams.store.base import Store

LARGE: Final = 1_000_000  # postings: in a smaller index no key has many
REFRESH_S: Final = 3600.0
GROWN_S: Final = 60.0  # until a small index is looked at again


class Frequencies:
    """Rows by key, counted in the index when it is first asked and every hour, once it is large.

    The count is a GROUP BY over all postings, on the thread that asks: 3 s of a core for 700 million.

    Parameters
    ----------
    store
        A migrated store.
    clock
        Seconds.
    """

    def __init__(self, store: Store, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._counted_s: float | None = None
        self._rows: NDArray[np.float32] | None = None

    def current(self) -> NDArray[np.float32] | None:
        """Rows of each shape of keys, shape (2**22,); None while the index is small.

        Raises
        ------
        StoreError
            If they are to be counted and the store fails.
        """
        now_s = self._clock()
        kept_s = GROWN_S if self._rows is None else REFRESH_S
        if self._counted_s is None or now_s - self._counted_s >= kept_s:
            self._rows = self._count()
            self._counted_s = now_s
        return self._rows

    def _count(self) -> NDArray[np.float32] | None:
        if int(self._store.query(sql.ROWS)[0]["rows_there"]) < LARGE:
            return None
        found = self._store.columns(sql.FREQUENCIES, {"first": FIRST_KEY, "last": LAST_KEY})
        return key_frequencies(found["key"], found["rows_there"]) if len(found["key"]) else None
