"""Callers under rotated keys: which hashes stand for the same number."""

from collections.abc import Collection, Iterable
from typing import Final

from streams.campaigns import sql
from streams.campaigns.records import Alias
from streams.store.base import Store

MOST_ROTATIONS: Final = 4  # of the key, within the time that campaigns are kept


def note_aliases(store: Store, aliases: Collection[Alias]) -> None:
    """Keep hashes that stand for the same caller; those that are known already collapse."""
    if aliases:
        store.insert(
            "caller_aliases",
            {
                "old_caller": [alias.old_caller for alias in aliases],
                "caller": [alias.caller for alias in aliases],
                "captured_date": [alias.day for alias in aliases],
            },
        )


def aliases_of(store: Store, callers: Iterable[str]) -> dict[str, str]:
    """Of some hashes those under an old key, and what stands for the same caller now.

    After several rotations that is the newest that is known.
    """
    found: dict[str, str] = {}
    asked = sorted(set(callers) - {""})
    for _ in range(MOST_ROTATIONS):
        rows = store.query(sql.ALIASES, {"callers": asked}) if asked else []
        step = {str(row["old_caller"]): str(row["number"]) for row in rows}
        found = {old: step.get(caller, caller) for old, caller in found.items()} | step
        asked = sorted(set(step.values()) - found.keys())
    return found
