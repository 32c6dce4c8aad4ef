"""What a search looks things up in, and the one that is kept in ClickHouse."""

from collections.abc import Iterable, Mapping
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from features.matching.lines import Line
from streams.replay import sql
from streams.replay.frequencies import Frequencies
from streams.replay.place import unpacked
from streams.replay.references import Reference, references
from streams.store.base import Arrays, Store

MOST_ROWS: Final = 4_000_000  # of one SELECT, 48 MB
_MOST_LISTED: Final = 1500  # keys: more are told quicker as one array, which costs a subquery


class Lookup(Protocol):
    """Fingerprints that can be searched."""

    def frequency(self) -> NDArray[np.float32] | None:
        """Rows of each key in a million; None where it is not known or does not matter."""

    def rows(self, keys: NDArray[np.uint32]) -> Arrays:
        """Columns ``key``, ``call``, ``frame`` and ``bin`` of the rows under some keys."""

    def references(self, lines: Iterable[tuple[Line, int]]) -> Mapping[int, list[Reference]]:
        """The streams that lines lead to, by call number; with each line the number of frames of its query."""


class StoredLookup:
    """Fingerprints in ClickHouse; all methods raise the store's errors.

    Parameters
    ----------
    store
        A migrated store.
    frequencies
        How common keys are; counted in the store when left out.
    """

    def __init__(self, store: Store, frequencies: Frequencies | None = None) -> None:
        self._store = store
        self._frequencies = frequencies if frequencies is not None else Frequencies(store)

    def frequency(self) -> NDArray[np.float32] | None:
        """See ``Lookup``."""
        return self._frequencies.current()

    def rows(self, keys: NDArray[np.uint32]) -> Arrays:
        """See ``Lookup``; at most `MOST_ROWS`: of one part of the index after the other, lowest keys first."""
        asked = keys if len(keys) > _MOST_LISTED else keys.tolist()
        found = self._store.columns(sql.rows_of_keys(self._store.version), {"keys": asked, "most": MOST_ROWS})
        calls, frames, bins = unpacked(found["place"])
        return {"key": found["key"], "call": calls, "frame": frames, "bin": bins}

    def references(self, lines: Iterable[tuple[Line, int]]) -> Mapping[int, list[Reference]]:
        """See ``Lookup``."""
        return references(self._store, lines)
