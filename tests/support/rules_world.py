"""Rules over plain values: calls that play campaigns, and the entries that come of them; no audio, no store."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from schemas.ids import list_key
from schemas.records import ChunkHead, Facts, ListEntry, NumberHash
from streams.lists import ListView
from streams.lists.maker import EntryMaker
from streams.lists.rules import Rules

START_MS = 1_700_000_000_000
MINUTE_MS = 60_000


@dataclass(frozen=True)
class Played:
    """A chunk that played a campaign's recording: what the rules ask of matches and of hearings."""

    campaign: str
    caller: str = ""
    call_id: str = ""
    chunk: int = 0
    heard_ms: int = 0
    score: float = 0.7
    false_match_probability: float = 1e-6


@dataclass
class Memory:
    """Campaigns in memory."""

    played: list[Played] = field(default_factory=list)
    merged: dict[str, str] = field(default_factory=dict)  # an id, and what it was merged into
    renamed: dict[str, str] = field(default_factory=dict)  # a caller's hash under an old key, and the present one

    def root(self, campaign: str) -> str:
        while campaign in self.merged:
            campaign = self.merged[campaign]
        return campaign

    def hearings(self, campaign: str) -> list[Played]:
        return [one for one in self.played if self.root(one.campaign) == self.root(campaign)]

    def hearings_of(self, campaign: str, *callers: str) -> list[Played]:
        return [one for one in self.hearings(campaign) if one.caller in callers]

    def count_callers(self, campaign: str) -> int:
        return len({one.caller for one in self.hearings(campaign) if one.caller})

    def aliases_of(self, callers: Iterable[str]) -> dict[str, str]:
        return {caller: self.renamed[caller] for caller in callers if caller in self.renamed}

    def aliases(self, campaign: str) -> list[str]:
        ids = {one.campaign for one in self.played} | set(self.merged) | set(self.merged.values())
        return sorted(one for one in ids if one != campaign and self.root(one) == self.root(campaign))


@dataclass
class Street:
    """Who calls from where, in memory."""

    heard: dict[str, int] = field(default_factory=dict)
    prefixes: dict[str, list[str]] = field(default_factory=dict)

    def callers(self, scope: str, value: str, since_ms: int) -> int:
        return self.heard.get(value, 0)

    def prefixes_of(self, callers: Collection[str], since_ms: int) -> dict[str, list[str]]:
        return {caller: self.prefixes[caller] for caller in callers if caller in self.prefixes}


class RulesWorld:
    """The rules with their lists, and calls a minute apart; what they make goes on the lists."""

    def __init__(self, rules: Rules | None = None, neighbours: Street | None = None) -> None:
        self.lists = ListView()
        self.campaigns = Memory()
        self.now_ms = START_MS
        self.calls = 0
        self.neighbours = neighbours
        self._offset = 0
        self.use(rules or Rules.load())

    def use(self, rules: Rules) -> None:
        """Begin anew with these rules, as a worker that starts."""
        self.maker = EntryMaker(self.campaigns, self.lists, rules, lambda: self.now_ms, self.neighbours)

    def put(self, *entries: ListEntry) -> None:
        for entry in entries:
            self.lists.apply(list_key(entry.kind, entry.scope, entry.value), entry, offset=self._offset)
            self._offset += 1

    def remove(self, key: str) -> None:
        self.lists.apply(key, None, offset=self._offset)
        self._offset += 1

    def say(self, kind: str, scope: str, value: str, **more: object) -> ListEntry:
        """An entry by a person, on the lists."""
        told = {"created_ms": 0, "actor": "person:anna", "reason": "because"} | more
        entry = ListEntry(kind=kind, scope=scope, value=value, **told)  # type: ignore[arg-type]
        self.put(entry)
        return entry

    def play(
        self,
        campaign: str,
        caller: str = "",
        *,
        chunks: int = 4,
        prefixes: Sequence[str] = (),
        trunk: str | None = None,
        every_ms: int = MINUTE_MS,
    ) -> list[ListEntry]:
        """A call that plays a recording, chunk by chunk; what rules make of it, which is on the lists then."""
        self.calls += 1
        self.now_ms += every_ms
        call = f"call-{self.calls}"
        number = NumberHash(number=caller, prefixes=list(prefixes)) if caller else None
        facts = Facts(direction="caller", opened_ms=self.now_ms, tap_id="tap", key_id="k1", caller=number, trunk=trunk)
        made: list[ListEntry] = []
        for chunk in range(chunks):
            heard_ms = self.now_ms + 2000 * chunk
            played = Played(self.campaigns.root(campaign), caller, call, chunk, heard_ms)
            self.campaigns.played.append(played)
            for entries in self.maker.entries([head(call, chunk, facts, heard_ms)], [played]):
                self.put(*entries)
                made += entries
        return made

    def standing(self, scope: str, value: str, kind: str = "black") -> ListEntry | None:
        """What stands of something."""
        return self.lists.get(list_key(kind, scope, value))

    def acting(self, scope: str) -> set[str]:
        """Values of black entries of a scope that act."""
        return {e.value for e in self.lists.entries() if (e.kind, e.scope, e.state) == ("black", scope, "active")}


def head(call: str, chunk: int, facts: Facts, captured_ms: int) -> ChunkHead:
    """The head of a chunk that came whole."""
    return ChunkHead(
        stream_id=f"stream of {call}",
        call_id=call,
        ssrc=1,
        anchor=0,
        tap_epoch=0,
        chunk=chunk,
        facts=facts,
        coverage=1.0,
        received=100,
        lost=0,
        jitter_ms=0.0,
        close_reason="complete",
        last=False,
        captured_ms=captured_ms,
        tapped_ms=0,
        closed_ms=0,
    )
