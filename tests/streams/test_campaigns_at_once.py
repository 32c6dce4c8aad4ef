"""Two agents that cluster the same calls at the same time, on a real server."""

import random
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from campaign_world import NOON, make_edge

from streams.campaigns import Campaigns, Edge, repair
from streams.store import open_store
from streams.store.migrations import migrate

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


def test_two_agents_at_once_and_a_log_read_again_make_one_campaign_of_each_recording(clickhouse_server: Any) -> None:
    url = clickhouse_server.url(f"campaigns_{uuid4().hex[:8]}")
    rng = random.Random(5)
    recordings = [[f"c{100 * number + call}" for call in range(12)] for number in range(3)]
    edges = [make_edge(one, other) for calls in recordings for one, other in zip(calls[1:], calls[:-1], strict=True)]
    rng.shuffle(edges)
    told: list[dict[str, str]] = []

    def agent(own: list[Edge], store_url: str) -> None:
        store = open_store(store_url)
        campaigns = Campaigns(store)
        told.extend(campaigns.join(own[start : start + 3]) for start in range(0, len(own), 3))
        store.close()

    store = open_store(url)
    migrate(store)
    halves = [edges[:20], edges[14:]]  # of some both are told
    threads = [Thread(target=agent, args=(half, url)) for half in halves]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    repair(store, since_ms=NOON)

    campaigns = Campaigns(store)
    names = [set(campaigns.of_calls(calls).values()) for calls in recordings]
    assert [len(name) for name in names] == [1, 1, 1]
    assert len(set.union(*names)) == 3
    for answer in told:
        assert campaigns.roots(answer.values()) == {
            name: campaigns.of_calls([call])[call] for call, name in answer.items()
        }
    heard = [campaigns.hearings(name.pop()) for name in names]
    agent(edges, url)
    assert [campaigns.hearings(some[0].campaign) for some in heard] == heard
    assert repair(store, since_ms=NOON).mended == 0
    store.close()
