"""Campaigns: which calls the same recording was heard in, kept in ClickHouse."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from streams.replay import sql
from streams.store.base import Store, day_of


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

    def hearings_of(self, campaign: str, caller: str) -> list[Hearing]:
        """Where a caller played the campaign's recording: each (call, chunk) once, in order of time, at most 10,000."""
        rows = self._store.query(sql.CALLS_OF_CALLER, {"campaign": campaign, "caller": caller})
        return [Hearing(campaign, caller, str(row["call_id"]), int(row["chunk"]), int(row["heard"])) for row in rows]

    def calls_of_caller(self, campaign: str, caller: str) -> list[str]:
        """Distinct calls of a caller in which the campaign's recording was heard, the earliest first."""
        return list(dict.fromkeys(hearing.call_id for hearing in self.hearings_of(campaign, caller)))
