"""What holds rules back: limits per hour, and what people have protected."""

from collections import OrderedDict
from collections.abc import Collection, Iterable
from typing import Final

from schemas.ids import list_key
from schemas.records import ListEntry, ListScope
from streams.lists.heard import Hearing
from streams.lists.origins import Neighbours, OriginScope
from streams.lists.rules import Limits
from streams.lists.view import ListView, acts, over

HOUR_MS: Final = 3_600_000
_MOST_WITHHELD: Final = 10_000  # remembered, so that each counts once
_MOST_ASKED: Final = 10_000  # hashes whose newer ones are looked up at once
_GUARDING: Final = ("white", "protected")


class HourLimits:
    """Whether rules may make one more new entry, and what they were kept from making.

    An hour is what lies within one before and after a moment of the capture clock, so that an agent that is behind
    counts what another has made of the same hour. Entries come back through list.entries; what this process has made
    and not seen there yet counts as well.

    Attributes
    ----------
    withheld
        How many entries were not made, each counted once.
    """

    def __init__(self, limits: Limits | None, lists: ListView) -> None:
        self._limits = limits
        self._lists = lists
        self._made: dict[str, tuple[ListScope, int]] = {}  # not seen in list.entries yet
        self._held: OrderedDict[str, None] = OrderedDict()
        self.withheld = 0

    def allows(self, entry: ListEntry, heard_ms: int) -> bool:
        """Whether a new entry may be made of what was heard at a moment; one that may counts from now on."""
        key = list_key(entry.kind, entry.scope, entry.value)
        if self._limits is not None and self._listed(entry.scope, key, heard_ms) >= self._limits.of(entry.scope):
            if key not in self._held:
                self.withheld += 1
                self._held[key] = None
                if len(self._held) > _MOST_WITHHELD:
                    self._held.popitem(last=False)
            return False
        self._held.pop(key, None)
        self._made[key] = (entry.scope, heard_ms)
        return True

    def _listed(self, scope: ListScope, key: str, heard_ms: int) -> int:
        """New entries of the hour around a moment, but for the one that is asked for."""
        self._made = {
            other: (of, at_ms)
            for other, (of, at_ms) in self._made.items()
            if self._lists.get(other) is None and abs(heard_ms - at_ms) < HOUR_MS
        }
        unseen = sum(of == scope and other != key for other, (of, _) in self._made.items())
        known = self._lists.get(key)
        itself = known is not None and known.listed_ms is not None and abs(heard_ms - known.listed_ms) < HOUR_MS
        return self._lists.listed_around(scope, heard_ms, HOUR_MS) + unseen - itself


def guarded_under_other_keys(lists: ListView, key_id: str | None, now_ms: int) -> list[str]:
    """Hashes of callers that are whitelisted or protected, made with other keys than the present one."""
    found = (
        entry.value
        for entry in lists.entries()
        if entry.kind in _GUARDING and entry.scope == "caller" and entry.key_id not in (None, key_id)
        if acts(entry, now_ms)
    )
    return sorted(found)[:_MOST_ASKED]


def guarded_callers(
    lists: ListView,
    hearings: Iterable[Hearing],
    neighbours: Neighbours | None,
    now_ms: int,
    since_ms: int,
    renamed: Collection[str] = (),
) -> int:
    """How many callers that a recording was heard from are whitelisted or protected, by number or by range.

    Ranges can be told only where somebody knows who calls from where. ``renamed`` are hashes of callers that entries
    name by another key's.

    Raises
    ------
    StoreError
        If the store fails.
    """
    callers = {hearing.caller for hearing in hearings if hearing.caller}
    guarded = {caller for caller in callers if caller in renamed or _guards(lists, "caller", caller, now_ms)}
    if neighbours is not None and lists.count("white", "prefix") + lists.count("protected", "prefix"):
        ranges = neighbours.prefixes_of(callers - guarded, since_ms)
        guarded |= {
            caller for caller, known in ranges.items() if any(_guards(lists, "prefix", one, now_ms) for one in known)
        }
    return len(guarded)


def _guards(lists: ListView, scope: ListScope, value: str, now_ms: int) -> bool:
    found = (lists.get(list_key(kind, scope, value)) for kind in _GUARDING)
    return any(entry is not None and acts(entry, now_ms) for entry in found)


def holds_protected(lists: ListView, scope: OriginScope, value: str, now_ms: int) -> bool:
    """Whether a range or a trunk is protected or whitelisted, or a number within the range is."""
    if _guards(lists, scope, value, now_ms):
        return True
    return scope == "prefix" and any(
        value in entry.prefixes for entry in lists.entries() if entry.kind in _GUARDING and acts(entry, now_ms)
    )


def listed_of(
    entries: Iterable[ListEntry], scope: OriginScope, value: str, states: Collection[str], now_ms: int
) -> list[ListEntry]:
    """Callers of a range or a trunk that rules have listed, each once."""
    from_there = (
        entry for entry in entries if (value in entry.prefixes if scope == "prefix" else entry.trunk == value)
    )
    found = {
        entry.value: entry
        for entry in from_there
        if entry.kind == "black"
        and entry.scope == "caller"
        and entry.listed_ms is not None
        and entry.state in states
        and not over(entry, now_ms)
    }
    return list(found.values())
