"""Which calls are one campaign, and what it is called: pure, for one batch of edges as for the days of a repair.

Calls and campaigns are the nodes of one graph; edges, memberships and merges link them. All three are only ever added,
so a component never falls apart again, whatever was read too early and whoever wrote in between. What a stale read can
leave behind is two campaigns that share a call and are not merged: the next plan that sees the call merges them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from streams.campaigns.records import Name


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written, and what then holds.

    Attributes
    ----------
    roots
        Each call's campaign.
    joined
        Calls that were in no campaign, and the one they join.
    merges
        Campaigns and the older one that each is counted to from now on.
    """

    roots: dict[str, Name] = field(default_factory=dict)
    joined: list[tuple[str, Name]] = field(default_factory=list)
    merges: list[tuple[Name, Name]] = field(default_factory=list)


def plan(
    opened: Mapping[str, int],
    links: Iterable[tuple[str, str]],
    members: Iterable[tuple[str, Name]],
    merges: Iterable[tuple[Name, Name]],
) -> Plan:
    """Components of what is known, each with one name.

    Parameters
    ----------
    opened
        Calls, and when each opened, ms since 1970.
    links
        Pairs of those calls that hold the same sound.
    members
        Those of the calls that are in a campaign already, once for each campaign they are in.
    merges
        Merges that are known: every chain of them that leads to or from the members' campaigns.

    Returns
    -------
    Plan
        A component without a campaign founds one, named after its earliest call by (`opened`, id). Of several campaigns
        the one founded earliest goes on, and each other is merged into it, so chains stay one step long and, the order
        being total, never close. The same input gives the same plan, and its own result gives nothing more to write.
    """
    members, merges = sorted(set(members)), sorted(set(merges))
    names: dict[
        str, Name
    ] = {}  # should two processes differ about when a call opened, the earlier moment counts for all
    for name in sorted([name for _, name in members] + [name for pair in merges for name in pair], reverse=True):
        names[name.campaign] = name
    calls, campaigns = sorted(opened), sorted(names)
    call_node = {call: node for node, call in enumerate(calls)}
    campaign_node = {campaign: len(calls) + node for node, campaign in enumerate(campaigns)}
    pairs = [(call_node[one], call_node[other]) for one, other in links]
    pairs += [(call_node[call], campaign_node[name.campaign]) for call, name in members if call in call_node]
    pairs += [(campaign_node[one.campaign], campaign_node[other.campaign]) for one, other in merges]
    component = _components(len(calls) + len(campaigns), pairs)

    roots: dict[int, Name] = {}
    for name in sorted(names.values()):
        roots.setdefault(component[campaign_node[name.campaign]], name)
    linked = {component[one] for one, _ in pairs}
    for moment, call in sorted((opened[call], call) for call in calls):
        if component[call_node[call]] in linked:
            roots.setdefault(component[call_node[call]], Name(moment, call))

    known = {call for call, _ in members}
    merged = {(one.campaign, other.campaign) for one, other in merges}
    found = Plan()
    for call in calls:
        root = roots.get(component[call_node[call]])
        if root is not None:
            found.roots[call] = root
            if call not in known:
                found.joined.append((call, root))
    for campaign in campaigns:
        root = roots[component[campaign_node[campaign]]]
        if campaign != root.campaign and (campaign, root.campaign) not in merged:
            found.merges.append((names[campaign], root))
    return found


def families(merges: Iterable[tuple[Name, Name]]) -> list[list[str]]:
    """Ids of campaigns that merges made one, each family's oldest first: the name of all of them."""
    pairs = list(merges)
    names = _names(name for pair in pairs for name in pair)
    ordered = sorted(names.values())
    node = {name.campaign: place for place, name in enumerate(ordered)}
    found: dict[int, list[str]] = {}
    component = _components(len(ordered), [(node[one.campaign], node[other.campaign]) for one, other in pairs])
    for name, number in zip(ordered, component, strict=True):
        found.setdefault(number, []).append(name.campaign)
    return list(found.values())


def _names(names: Iterable[Name]) -> dict[str, Name]:
    """Names by id; should two processes differ about when a call opened, the earlier moment counts for all."""
    return {name.campaign: name for name in sorted(names, reverse=True)}


def _components(nodes: int, pairs: list[tuple[int, int]]) -> list[int]:
    """The component of each node."""
    if not nodes:
        return []
    ends = np.array(pairs, np.int64).reshape(-1, 2)
    graph = coo_array((np.ones(len(ends), np.int8), (ends[:, 0], ends[:, 1])), shape=(nodes, nodes))
    labels: list[int] = connected_components(graph, directed=False)[1].tolist()
    return labels
