"""Which calls stand for a campaign."""

import math
from collections.abc import Sequence
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
        The campaign's id as it was asked for, the call, and when it opened.
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


def representatives_of(campaign: str, edges: Sequence[Edge]) -> list[Representative]:
    """Choose them: the same edges give the same ones, in whatever order they come.

    Parameters
    ----------
    campaign
        Its id.
    edges
        Of each pair of its calls the one that shares most.

    Returns
    -------
    list of Representative
        The first shares most seconds with others, of equals the one that opened first; others follow if they play it
        higher or lower by `APART` than those before, `MOST_OF_ONE` at most. Empty where there are no edges.
    """
    if not edges:
        return []
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
