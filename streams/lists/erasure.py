"""Erases what ClickHouse knows of a caller; mutations, which every version since 18.12 has."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from streams.campaigns.callers import MOST_ROTATIONS
from streams.replay.print import call_number
from streams.store import Store, StoreError

POLL_S: Final = 0.2
WAIT_S: Final = 600.0
_AT_ONCE: Final = 1000  # calls named in a statement

_CALLS: Final = """
SELECT DISTINCT call_id FROM (
    SELECT call_id FROM verdicts WHERE caller IN %(callers)s
    UNION ALL SELECT call_id FROM shadow_verdicts WHERE caller IN %(callers)s
    UNION ALL SELECT call_id FROM fingerprints WHERE caller IN %(callers)s
    UNION ALL SELECT call_id FROM campaign_calls WHERE caller IN %(callers)s
    UNION ALL SELECT call_id FROM campaign_members WHERE caller IN %(callers)s
    UNION ALL SELECT call_id FROM replay_edges WHERE caller IN %(callers)s
    UNION ALL SELECT matched_call_id AS call_id FROM replay_edges WHERE matched_caller IN %(callers)s
) ORDER BY call_id
"""
_ALIASES: Final = """
SELECT DISTINCT old_caller, caller FROM caller_aliases WHERE caller IN %(callers)s OR old_caller IN %(callers)s
"""
_SIP_CALLS: Final = "SELECT DISTINCT sip_call_id FROM verdicts WHERE caller IN %(callers)s AND sip_call_id != ''"
_RUNNING: Final = """
SELECT count() AS running
FROM system.mutations
WHERE database = currentDatabase() AND table IN %(tables)s AND is_done = 0
"""

# What is the caller's: rows of the caller's calls. Postings go first: they are known by their calls' numbers alone.
_OF_CALLS: Final[Mapping[str, str]] = {
    "replay_postings": "call IN %(numbers)s",
    "levels": "call_id IN %(calls)s",
    "chunk_features": "call_id IN %(calls)s",
    "reviews": "call_id IN %(calls)s",
    "tones": "call_id IN %(calls)s",
    "outcomes": "call_id IN %(calls)s",
    "fingerprints": "call_id IN %(calls)s",
    "campaign_calls": "call_id IN %(calls)s",
    "campaign_members": "call_id IN %(calls)s",
    "replay_edges": "call_id IN %(calls)s OR matched_call_id IN %(calls)s",
    "verdicts": "call_id IN %(calls)s",
    "shadow_verdicts": "call_id IN %(calls)s",
}
_OF_CALLER: Final[Mapping[str, str]] = {
    "caller_aliases": "caller IN %(callers)s OR old_caller IN %(callers)s",
    "list_entries": "scope = 'caller' AND value IN %(callers)s",
}
_CALLED: Final = "callee IN %(callers)s"
_EMPTIED: Final[Mapping[str, str]] = {
    "verdicts": "callee = '', callee_prefixes = emptyArrayString()",
    "shadow_verdicts": "callee = '', callee_prefixes = emptyArrayString()",
    "campaign_members": "callee = ''",
    "replay_edges": "callee = ''",
}
_REMOVED: Final = """
SELECT countIf(gone = 1) AS removed FROM (
    SELECT kind, value, argMax(removed, recorded_offset) AS gone FROM list_entries
    WHERE scope = 'caller' AND value IN %(callers)s
    GROUP BY kind, value
)
"""


@dataclass(frozen=True, slots=True)
class Known:
    """What ClickHouse knows of a caller.

    Attributes
    ----------
    callers
        The caller's hashes.
    calls, sip_calls
        Ids of the caller's calls, ours and SIP's.
    rows
        How many rows of each table are the caller's; ``… (called)`` are those of others' calls to this number.
    """

    callers: Sequence[str]
    calls: Sequence[str]
    sip_calls: Sequence[str]
    rows: Mapping[str, int]


def with_aliases(store: Store, callers: Iterable[str]) -> list[str]:
    """A caller's hashes, and those under earlier and later keys that ClickHouse knows to be the same caller's.

    Raises
    ------
    StoreError
        If the store fails.
    """
    found = set(callers)
    for _ in range(MOST_ROTATIONS):
        rows = store.query(_ALIASES, {"callers": sorted(found)})
        more = {str(row[name]) for row in rows for name in ("old_caller", "caller")} - found
        if not more:
            break
        found |= more
    return sorted(found)


def known_of(store: Store, callers: Sequence[str]) -> Known:
    """Look up what `erase` would erase.

    Raises
    ------
    StoreError
        If the store fails.
    """
    calls = [str(row["call_id"]) for row in store.query(_CALLS, {"callers": callers})]
    sip_calls = [str(row["sip_call_id"]) for row in store.query(_SIP_CALLS, {"callers": callers})]
    rows: dict[str, int] = {}
    for table, where, parameters in _conditions(callers, calls, sip_calls):
        rows[table] = rows.get(table, 0) + _count(store, table, where, parameters)
    for table in _EMPTIED:
        rows[f"{table} (called)"] = _count(store, table, _CALLED, {"callers": callers})
    return Known(callers, calls, sip_calls, {table: count for table, count in rows.items() if count})


def erase(store: Store, known: Known, *, wait_s: float = WAIT_S) -> None:
    """Erase it, and wait until it is done. Where others' calls to the number are told of, the called side is emptied.

    Raises
    ------
    StoreError
        If the store fails, or is not done in time: it goes on by itself then.
    """
    tables = set(_EMPTIED)
    for table, where, parameters in _conditions(known.callers, known.calls, known.sip_calls):
        store.execute(f"ALTER TABLE {table} DELETE WHERE {where}", parameters)
        tables.add(table)
    for table, emptied in _EMPTIED.items():
        store.execute(f"ALTER TABLE {table} UPDATE {emptied} WHERE {_CALLED}", {"callers": known.callers})
    deadline = time.monotonic() + wait_s
    while running := store.query(_RUNNING, {"tables": sorted(tables)})[0]["running"]:
        if time.monotonic() > deadline:
            raise StoreError(f"{running} mutations are not done after {wait_s:.0f} s: see system.mutations")
        time.sleep(POLL_S)


def _conditions(
    callers: Sequence[str], calls: Sequence[str], sip_calls: Sequence[str]
) -> Iterator[tuple[str, str, dict[str, object]]]:
    """Table, condition and parameters of everything that is the caller's."""
    for some in _portions(calls):
        numbers = [call_number(call) for call in some]
        for table, where in _OF_CALLS.items():
            yield table, where, {"numbers": numbers} if table == "replay_postings" else {"calls": some}
    for some in _portions(sip_calls):
        yield "outcomes", "call_id = '' AND sip_call_id IN %(calls)s", {"calls": some}
    for table, where in _OF_CALLER.items():
        yield table, where, {"callers": callers}


def _portions(values: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(values), _AT_ONCE):
        yield list(values[start : start + _AT_ONCE])


def _count(store: Store, table: str, where: str, parameters: Mapping[str, object]) -> int:
    sql = f"SELECT count() AS rows FROM {table} WHERE {where}"  # noqa: S608 - both stand above
    return int(store.query(sql, parameters)[0]["rows"])


def recorded_removals(store: Store, callers: Iterable[str]) -> int:
    """How many entries of some callers the store knows to be removed: their newest version is a removal.

    Raises
    ------
    StoreError
        If the store fails.
    """
    return int(store.query(_REMOVED, {"callers": sorted(callers)})[0]["removed"])
