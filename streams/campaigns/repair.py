"""Mends campaigns from their edges: what a process that died, or two that wrote at once, left undone."""

from collections.abc import Callable
from dataclasses import astuple, dataclass
from datetime import date

from streams.campaigns import sql, tables
from streams.campaigns.records import Name
from streams.campaigns.tables import Call
from streams.campaigns.union import plan
from streams.store.base import Row, Store, day_of


@dataclass(frozen=True, slots=True)
class Repaired:
    """What a repair looked at, and what it wrote.

    Attributes
    ----------
    calls, links
        Calls with edges, and pairs of them that hold the same sound.
    joined
        Calls that were in no campaign.
    merged
        Campaigns that belonged to an older one, or were counted to it over more than one step.
    heard
        Calls whose hearings were missing.
    told
        Members of which more is known now than when they joined: the called number, the trunk.
    """

    calls: int = 0
    links: int = 0
    joined: int = 0
    merged: int = 0
    heard: int = 0
    told: int = 0

    @property
    def mended(self) -> int:
        """How much there was to mend; what is learnt of a member is nothing broken."""
        return self.joined + self.merged + self.heard


def repair(store: Store, *, since_ms: int, tell: Callable[[str], None] | None = None) -> Repaired:
    """Give every connected component of edges one campaign, and every edge its hearings.

    May run at any time, in several processes at once, and again: a second run finds nothing to mend.

    Parameters
    ----------
    store
        A migrated store.
    since_ms
        Look at edges heard since then, capture clock; what they connect is followed further back.
    tell
        Takes a line about each step, for people.

    Raises
    ------
    StoreError
        If the store fails; what is written by then is right, and the next run goes on.
    """
    say = tell or (lambda line: None)
    span: dict[str, object] = {"since_ms": since_ms, "since_date": day_of(since_ms)}
    rows = store.query(sql.LINKS, span)
    opened = _opened(rows)
    say(f"{len(rows)} pairs of {len(opened)} calls hold the same sound")
    known = tables.read_memberships(store, opened)
    merges = tables.read_merges(store, {name.campaign for _, name in known})
    links = [(str(row["call_id"]), str(row["matched_call_id"])) for row in rows]
    found = plan(opened, links, known, merges)
    _join(store, found.joined, day_of(since_ms))
    say(f"{len(found.joined)} calls were in no campaign")
    tables.write_merges(store, found.merges, max((int(row["heard"]) for row in rows), default=since_ms))
    say(f"{len(found.merges)} campaigns were parts of an older one")

    unheard = [str(row["call_id"]) for row in store.query(sql.UNHEARD, span)]
    campaigns = {call: name.campaign for call, name in found.roots.items()}
    edges = [edge for edge in tables.read_edges(store, unheard, since=day_of(since_ms)) if edge.call_id in campaigns]
    tables.write_hearings(store, tables.hearings_in(edges, campaigns))
    say(f"{len(unheard)} calls had hearings that were not kept")
    told = _tell_facts(store, day_of(since_ms))
    say(f"of {told} members more is known now")
    return Repaired(len(opened), len(links), len(found.joined), len(found.merges), len(unheard), told)


def _opened(rows: list[Row]) -> dict[str, int]:
    """Calls, and when each opened: the earliest that is told."""
    found: dict[str, int] = {}
    for row in rows:
        for call, moment in ((row["call_id"], row["opened"]), (row["matched_call_id"], row["matched_opened"])):
            found[str(call)] = min(int(moment), found.get(str(call), int(moment)))
    return found


def _join(store: Store, joined: list[tuple[str, Name]], since: date) -> None:
    """Count calls to campaigns, with what their edges tell of them."""
    ids = {call for call, _ in joined}
    edges = tables.read_edges(store, ids, since=since) + tables.read_edges(store, ids, since=since, matched=True)
    calls = tables.calls_of(edges)
    tables.write_memberships(store, [(calls[call], name) for call, name in joined if call in calls])


def _tell_facts(store: Store, since: date) -> int:
    """Add what verdicts tell of members: nothing told the first call's called number when it became one."""
    rows = store.query(sql.UNTOLD, {"since_date": since})
    facts = {
        str(row["call_id"]): (str(row["caller_hash"]), str(row["callee_hash"]), str(row["trunk_name"]))
        for some in tables.portions(str(row["call_id"]) for row in rows)
        for row in store.query(sql.FACTS, {"calls": some, "since_date": since})
    }
    fuller: list[tuple[Call, Name]] = []
    for row in rows:
        known = tuple(str(row[name]) for name in ("known_caller", "known_callee", "known_trunk"))
        now = [one or other for one, other in zip(known, facts.get(str(row["call_id"]), known), strict=True)]
        call = Call(str(row["call_id"]), int(row["opened"]), *now)
        if call.told > int(row["facts"]):
            fuller.append((call, Name(int(row["founded"]), str(row["campaign"]))))
    tables.write_memberships(store, fuller)
    return len(fuller)


def summary(found: Repaired) -> str:
    """What was mended, in a sentence."""
    calls, links, joined, merged, heard, told = astuple(found)
    looked = f"{links} pairs of {calls} calls looked at"
    if not found.mended:
        return f"{looked}: nothing to mend" + (f"; {told} members told more of" if told else "")
    return f"{looked}: {joined} calls joined a campaign, {merged} campaigns were merged, {heard} calls heard anew"
