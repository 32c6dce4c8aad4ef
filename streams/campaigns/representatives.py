"""Which calls stand for the campaigns that are heard now."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from streams.campaigns.alignment import places
from streams.campaigns.records import Edge

MOST_OF_ONE: Final = 3  # calls that stand for one campaign
APART: Final = 1 / 12  # octaves between them: half of what a verification looks at to either side


@dataclass(frozen=True, slots=True)
class Representative:
    """A call that stands for a campaign.

    Attributes
    ----------
    campaign, call_id, opened_ms
        The campaign's present id, the call, and when it opened.
    shared_s
        Seconds that it shares with other calls, added up: what made it one.
    calls
        With how many.
    pitch
        Its frequency over that of the campaign's first representative.
    """

    campaign: str
    call_id: str
    opened_ms: int
    shared_s: float
    calls: int
    pitch: float = 1.0


def representatives(edges: Sequence[Edge], campaigns: Mapping[str, str]) -> list[Representative]:
    """Choose them: the same edges give the same ones, in whatever order they come.

    Parameters
    ----------
    edges
        Of each pair of calls the one that shares most.
    campaigns
        The present campaign of each call.

    Returns
    -------
    list of Representative
        By campaign. The first of each shares most seconds with others, of equals the one that opened first; others
        follow if they play it higher or lower by `APART` than those before, `MOST_OF_ONE` at most.
    """
    groups: dict[str, list[Edge]] = {}
    for edge in edges:
        if edge.call_id in campaigns:
            groups.setdefault(campaigns[edge.call_id], []).append(edge)
    return [one for campaign in sorted(groups) for one in _of_one(campaign, groups[campaign])]


def _of_one(campaign: str, edges: Sequence[Edge]) -> list[Representative]:
    shared: dict[str, dict[str, float]] = {}
    opened: dict[str, int] = {}
    for edge in edges:
        both = ((edge.call_id, edge.opened_ms), (edge.matched_call_id, edge.matched_opened_ms))
        for (call, moment), (other, _) in (both, both[::-1]):
            opened[call] = min(moment, opened.get(call, moment))
            partners = shared.setdefault(call, {})
            partners[other] = max(edge.shared_s, partners.get(other, 0.0))
    whole = {call: math.fsum(partners.values()) for call, partners in shared.items()}
    ranked = sorted(shared, key=lambda call: (-whole[call], opened[call], call))
    placed = places(edges, ranked[0])
    chosen: list[str] = []
    for call in ranked:
        if call in placed and all(placed[call].octaves_from(placed[other]) >= APART for other in chosen):
            chosen.append(call)
        if len(chosen) == MOST_OF_ONE:
            break
    return [
        Representative(campaign, call, opened[call], whole[call], len(shared[call]), placed[call].pitch)
        for call in chosen
    ]
