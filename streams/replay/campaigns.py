"""Campaigns: which calls the same recording was heard in, kept in ClickHouse."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from typing import Final

from streams.replay import sql
from streams.store.base import Store, day_of

MOST_HEARINGS: Final = 10_000  # of a campaign that rules look at, the earliest
MOST_ROTATIONS: Final = 4  # of the key, within the time that campaigns are kept


def call_number(call_id: str) -> int:
    """64-bit number that stands for a call in postings: a hash of its id, the same in every process."""
    return int.from_bytes(blake2b(call_id.encode("utf-8", "surrogateescape"), digest_size=8).digest(), "little")


@dataclass(frozen=True, slots=True)
class Hearing:
    """A campaign's recording heard in one chunk of a call.

    Attributes
    ----------
    campaign
        Id of the campaign: the id of its first call.
    caller
        Hash of the caller's number, or "".
    call_id
        The call.
    chunk
        Which two seconds of it.
    heard_ms
        When, capture clock.
    """

    campaign: str
    caller: str
    call_id: str
    chunk: int
    heard_ms: int


@dataclass(frozen=True, slots=True)
class Alias:
    """A caller's hashes under the key before and the present one, as a call of some day told them."""

    old_caller: str
    caller: str
    day: date


class Campaigns:
    """Members of campaigns, over a store; all methods raise the store's errors."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of_calls(self, numbers: Iterable[int]) -> dict[int, set[str]]:
        """Campaigns of each call number; calls without one are left out."""
        known: dict[int, set[str]] = {}
        wanted = sorted(set(numbers))
        if wanted:
            for row in self._store.query(sql.CAMPAIGNS_OF_CALLS, {"calls": wanted}):
                known.setdefault(int(row["call"]), set()).add(str(row["campaign"]))
        return known

    def record(self, hearings: Sequence[Hearing]) -> None:
        """Add hearings; those that are known already collapse."""
        rows = sorted(set(hearings), key=lambda row: (row.campaign, row.caller, row.call_id, row.chunk, row.heard_ms))
        if not rows:
            return
        self._store.insert(
            "campaign_calls",
            {
                "campaign": [row.campaign for row in rows],
                "caller": [row.caller for row in rows],
                "call_id": [row.call_id for row in rows],
                "chunk": [row.chunk for row in rows],
                "call": [call_number(row.call_id) for row in rows],
                "heard_ms": [row.heard_ms for row in rows],
                "captured_date": [day_of(row.heard_ms) for row in rows],
            },
        )

    def hearings_of(self, campaign: str, *callers: str) -> list[Hearing]:
        """Where a caller, known by one or more hashes, played the campaign's recording.

        Each (call, chunk) once, in order of time, the first `MOST_HEARINGS`.
        """
        return self._hearings(campaign, sql.HEARINGS_OF_CALLERS, {"callers": list(callers)})

    def hearings(self, campaign: str) -> list[Hearing]:
        """Where anybody played the campaign's recording: as `hearings_of`."""
        return self._hearings(campaign, sql.HEARINGS, {})

    def count_callers(self, campaign: str) -> int:
        """From how many numbers, under whichever key, the campaign's recording was heard."""
        return int(self._store.query(sql.CALLERS, {"campaign": campaign})[0]["callers"])

    def _hearings(self, campaign: str, query: str, more: dict[str, object]) -> list[Hearing]:
        rows = self._store.query(query, {"campaign": campaign, "most": MOST_HEARINGS, **more})
        return [
            Hearing(campaign, str(row["number"]), str(row["call_id"]), int(row["chunk"]), int(row["heard"]))
            for row in rows
        ]

    def aliases(self, campaign: str) -> list[str]:
        """Other ids of a campaign: none, for campaigns are not merged here."""
        return []

    def note_aliases(self, aliases: Collection[Alias]) -> None:
        """Keep hashes that stand for the same caller; those that are known already collapse."""
        if aliases:
            self._store.insert(
                "caller_aliases",
                {
                    "old_caller": [alias.old_caller for alias in aliases],
                    "caller": [alias.caller for alias in aliases],
                    "captured_date": [alias.day for alias in aliases],
                },
            )

    def aliases_of(self, callers: Iterable[str]) -> dict[str, str]:
        """Of some hashes those under an old key, and what stands for the same caller now.

        After several rotations that is the newest that is known.
        """
        found: dict[str, str] = {}
        asked = sorted(set(callers) - {""})
        for _ in range(MOST_ROTATIONS):
            rows = self._store.query(sql.ALIASES, {"callers": asked}) if asked else []
            step = {str(row["old_caller"]): str(row["number"]) for row in rows}
            found = {old: step.get(caller, caller) for old, caller in found.items()} | step
            asked = sorted(set(step.values()) - found.keys())
        return found
