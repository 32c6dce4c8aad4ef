"""Takes changes of entries back: to what an entry was before, as the history in ClickHouse tells it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from schemas.records import ListEntry
from streams.lists.actors import confirmed, principal, rule_of
from streams.lists.errors import ListsError
from streams.store.base import Row


@dataclass(frozen=True, slots=True)
class Undo:
    """A change to be taken back.

    Attributes
    ----------
    now
        What stands; None: nothing does.
    before
        What stood before the change; None: nothing did.
    """

    now: ListEntry | None
    before: ListEntry | None


def last_change(versions: Sequence[Row], now: ListEntry | None, at_ms: int) -> Undo:
    """Tell what an entry was before it was last changed.

    A rule that renews its entry changes nothing, and a person's removal is one change, although it is written as two
    records.

    Parameters
    ----------
    versions
        Every version of one entry, oldest first, as the query ``history_of_values`` gives them.
    now
        The entry as list.entries has it.
    at_ms
        The present, ms since 1970.

    Raises
    ------
    ListsError
        If there is nothing to take back: no history, none yet of the last change, or what was before has expired.
    """
    if not versions:
        raise ListsError("no history is kept of it: there is nothing to take back")
    newest = versions[-1]
    if not _tells_of(newest, now):
        raise ListsError("ClickHouse does not know its last change yet: is the sink running? Try again in a moment")
    changes = _changes(versions)
    if newest["removed"] and _has_expired(versions[-2] if len(versions) > 1 else None, int(newest["recorded_ms"])):
        raise ListsError("it has expired, which nobody did: put it on again with 'callsieve lists add'")
    before = changes[-2] if len(changes) > 1 else None
    if before is None or before["removed"]:
        return Undo(now, None)
    if before["expires_ms"] is not None and int(before["expires_ms"]) <= at_ms:
        raise ListsError("what it was before has expired meanwhile: there is nothing to bring back")
    return Undo(now, _entry(before))


def brought_back(entry: ListEntry, person: str, reason: str) -> ListEntry:
    """An entry of before, with who brought it back and why: it stays the rule's or the person's that it was."""
    told = entry.reason.partition(" (brought back: ")[0]
    return replace(
        entry, actor=confirmed(entry.actor, "brought back", person), reason=f"{told} (brought back: {reason})"
    )


def made_by(entries: Iterable[ListEntry], rule: str, since_ms: int) -> list[ListEntry]:
    """What a rule has listed since a moment and nobody has confirmed or changed, oldest first.

    Parameters
    ----------
    entries
        All of list.entries.
    rule
        Its name, ``repeated-recording`` for one.
    since_ms
        Capture time of the chunk at which an entry was made first; entries that were only renewed since stay.
    """
    found = [
        entry
        for entry in entries
        if rule_of(entry.actor) == rule
        and principal(entry.actor) == entry.actor
        and entry.state != "disabled"
        and _listed_ms(entry) >= since_ms
    ]
    return sorted(found, key=lambda entry: (_listed_ms(entry), entry.scope, entry.value))


def _listed_ms(entry: ListEntry) -> int:
    return entry.created_ms if entry.listed_ms is None else entry.listed_ms


def _changes(versions: Sequence[Row]) -> list[Row]:
    """What an entry was after each change."""
    changes: list[Row] = []
    for version in versions:
        if changes and _is_one_change(changes[-1], version):
            changes[-1] = version
        else:
            changes.append(version)
    return changes


def _is_one_change(before: Row, after: Row) -> bool:
    if after["removed"]:
        return bool(before["removed"]) or (
            before["state"] == "disabled" and not _has_expired(before, int(after["recorded_ms"]))
        )
    renewed = rule_of(str(after["actor"])) is not None and principal(str(before["actor"])) == principal(
        str(after["actor"])
    )
    return renewed and not before["removed"] and before["state"] == after["state"]


def _has_expired(version: Row | None, at_ms: int) -> bool:
    return version is not None and version["expires_ms"] is not None and int(version["expires_ms"]) <= at_ms


def _tells_of(version: Row, now: ListEntry | None) -> bool:
    """Whether a version is of what stands now."""
    if now is None or version["removed"]:
        return now is None and bool(version["removed"])
    told = (version["state"], version["actor"], version["reason"], version["expires_ms"], list(version["calls"]))
    return told == (now.state, now.actor, now.reason, now.expires_ms, now.calls)


def _entry(version: Row) -> ListEntry:
    """An entry as a version tells it."""
    names = ("kind", "scope", "value", "calls", "score", "confidence", "created_ms", "expires_ms")
    told = {name: version[name] for name in (*names, "state", "actor", "reason", "listed_ms", "prefixes")}
    told |= {name: version[name] or None for name in ("key_id", "campaign", "trunk")}
    return msgspec.convert(told, ListEntry)
