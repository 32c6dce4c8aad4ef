"""The black- and whitelist as a process sees them: all of list.entries, in memory."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, Literal

from schemas.ids import list_key
from schemas.records import Facts, ListEntry, ListKind, ListScope

MAX_ENTRIES: Final = 500_000  # kept in memory, about 1,700 bytes each with the evidence of five calls
MINUTE_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class ListHit:
    """A call that an entry speaks of.

    Attributes
    ----------
    key
        The entry's key in list.entries, a verdict's evidence.
    entry
        The entry.
    """

    key: str
    entry: ListEntry

    @property
    def kind(self) -> Literal["black", "white"]:
        """Which list acts: what is protected from rules is judged as ever."""
        return "white" if self.entry.kind == "white" else "black"


class ListView:
    """Entries by key, as the records of list.entries leave them; the whitelist wins.

    Attributes
    ----------
    refused
        Records whose key isn't that of their entry, which act under neither, and those there was no room for.
    """

    def __init__(self) -> None:
        self._entries: dict[str, ListEntry] = {}
        self._next: dict[int, int] = {}
        self._listed: Counter[tuple[ListScope, int]] = Counter()  # by rules: scope, minute
        self._counts: Counter[tuple[ListKind, ListScope]] = Counter()
        self.refused = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def version(self) -> str:
        """Which records were read: their number and a hash of the next offset of every partition."""
        ends = ",".join(f"{partition}:{offset}" for partition, offset in sorted(self._next.items()))
        return f"{sum(self._next.values())}-{blake2b(ends.encode(), digest_size=4).hexdigest()}"

    def apply(self, key: str, entry: ListEntry | None, *, partition: int = 0, offset: int) -> None:
        """Take in one record; one that was taken in before changes nothing.

        Parameters
        ----------
        key
            The record's key, ``kind:scope:value``.
        entry
            Its value; None removes the entry.
        partition, offset
            Where in list.entries it stands.
        """
        if offset < self._next.get(partition, 0):
            return
        self._next[partition] = offset + 1
        if entry is None:
            self._tally(self._entries.pop(key, None), -1)
        elif key == list_key(entry.kind, entry.scope, entry.value) and self._has_room(key, entry):
            self._tally(self._entries.get(key), -1)
            self._tally(entry, 1)
            self._entries[key] = entry
        else:
            self.refused += 1

    def _tally(self, entry: ListEntry | None, step: int) -> None:
        """Keep count of entries, and of what rules have listed minute by minute."""
        if entry is None:
            return
        self._counts[entry.kind, entry.scope] += step
        if entry.listed_ms is not None:
            minute = (entry.scope, entry.listed_ms // MINUTE_MS)
            self._listed[minute] += step
            if not self._listed[minute]:
                del self._listed[minute]

    def _has_room(self, key: str, entry: ListEntry) -> bool:
        """Whether an entry may be kept: of too many, white ones may still come when black ones may not any more."""
        most = MAX_ENTRIES if entry.kind == "black" else 2 * MAX_ENTRIES
        return key in self._entries or len(self._entries) < most

    def get(self, key: str) -> ListEntry | None:
        """The entry of a key, whether it acts or not."""
        return self._entries.get(key)

    def items(self) -> list[tuple[str, ListEntry]]:
        """Every key and its entry, whether it acts or not, by key."""
        return sorted(self._entries.items())

    def entries(self) -> list[ListEntry]:
        """Every entry, whether it acts or not, in no order."""
        return list(self._entries.values())

    def count(self, kind: ListKind, scope: ListScope) -> int:
        """How many entries there are of a list and scope, whether they act or not."""
        return self._counts[kind, scope]

    def match(self, facts: Facts, campaign: str | None, now_ms: int) -> ListHit | None:
        """The entry that decides about a call.

        Parameters
        ----------
        facts
            Of the call: caller, prefixes of the caller, trunk.
        campaign
            Whose recording the call plays, if any.
        now_ms
            The moment that expiry is reckoned at.

        Returns
        -------
        ListHit or None
            A white entry before a black one, the narrowest scope first; disabled and expired entries don't act.
        """
        for kind in ("white", "black"):
            for scope, value in _names(facts, campaign):
                key = list_key(kind, scope, value)
                entry = self._entries.get(key)
                if entry is not None and acts(entry, now_ms):
                    return ListHit(key, entry)
        return None

    def protection(self, facts: Facts, campaign: str | None, now_ms: int) -> ListEntry | None:
        """What keeps rules from acting on a call: its caller, a range of the caller's or what it plays is protected.

        A protected trunk is never listed itself; who calls through it is not protected by that.
        """
        for scope, value in _names(facts, campaign):
            entry = self._entries.get(list_key("protected", scope, value))
            if scope != "trunk" and entry is not None and acts(entry, now_ms):
                return entry
        return None

    def listed_around(self, scope: ListScope, moment_ms: int, span_ms: int) -> int:
        """How many entries of a scope rules have listed within so many ms before and after a moment, to the minute.

        One that somebody has turned off since counts; one that was removed does not.
        """
        minutes = range((moment_ms - span_ms) // MINUTE_MS + 1, (moment_ms + span_ms) // MINUTE_MS + 1)
        return sum(self._listed.get((scope, minute), 0) for minute in minutes)

    def expired(self, now_ms: int) -> list[str]:
        """Keys of entries past their time, in order: what may be removed from list.entries."""
        return sorted(key for key, entry in self._entries.items() if over(entry, now_ms))


def acts(entry: ListEntry, now_ms: int) -> bool:
    """Whether an entry acts at a moment: active and not expired."""
    return entry.state == "active" and not over(entry, now_ms)


def by_rule(entry: ListEntry) -> bool:
    """Whether a rule made an entry, and not a person."""
    return entry.actor.startswith("rule:")


def over(entry: ListEntry, now_ms: int) -> bool:
    """Whether an entry is past its time."""
    return entry.expires_ms is not None and entry.expires_ms <= now_ms


def _names(facts: Facts, campaign: str | None) -> Iterator[tuple[str, str]]:
    """Scope and value of everything that an entry could name the call by, under the present key and the one before."""
    callers = [caller for caller in (facts.caller, facts.old_caller) if caller is not None]
    for caller in callers:
        yield "caller", caller.number
    for caller in callers:
        for prefix in reversed(caller.prefixes):
            yield "prefix", prefix
    for trunk in (facts.trunk, facts.old_trunk):
        if trunk is not None:
            yield "trunk", trunk
    if campaign is not None:
        yield "campaign", campaign
