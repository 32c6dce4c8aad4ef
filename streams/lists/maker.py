"""Applies the rules: which list entries follow from what was heard again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from schemas.ids import list_key
from schemas.records import ChunkHead, ListEntry, ListScope, NumberHash
from streams.lists.heard import Hearings, Match
from streams.lists.rules import Rule, Rules
from streams.lists.view import ListView, acts


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
        The lists as list.entries has them: what the white one names makes no entry, and what is listed already is not
        listed again for the same call.
    rules
        What makes entries.
    clock
        Milliseconds since 1970, for the expiry of list entries only.
    """

    def __init__(self, campaigns: Hearings, lists: ListView, rules: Rules, clock: Callable[[], int]) -> None:
        self._campaigns = campaigns
        self._lists = lists
        self._rules = rules
        self._clock = clock

    def entries(self, heads: Sequence[ChunkHead], matches: Sequence[Match | None]) -> list[list[ListEntry]]:
        """Entries by chunk; of several chunks for one caller or campaign the last one makes it.

        Raises
        ------
        StoreError
            If the store fails.
        """
        made: list[list[ListEntry]] = [[] for _ in heads]
        done: set[tuple[str, str]] = set()
        for place in range(len(heads) - 1, -1, -1):
            match, caller = matches[place], heads[place].facts.caller
            if match is None:
                continue
            heard = _Heard(heads[place], match)
            if self._is_white(heard):
                continue
            if caller is not None and (caller.number, match.campaign) not in done:
                done.add((caller.number, match.campaign))
                made[place] += self._of_caller(heard, caller)
            if ("", match.campaign) not in done:
                done.add(("", match.campaign))
                made[place] += self._of_campaign(heard)
        return made

    def _is_white(self, heard: _Heard) -> bool:
        """Whether the whitelist speaks of the call or of what it plays: then no rule acts on it."""
        hit = self._lists.match(heard.head.facts, heard.match.campaign, self._clock())
        return hit is not None and hit.kind == "white"

    def _of_caller(self, heard: _Heard, caller: NumberHash) -> list[ListEntry]:
        rule, facts = self._rules.repeated_recording, heard.head.facts
        hashes = [one.number for one in (caller, facts.old_caller) if one is not None]
        if not rule.enabled or not self._wanted(rule, "caller", hashes, heard):
            return []
        entry = rule.entry(
            caller,
            facts.key_id,
            self._campaigns.hearings_of(heard.match.campaign, *hashes),
            heard_ms=heard.head.captured_ms,
            score=heard.match.score,
            confidence=heard.confidence,
        )
        return [] if entry is None else [entry]

    def _of_campaign(self, heard: _Heard) -> list[ListEntry]:
        rule, campaign = self._rules.shared_recording, heard.match.campaign
        if rule is None or not rule.enabled or not self._wanted(rule, "campaign", [campaign], heard):
            return []
        if self._campaigns.count_callers(campaign) < rule.callers:
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
        return [] if entry is None else [entry]

    def _wanted(self, rule: Rule, scope: ListScope, values: Sequence[str], heard: _Heard) -> bool:
        """Whether an entry under any of some values is missing, or is to be renewed.

        One that somebody disabled stays as it is, under whichever key it was made.
        """
        known = [entry for value in values if (entry := self._lists.get(list_key("black", scope, value)))]
        if any(entry.state == "disabled" for entry in known):
            return False
        now_ms = self._clock()
        in_force = [entry for entry in known if acts(entry, now_ms)]
        return all(rule.renews(entry, heard.head.call_id, heard.head.captured_ms) for entry in in_force)
