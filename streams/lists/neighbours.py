"""Who calls from where, as verdicts in ClickHouse tell it."""

from collections.abc import Collection
from typing import Final

from streams.lists.origins import OriginScope
from streams.store import Store
from streams.store.queries import ask

_MOST_ASKED: Final = 10_000  # callers whose ranges are looked up at once
_NAMED: Final = {"prefix": "callers_of_prefix", "trunk": "callers_of_trunk"}


class StoredNeighbours:
    """Callers of ranges and trunks, over a migrated store; all methods raise the store's errors.

    Verdicts reach the store some seconds after they were made, so the newest callers may be missing.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def callers(self, scope: OriginScope, value: str, since_ms: int) -> int:
        """How many distinct callers were heard from a range or a trunk since a moment, capture clock."""
        return int(ask(self._store, _NAMED[scope], value=value, since_ms=since_ms)[0]["callers"])

    def prefixes_of(self, callers: Collection[str], since_ms: int) -> dict[str, set[str]]:
        """Hashes of the prefixes of some callers' numbers, as far as they were heard since a moment."""
        found: dict[str, set[str]] = {}
        asked = sorted(callers)[:_MOST_ASKED]
        for row in ask(self._store, "prefixes_of_callers", callers=asked, since_ms=since_ms) if asked else []:
            found.setdefault(str(row["caller"]), set()).add(str(row["prefix"]))
        return found
