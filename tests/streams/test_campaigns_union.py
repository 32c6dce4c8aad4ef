"""Which calls are one campaign, and its name, whoever looks when: without a store."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.campaigns.records import Name
from streams.campaigns.union import families, plan

CALLS = "abcdefgh"
OPENED = {call: 1_000 + 7 * (number * 3 % 5) for number, call in enumerate(CALLS)}  # some opened at the same moment

Link = tuple[str, str]


class Tables:
    """What ClickHouse would hold: rows that are only ever added, and readers that may be late."""

    def __init__(self) -> None:
        self.links: list[Link] = []
        self.members: list[tuple[str, Name]] = []
        self.merges: list[tuple[Name, Name]] = []


class Agent:
    """Joins one link at a time, in steps between which another agent may act, or after which it may die."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def read(self, link: Link) -> None:
        self.link = link
        self.tables.links.append(link)
        self.members = [row for row in self.tables.members if row[0] in link]
        self.merges = list(self.tables.merges)

    def join(self) -> str:
        self.found = plan({call: OPENED[call] for call in self.link}, [self.link], self.members, self.merges)
        self.tables.members += self.found.joined
        return self.found.roots[self.link[0]].campaign

    def merge(self) -> None:
        self.tables.merges += self.found.merges


def repaired(tables: Tables) -> dict[str, str]:
    opened = {call: OPENED[call] for link in tables.links for call in link}
    found = plan(opened, tables.links, tables.members, tables.merges)
    tables.members += found.joined
    tables.merges += found.merges
    assert not plan(opened, tables.links, tables.members, tables.merges).joined
    assert not plan(opened, tables.links, tables.members, tables.merges).merges
    return {call: name.campaign for call, name in found.roots.items()}


def components(links: Sequence[Link]) -> set[frozenset[str]]:
    groups = [{call} for call in {call for link in links for call in link}]
    for one, other in links:
        mine = [group for group in groups if group & {one, other}]
        groups = [group for group in groups if group not in mine] + [set().union(*mine)]
    return {frozenset(group) for group in groups}


LINKS = st.lists(
    st.tuples(st.sampled_from(CALLS), st.sampled_from(CALLS)).filter(lambda link: link[0] != link[1]),
    min_size=1,
    max_size=12,
)


@settings(max_examples=20, deadline=None)
@given(LINKS, st.data())
def test_any_order_of_links_and_any_interleaving_of_two_agents_gives_one_campaign_for_each_component(
    links: list[Link], data: st.DataObject
) -> None:
    check_two_agents(links, data)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(LINKS, st.data())
def test_two_hundred_interleavings_more(links: list[Link], data: st.DataObject) -> None:
    check_two_agents(links, data)


def check_two_agents(links: list[Link], data: st.DataObject) -> None:
    tables = Tables()
    agents = [Agent(tables), Agent(tables)]
    queues = [list(links), list(reversed(links))] if data.draw(st.booleans()) else [links[::2], links[1::2]]
    stages, told = [0, 0], {}
    while any(queues):
        who = data.draw(st.sampled_from([number for number in (0, 1) if queues[number]]))
        agent, stage = agents[who], stages[who]
        if stage == 0:
            agent.read(queues[who][0])
        elif stage == 1:
            told[queues[who][0]] = agent.join()
        else:
            agent.merge()
        dies = data.draw(st.integers(0, 9)) == 0
        stages[who] = 0 if dies else (stage + 1) % 3
        if stages[who] == 0:
            queues[who].pop(0)
    roots = repaired(tables)

    groups = components(tables.links)
    assert {frozenset(call for call in roots if roots[call] == root) for root in set(roots.values())} == groups
    now = {name: family[0] for family in families(tables.merges) for name in family}
    for link, campaign in told.items():
        assert now.get(campaign, campaign) == roots[link[0]]
    for one, other in tables.merges:
        assert (OPENED[other.campaign], other.campaign) < (OPENED[one.campaign], one.campaign)
    assert repaired(tables) == roots


def test_a_campaign_is_named_after_its_earliest_call_and_keeps_its_name_when_an_earlier_one_joins() -> None:
    first = plan({"b": 5, "c": 9}, [("c", "b")], [], [])
    assert first.roots == {"b": Name(5, "b"), "c": Name(5, "b")}
    later = plan({"a": 1, "c": 9}, [("a", "c")], [("c", Name(5, "b"))], [])
    assert later.roots["a"] == Name(5, "b")
    assert later.joined == [("a", Name(5, "b"))]


def test_of_two_campaigns_the_one_founded_earlier_goes_on_and_its_own_younger_ones_come_along() -> None:
    old, middle, young = Name(1, "z"), Name(2, "y"), Name(3, "x")
    found = plan({"p": 10, "q": 11}, [("p", "q")], [("p", middle), ("q", old)], [(young, middle)])
    assert found.merges == [(young, old), (middle, old)]
    assert families([(young, middle), *found.merges]) == [["z", "y", "x"]]


def test_processes_that_differ_about_when_a_call_opened_close_no_circle() -> None:
    found = plan({"p": 10}, [], [("p", Name(5, "a")), ("p", Name(20, "b"))], [(Name(8, "b"), Name(9, "a"))])
    assert found.roots == {"p": Name(5, "a")}
    assert found.merges == []


def test_a_call_without_a_link_founds_nothing() -> None:
    assert plan({"a": 1}, [], [], []).roots == {}
    assert plan({}, [], [], []).roots == {}
