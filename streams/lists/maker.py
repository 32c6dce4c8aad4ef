"""Applies the rules: which list entries follow from what was heard again."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from schemas.ids import list_key
from schemas.records import ChunkHead, ListEntry, ListScope, ListState, NumberHash
from streams.lists.guards import (
    HourLimits,
    guarded_callers,
    guarded_under_other_keys,
    holds_protected,
    listed_of,
)
from streams.lists.heard import Hearing, Hearings, Match
from streams.lists.merges import KINDS, carried_over
from streams.lists.origins import KEPT_PREFIXES, CallerRange, Neighbours, OriginScope, Trunk
from streams.lists.rule import MS_PER_DAY, Rule
from streams.lists.rules import Rules
from streams.lists.standing import Standing
from streams.lists.view import ListView, acts, by_rule


@dataclass(frozen=True, slots=True)
class _Heard:
    """A chunk that was heard before."""

    head: ChunkHead
    match: Match

    @property
    def confidence(self) -> float:
        return 1.0 - self.match.false_match_probability


class EntryMaker:
    """Makes entries of campaigns' hearings, with an eye on the lists as they are.

    Parameters
    ----------
    campaigns
        What was heard, where and when.
    lists
        The lists as list.entries has them: what the white one names or what is protected makes no entry, and what is
        listed already is not listed again for the same call.
    rules
        What makes entries.
    clock
        Milliseconds since 1970, for the expiry of list entries only.
    neighbours
        Who calls from where: without it the rules on ranges and trunks make no entries.
    """

    def __init__(
        self,
        campaigns: Hearings,
        lists: ListView,
        rules: Rules,
        clock: Callable[[], int],
        neighbours: Neighbours | None = None,
    ) -> None:
        self._campaigns = campaigns
        self._lists = lists
        self._rules = rules
        self._clock = clock
        self._neighbours = neighbours
        self._limits = HourLimits(rules.limits, lists)
        # Of the batch at hand: entries that list.entries does not have yet, and other ids of campaigns.
        self._carried: dict[str, ListEntry] = {}
        self._aliases: dict[str, Collection[str]] = {}

    @property
    def withheld(self) -> int:
        """How many entries the limits per hour have kept from being made, each counted once."""
        return self._limits.withheld

    def entries(self, heads: Sequence[ChunkHead], matches: Sequence[Match | None]) -> list[list[ListEntry]]:
        """Entries by chunk; of several chunks for one caller or campaign the last one makes it.

        Raises
        ------
        StoreError
            If the store fails.
        """
        made: list[list[ListEntry]] = [[] for _ in heads]
        done: set[tuple[str, str]] = set()
        self._carried, self._aliases = {}, {}
        for place in range(len(heads) - 1, -1, -1):
            match, caller = matches[place], heads[place].facts.caller
            if match is None:
                continue
            heard = _Heard(heads[place], match)
            if ("carried over", match.campaign) not in done:
                done.add(("carried over", match.campaign))
                made[place] += self._carry_over(match.campaign)
            if not self._is_spared(heard):
                if caller is not None and (caller.number, match.campaign) not in done:
                    of_caller = self._of_caller(heard, caller)
                    made[place] += of_caller + [entry for one in of_caller for entry in self._of_origins(heard, one)]
                if ("", match.campaign) not in done:
                    made[place] += self._of_campaign(heard)
                done.add(("", match.campaign))
                done.add((caller.number if caller else "", match.campaign))
        return made

    def _carry_over(self, campaign: str) -> list[ListEntry]:
        """What people said of campaigns that turned out to be this one."""
        if not any(self._lists.count(kind, "campaign") for kind in KINDS):
            return []
        self._aliases[campaign] = self._campaigns.aliases(campaign)
        made = carried_over(self._lists, campaign, self._aliases[campaign], self._clock())
        self._carried |= {list_key(entry.kind, entry.scope, entry.value): entry for entry in made}
        return made

    def _listed_aliases(self, campaign: str) -> list[str]:
        """Other ids of a campaign that a rule has listed it under."""
        known = ((alias, self._known("black", "campaign", alias)) for alias in self._aliases.get(campaign, ()))
        return [alias for alias, entry in known if entry is not None and by_rule(entry)]

    def _known(self, kind: str, scope: ListScope, value: str) -> ListEntry | None:
        key = list_key(kind, scope, value)
        return self._carried.get(key) or self._lists.get(key)

    def _is_spared(self, heard: _Heard) -> bool:
        """Whether the whitelist speaks of the call or of what it plays, or one of them is protected."""
        facts, campaign, now_ms = heard.head.facts, heard.match.campaign, self._clock()
        for kind in ("white", "protected"):
            entry = self._known(kind, "campaign", campaign)
            if entry is not None and acts(entry, now_ms):
                return True
        hit = self._lists.match(facts, None, now_ms)
        return (hit is not None and hit.kind == "white") or self._lists.protection(facts, None, now_ms) is not None

    def _of_caller(self, heard: _Heard, caller: NumberHash) -> list[ListEntry]:
        rule, facts = self._rules.repeated_recording, heard.head.facts
        hashes = [one.number for one in (caller, facts.old_caller) if one is not None]
        standing = self._standing("caller", hashes)
        if not rule.enabled or not _wanted(rule, standing, heard):
            return []
        entry = rule.entry(
            caller,
            facts.key_id,
            self._campaigns.hearings_of(heard.match.campaign, *hashes),
            heard_ms=heard.head.captured_ms,
            score=heard.match.score,
            confidence=heard.confidence,
        )
        if entry is None:
            return []
        whence = replace(entry, trunk=facts.trunk, prefixes=caller.prefixes[-KEPT_PREFIXES:])
        return self._made(rule, standing, whence, heard)

    def _of_campaign(self, heard: _Heard) -> list[ListEntry]:
        rule, campaign = self._rules.shared_recording, heard.match.campaign
        if rule is None or not rule.enabled:
            return []
        standing = self._standing("campaign", [campaign, *self._listed_aliases(campaign)])
        if not _wanted(rule, standing, heard) or self._campaigns.count_callers(campaign) < rule.callers:
            return []
        hearings = self._campaigns.hearings(campaign)
        entry = rule.entry(
            campaign,
            hearings,
            heard_ms=heard.head.captured_ms,
            score=heard.match.score,
            confidence=heard.confidence,
            aliases=self._campaigns.aliases_of({hearing.caller for hearing in hearings}),
        )
        if entry is None:
            return []
        guarded = self._guarded(rule, hearings, heard) if standing.is_new("active") else 0
        if guarded:
            reason = f"{entry.reason}; proposed only: {guarded} of the callers are protected or on the whitelist"
            entry = replace(entry, reason=reason)
        return self._made(rule, standing, entry, heard, proposed=guarded > 0)

    def _guarded(self, rule: Rule, hearings: Sequence[Hearing], heard: _Heard) -> int:
        """How many callers of a campaign are whitelisted or protected, under whichever key."""
        head, now_ms = heard.head, self._clock()
        under_old = guarded_under_other_keys(self._lists, head.facts.key_id, now_ms)
        renamed = set(self._campaigns.aliases_of(under_old).values()) if under_old else set()
        since_ms = head.captured_ms - rule.expires_days * MS_PER_DAY
        return guarded_callers(self._lists, hearings, self._neighbours, now_ms, since_ms, renamed)

    def _of_origins(self, heard: _Heard, caller: ListEntry) -> list[ListEntry]:
        """Entries of the range and the trunk that a caller who was just listed calls from."""
        of_range, of_trunk, facts = self._rules.caller_range, self._rules.trunk, heard.head.facts
        prefix = of_range.range_of(facts.caller.prefixes) if of_range is not None and facts.caller else None
        made: list[ListEntry] = []
        if of_range is not None and prefix is not None:
            made += self._of_origin(of_range, "prefix", prefix, heard, caller)
        if of_trunk is not None and facts.trunk is not None:
            made += self._of_origin(of_trunk, "trunk", facts.trunk, heard, caller)
        return made

    def _of_origin(
        self, rule: CallerRange | Trunk, scope: OriginScope, value: str, heard: _Heard, caller: ListEntry
    ) -> list[ListEntry]:
        neighbours, heard_ms, now_ms = self._neighbours, heard.head.captured_ms, self._clock()
        if not rule.enabled or neighbours is None:
            return []
        standing = self._standing(scope, [value])
        stale = all(by_rule(entry) and rule.is_stale(entry, heard_ms) for entry in standing.entries)
        if standing.off or not (stale if standing.entries else caller.listed_ms == heard_ms):
            return []
        states = ("active", "proposed") if self._rules.dry_run else ("active",)
        listed = listed_of([*self._lists.entries(), caller], scope, value, states, now_ms)
        if len(listed) < rule.callers or holds_protected(self._lists, scope, value, now_ms):
            return []
        since_ms = heard_ms - rule.days * MS_PER_DAY
        entry = rule.entry(value, listed, neighbours.callers(scope, value, since_ms), heard_ms=heard_ms)
        return [] if entry is None else self._made(rule, standing, entry, heard)

    def _standing(self, scope: ListScope, values: Sequence[str]) -> Standing:
        return Standing.of([self._known("black", scope, value) for value in values], self._clock())

    def _made(
        self, rule: Rule, standing: Standing, entry: ListEntry, heard: _Heard, *, proposed: bool = False
    ) -> list[ListEntry]:
        """An entry as it is to be written; none if a limit withholds it."""
        state: ListState = "proposed" if proposed or rule.dry_run or self._rules.dry_run else "active"
        if standing.is_new(state) and not self._limits.allows(entry, heard.head.captured_ms):
            return []
        return [standing.made_anew(entry, state, heard.head.captured_ms)]


def _wanted(rule: Rule, standing: Standing, heard: _Heard) -> bool:
    """Whether an entry is missing, or is to be renewed; one that somebody disabled stays as it is."""
    return not standing.off and all(
        rule.renews(entry, heard.head.call_id, heard.head.captured_ms) for entry in standing.entries
    )
