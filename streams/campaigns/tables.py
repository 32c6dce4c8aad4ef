"""Campaigns' tables in ClickHouse: what is written and read of edges, memberships and merges."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from streams.campaigns import sql
from streams.campaigns.records import Edge, Hearing, Name
from streams.store.base import Store, day_of

MOST_STEPS: Final = 64  # that merges are followed; writers keep chains one step long
MOST_EDGES: Final = 1_000_000  # read at once
_AT_ONCE: Final = 10_000  # ids named in a question


@dataclass(frozen=True, slots=True)
class Call:
    """A call as an edge tells of it; "" for what is not known."""

    call_id: str
    opened_ms: int
    caller: str = ""
    callee: str = ""
    trunk: str = ""

    @property
    def told(self) -> int:
        """How many of its facts are known."""
        return sum(map(bool, (self.caller, self.callee, self.trunk)))


def calls_of(edges: Iterable[Edge]) -> dict[str, Call]:
    """Both ends of edges by id, each with the most facts that an edge tells; the earliest opening counts."""
    found: dict[str, Call] = {}
    for edge in edges:
        ends = (
            Call(edge.call_id, edge.opened_ms, edge.caller, edge.callee, edge.trunk),
            Call(edge.matched_call_id, edge.matched_opened_ms, edge.matched_caller),
        )
        for call in ends:
            known = found.setdefault(call.call_id, call)
            fuller = max(call, known, key=lambda one: (one.told, one.caller, one.callee, one.trunk))
            opened_ms = min(call.opened_ms, known.opened_ms)
            found[call.call_id] = Call(call.call_id, opened_ms, fuller.caller, fuller.callee, fuller.trunk)
    return found


def write_edges(store: Store, edges: Sequence[Edge]) -> None:
    """Keep edges; those that are known already collapse."""
    if edges:
        columns: dict[str, list[object]] = {
            name: [getattr(edge, name) for edge in edges] for name in Edge.__dataclass_fields__
        }
        store.insert("replay_edges", {**columns, "captured_date": [day_of(edge.heard_ms) for edge in edges]})


def read_edges(store: Store, calls: Collection[str], *, since: date, matched: bool = False) -> list[Edge]:
    """Edges that a search of some calls gave, or, `matched`, that a search of others gave and that lead to them."""
    query = sql.EDGES_TO_CALLS if matched else sql.EDGES_OF_CALLS
    return [
        Edge(**row)
        for some in portions(calls)
        for row in store.query(query, {"calls": some, "since_date": since, "most": MOST_EDGES})
    ]


def read_memberships(store: Store, calls: Collection[str]) -> dict[tuple[str, Name], int]:
    """Campaigns of calls, and how many facts the call's row tells; calls without a campaign are left out."""
    return {
        (str(row["call_id"]), Name(int(row["founded"]), str(row["campaign"]))): int(row["facts"])
        for some in portions(calls)
        for row in store.query(sql.MEMBERSHIPS, {"calls": some})
    }


def write_memberships(store: Store, members: Sequence[tuple[Call, Name]]) -> None:
    """Count calls to campaigns; a row that tells fewer facts than a known one gives way to it."""
    if members:
        store.insert(
            "campaign_members",
            {
                "call_id": [call.call_id for call, _ in members],
                "campaign": [name.campaign for _, name in members],
                "founded_ms": [name.founded_ms for _, name in members],
                "caller": [call.caller for call, _ in members],
                "callee": [call.callee for call, _ in members],
                "trunk": [call.trunk for call, _ in members],
                "opened_ms": [call.opened_ms for call, _ in members],
                "told": [call.told for call, _ in members],
                "captured_date": [day_of(call.opened_ms) for call, _ in members],
            },
        )


def read_merges(store: Store, campaigns: Iterable[str]) -> list[tuple[Name, Name]]:
    """Every merge that leads to or from some campaigns, over any number of steps up to `MOST_STEPS`."""
    found: dict[tuple[str, str], tuple[Name, Name]] = {}
    known: set[str] = set()
    new = set(campaigns)
    for _ in range(MOST_STEPS):
        if not new:
            break
        known |= new
        for some in portions(new):
            for row in store.query(sql.MERGES, {"campaigns": some}):
                ends = (
                    Name(int(row["from_founded"]), str(row["from_campaign"])),
                    Name(int(row["into_founded"]), str(row["into_campaign"])),
                )
                found[ends[0].campaign, ends[1].campaign] = ends
        new = {name for pair in found for name in pair} - known
    return list(found.values())


def write_merges(store: Store, merges: Sequence[tuple[Name, Name]], merged_ms: int) -> None:
    """Count campaigns to older ones from now on."""
    if merges:
        store.insert(
            "campaign_merges",
            {
                "from_campaign": [one.campaign for one, _ in merges],
                "into_campaign": [other.campaign for _, other in merges],
                "from_founded_ms": [one.founded_ms for one, _ in merges],
                "into_founded_ms": [other.founded_ms for _, other in merges],
                "merged_ms": [merged_ms] * len(merges),
            },
        )


def hearings_in(edges: Iterable[Edge], campaigns: Mapping[str, str]) -> list[Hearing]:
    """Where edges say that a recording was heard: in the chunk that was searched, and in the other call."""
    found: set[Hearing] = set()
    for edge in edges:
        campaign = campaigns[edge.call_id]
        found.add(Hearing(campaign, edge.caller, edge.call_id, edge.chunk, edge.heard_ms))
        other = (edge.matched_caller, edge.matched_call_id, edge.matched_chunk, edge.matched_heard_ms)
        found.add(Hearing(campaign, *other))
    return sorted(found, key=lambda row: (row.campaign, row.caller, row.call_id, row.chunk, row.heard_ms))


def write_hearings(store: Store, hearings: Sequence[Hearing]) -> None:
    """Keep hearings; those that are known already collapse."""
    if hearings:
        store.insert(
            "campaign_calls",
            {
                "campaign": [row.campaign for row in hearings],
                "caller": [row.caller for row in hearings],
                "call_id": [row.call_id for row in hearings],
                "chunk": [row.chunk for row in hearings],
                "heard_ms": [row.heard_ms for row in hearings],
                "captured_date": [day_of(row.heard_ms) for row in hearings],
            },
        )


def portions(ids: Iterable[str]) -> list[list[str]]:
    """Ids in their order, so many to a question."""
    ordered = sorted(set(ids))
    return [ordered[start : start + _AT_ONCE] for start in range(0, len(ordered), _AT_ONCE)]
