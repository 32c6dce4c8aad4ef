"""Campaigns over a store: who joins which, where they were heard, what they are called now."""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from schemas.records import ChunkHead
from streams.campaigns import callers, sql, tables
from streams.campaigns.records import Alias, Edge, Hearing
from streams.campaigns.representatives import Representative, representatives_of
from streams.campaigns.shape import Shape, shape
from streams.campaigns.union import families, plan
from streams.lists.heard import MOST_HEARINGS
from streams.store.base import Store, day_of

MOST_PAIRS: Final = 100_000  # of calls that representatives and shapes are made of
MOST_LATEST: Final = 200  # calls of a campaign that its shape is told by
_MOST_ROUNDS: Final = 4  # that a join looks again at what others wrote meanwhile


class Campaigns:
    """Campaigns in ClickHouse; several processes may use the same ones, and every method may be repeated.

    A campaign is known by the id of the first call it was founded with. An id that was merged into another goes on
    resolving: every method takes any of a campaign's ids. All methods raise the store's errors.

    Parameters
    ----------
    store
        A migrated store.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known_ids: dict[str, list[str]] = {}  # until the next join: rules ask several things of one campaign

    def join(self, edges: Sequence[Edge]) -> dict[str, str]:
        """Take in that calls hold the same sound.

        Parameters
        ----------
        edges
            In any order; repeated, or told before, they change nothing. One from a call to itself is left out.

        Returns
        -------
        dict
            The campaign of every call of the edges, by call id: the oldest campaign that one of the connected calls was
            in, else a new one named after the earliest call. Campaigns that the edges connect are merged.

        Notes
        -----
        Edges are written first, for all else can be made of them again (`streams.campaigns.repair`). After writing
        memberships it looks whether somebody else put the same calls elsewhere meanwhile, and merges what it finds; of
        two processes that join one call at the same time at least the later one sees it.
        """
        edges = [edge for edge in edges if edge.call_id != edge.matched_call_id]
        self._known_ids.clear()
        if not edges:
            return {}
        calls = tables.calls_of(edges)
        opened = {call.call_id: call.opened_ms for call in calls.values()}
        links = {(edge.call_id, edge.matched_call_id) for edge in edges}
        tables.write_edges(self._store, edges)
        for _ in range(_MOST_ROUNDS):
            known = tables.read_memberships(self._store, calls)
            merges = tables.read_merges(self._store, {name.campaign for _, name in known})
            found = plan(opened, links, known, merges)
            fuller = [
                (calls[call], name) for (call, name), told in known.items() if told < calls[call].told and call in calls
            ]
            tables.write_memberships(self._store, [(calls[call], name) for call, name in found.joined] + fuller)
            tables.write_merges(self._store, found.merges, max(edge.heard_ms for edge in edges))
            if not found.joined and not found.merges:
                break
        campaigns = {call: name.campaign for call, name in found.roots.items()}
        tables.write_hearings(self._store, tables.hearings_in(edges, campaigns))
        return campaigns

    def told(self, heads: Sequence[ChunkHead]) -> list[Edge]:
        """Edges that a search of some chunks gave before, but for those to calls that were forgotten since."""
        if not heads:
            return []
        asked = {(head.call_id, head.stream_id, head.chunk) for head in heads}
        calls = sorted({head.call_id for head in heads})
        since = day_of(min(head.captured_ms for head in heads))
        rows = self._store.query(sql.EDGES_STILL_TOLD, {"calls": calls, "since_date": since})
        return [edge for row in rows if ((edge := Edge(**row)).call_id, edge.stream_id, edge.chunk) in asked]

    def of_calls(self, calls: Iterable[str]) -> dict[str, str]:
        """The campaign of each call; calls without one are left out."""
        asked = set(calls)
        known = tables.read_memberships(self._store, asked)
        merges = tables.read_merges(self._store, {name.campaign for _, name in known})
        opened = {call: name.founded_ms for call, name in known}
        return {call: name.campaign for call, name in plan(opened, (), known, merges).roots.items()}

    def roots(self, campaigns: Iterable[str]) -> dict[str, str]:
        """What each campaign is called now: itself, or the one it was merged into."""
        asked = set(campaigns)
        merges = tables.read_merges(self._store, asked)
        found: dict[str, str] = {campaign: campaign for campaign in asked}
        for family in families(merges):
            found |= {name: family[0] for name in family if name in asked}
        return found

    def root(self, campaign: str) -> str:
        """What a campaign is called now: itself, or the one it was merged into."""
        return self.roots([campaign])[campaign]

    def aliases(self, campaign: str) -> list[str]:
        """The other ids of a campaign, whichever of them is asked for: its present one first, if that is not asked."""
        family = [name for names in families(tables.read_merges(self._store, [campaign])) for name in names]
        return [name for name in family if name != campaign]

    def pairs(self, campaign: str) -> list[Edge]:
        """Of each pair of calls the edge that shares most, for the campaign's latest calls (`MOST_LATEST`)."""
        rows = self._store.query(sql.CALLS_OF_CAMPAIGN, {"campaigns": self._ids(campaign), "most": MOST_LATEST})
        calls = [str(row["call_id"]) for row in rows]
        if not calls:
            return []
        return [Edge(**row) for row in self._store.query(sql.PAIRS_OF_CALLS, {"calls": calls, "most": MOST_PAIRS})]

    def representatives(self, campaign: str) -> list[Representative]:
        """Calls that stand for a campaign, of its latest ones: at most three, each at another pitch."""
        return representatives_of(campaign, self.pairs(campaign))

    def shape(self, campaign: str, pairs: Sequence[Edge] | None = None) -> Shape:
        """Which seconds of the recording its calls share, on the time of the call that shares most with others.

        Whoever has the campaign's `pairs` already hands them over.
        """
        edges = self.pairs(campaign) if pairs is None else pairs
        chosen = representatives_of(campaign, edges)
        if not chosen:
            return shape((), "")
        rows = self._store.query(sql.SEARCHED, {"calls": sorted({edge.call_id for edge in edges})})
        searched = {str(row["call_id"]): int(row["last"]) for row in rows}
        return shape(edges, chosen[0].call_id, searched)

    def hearings_of(self, campaign: str, *numbers: str) -> list[Hearing]:
        """Where a caller, known by one or more hashes, played the campaign's recording.

        Each (call, chunk) once, in order of time, the first `MOST_HEARINGS`.
        """
        return self._hearings(campaign, sql.HEARINGS_OF_CALLERS, {"callers": list(numbers)})

    def hearings(self, campaign: str) -> list[Hearing]:
        """Where anybody played the campaign's recording: as `hearings_of`."""
        return self._hearings(campaign, sql.HEARINGS, {})

    def count_callers(self, campaign: str) -> int:
        """From how many numbers, under whichever key, the campaign's recording was heard."""
        return int(self._store.query(sql.CALLERS, {"campaigns": self._ids(campaign)})[0]["callers"])

    def note_aliases(self, aliases: Collection[Alias]) -> None:
        """Keep hashes that stand for the same caller; those that are known already collapse."""
        callers.note_aliases(self._store, aliases)

    def aliases_of(self, numbers: Iterable[str]) -> dict[str, str]:
        """Of some callers' hashes those under an old key, and what stands for the same caller now.

        After several rotations that is the newest that is known.
        """
        return callers.aliases_of(self._store, numbers)

    def _ids(self, campaign: str) -> list[str]:
        if campaign not in self._known_ids:
            self._known_ids[campaign] = [campaign, *self.aliases(campaign)]
        return self._known_ids[campaign]

    def _hearings(self, campaign: str, query: str, more: dict[str, object]) -> list[Hearing]:
        rows = self._store.query(query, {"campaigns": self._ids(campaign), "most": MOST_HEARINGS, **more})
        return [
            Hearing(campaign, str(row["number"]), str(row["call_id"]), int(row["chunk"]), int(row["heard"]))
            for row in rows
        ]
