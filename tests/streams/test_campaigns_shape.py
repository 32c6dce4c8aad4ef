"""How calls of a campaign lie beside each other, which stand for it, and what of the recording they share."""

import random
from typing import Any

import pytest
from campaign_world import make_edge

from streams.campaigns import Campaigns, Edge
from streams.campaigns.alignment import Place, places
from streams.campaigns.representatives import representatives_of
from streams.campaigns.shape import shape
from streams.store import Store


def playing(call: str, matched: str, *, begin_s: float, tempo: float = 1.0, **changes: Any) -> Edge:
    """The other call's second `begin_s` is the searched call's second 0; eight seconds of it were searched."""
    return make_edge(call, matched, 3, offset_s=begin_s + tempo * 6.0, tempo=tempo, **changes)


def test_calls_are_placed_over_each_other_in_either_direction_with_their_speed_and_pitch() -> None:
    edges = [
        playing("c2", "c1", begin_s=1.5),
        playing("c3", "c2", begin_s=-0.5, tempo=1.1, pitch=1.1),
        playing("c3", "c4", begin_s=0.0, tempo=0.5, pitch=0.5),
        playing("c9", "c8", begin_s=0.0),
    ]
    found = places(edges, "c1")
    assert set(found) == {"c1", "c2", "c3", "c4"}
    assert found["c2"] == Place(1.5)
    assert found["c3"] == Place(1.0, 1.1, 1.1)
    assert found["c4"].begin_s == pytest.approx(1.0)
    assert found["c4"].tempo == pytest.approx(2.2)
    assert found["c4"].octaves_from(found["c3"]) == pytest.approx(1.0)
    back = places(edges, "c4")["c1"]
    assert back.recording_s(found["c4"].recording_s(2.0)) == pytest.approx(2.0)


def test_of_several_ways_to_a_call_the_longest_shared_parts_count() -> None:
    edges = [
        playing("c3", "c1", begin_s=9.0, query_end_s=1.0),
        playing("c3", "c2", begin_s=1.0),
        playing("c2", "c1", begin_s=1.0),
    ]
    assert places(edges, "c1")["c3"] == Place(2.0)


def test_the_call_that_shares_most_stands_for_a_campaign_and_one_at_another_pitch_beside_it() -> None:
    edges = [playing(f"c{number}", "c2", begin_s=0.0) for number in range(3, 9)]
    edges += [playing("c2", "c1", begin_s=0.0, query_end_s=2.0), playing("c9", "c2", begin_s=0.0, pitch=1.08)]
    edges += [playing("c10", "c2", begin_s=0.0, pitch=1.01)]
    found = representatives_of("c1", edges)
    assert [(one.campaign, one.call_id) for one in found] == [("c1", "c2"), ("c1", "c9")]
    assert found[0].calls == 9
    assert found[1].pitch == pytest.approx(1.08)
    random.Random(1).shuffle(edges)
    assert representatives_of("c1", edges) == found
    assert representatives_of("c1", []) == []


def message(*ends: float, begin: float = 1.0) -> list[Edge]:
    return [
        playing(f"c{number}", "c1", begin_s=0.0, query_start_s=begin, query_end_s=end)
        for number, end in enumerate(ends, start=2)
    ]


@pytest.mark.parametrize(
    ("edges", "kind", "words"),
    [
        (message(7.9, 7.8, 7.9), "whole", "whole message (1.0-8.0 s)"),
        (
            message(3.1, 3.0, 3.2, 3.1),
            "beginning",
            "beginning only (1.0-3.0 s of 7.0 s heard), then each goes its own way",
        ),
        ([make_edge("c2", "c1", 0)], "short", "too short to tell (0.0-2.0 s shared)"),
        ([], "unknown", "unknown"),
    ],
)
def test_what_is_shared_is_told_in_words(edges: list[Edge], kind: str, words: str) -> None:
    found = shape(edges, "c1")
    assert (found.kind, found.words) == (kind, words)


def test_a_part_in_the_middle_and_two_parts_are_told_apart() -> None:
    first = [playing("c2", "c1", begin_s=0.0, query_end_s=1.5)]
    later = [playing(f"c{n}", "c1", begin_s=0.0, query_start_s=5.0, query_end_s=8.0) for n in (3, 4, 5, 6)]
    assert shape(first + later, "c1").kind == "part"
    both = [playing(f"c{n}", "c1", begin_s=0.0, query_end_s=2.0) for n in (7, 8, 9, 10)]
    found = shape(first + later + both, "c1")
    assert found.kind == "parts"
    assert [round(part.start_s) for part in found.parts] == [0, 5]
    assert found.parts[0].calls == 6


def test_a_store_tells_the_shape_and_the_representatives_of_a_campaign(store: Store) -> None:
    campaigns = Campaigns(store)
    campaigns.join([edge for end in range(1) for edge in (make_edge("c2", "c1", end), make_edge("c3", "c1", end))])
    campaigns.join([make_edge("c5000", "c4999")])
    assert campaigns.shape("c1").kind == "short"
    campaigns.join(message(7.9, 7.8))
    assert campaigns.shape("c1").kind == "whole"
    assert campaigns.shape("c7").kind == "unknown"
    assert [one.call_id for one in campaigns.representatives("c1")] == ["c1"]
    assert campaigns.representatives("c7") == []
