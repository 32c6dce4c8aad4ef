"""Two fingerprint agents on a real Kafka and a real ClickHouse: one campaign among other calls, at the pace of life."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from campaign_traffic import Talking, Traffic, make_traffic
from confluent_kafka import Consumer, TopicPartition
from outage_world import percentile, record_result
from pipeline_world import PARTITIONS, WorkerProcess, wait_until_done

from schemas.codec import Codec
from schemas.records import Features, ListEntry
from streams.campaigns import Campaigns
from streams.lists.rules import Rules
from streams.settings import Settings
from streams.store import open_store
from streams.store.migrations import migrate
from streams.topics import ENTRIES, FEATURES, create_topics

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(1800)]

pytest.importorskip("models.sounds.speech", reason="there are no voices")

# 500 campaign calls from 40 callers among 5,000 others: CALLSIEVE_CAMPAIGN=500, 20 minutes a test. Two idle cores carry
# six calls a second, Kafka and ClickHouse included; at eight (CALLSIEVE_CAMPAIGN_RATE) the agents fall behind.
CAMPAIGN_CALLS = int(os.environ.get("CALLSIEVE_CAMPAIGN", "45"))
CALLERS = max(10, CAMPAIGN_CALLS * 40 // 500)
OTHERS = 10 * CAMPAIGN_CALLS
CALLS_A_SECOND = float(os.environ.get("CALLSIEVE_CAMPAIGN_RATE", "6"))
FIRST_ENTRY_S = 10.0


@pytest.fixture(scope="module")
def traffic() -> Traffic:
    """The same calls for every test of this file."""
    over_s = (CAMPAIGN_CALLS + OTHERS) / CALLS_A_SECOND
    return make_traffic(2026, campaign_calls=CAMPAIGN_CALLS, callers=CALLERS, others=OTHERS, over_s=over_s)


@dataclass
class Stamped:
    """A record and when Kafka took it."""

    record: Any
    at_ms: int


class Agents:
    """Two workers with the role fingerprint alone, their topics and their store."""

    def __init__(self, kafka_url: str, store_url: Any, scratch: Path) -> None:
        name = uuid4().hex[:6]
        self.settings = Settings(broker=kafka_url, prefix=f"camp{name}.", store=store_url(f"camp_{name}"))
        create_topics(self.settings.client(), prefix=self.settings.prefix, partitions=PARTITIONS)
        self.store = open_store(self.settings.store)
        self.store.create_database()
        migrate(self.store)
        self.workers = [
            WorkerProcess(self.settings, scratch / f"agent-{number}.log", "fingerprint") for number in range(2)
        ]
        for worker in self.workers:
            worker.wait_ready()

    def close(self) -> None:
        for worker in self.workers:
            worker.kill()
        self.store.close()

    def cpu_s(self) -> float:
        """CPU seconds of both so far, of those that run."""
        ticks = 0
        for worker in self.workers:
            if worker.code is None:
                fields = Path(f"/proc/{worker.pid}/stat").read_text().rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def read(self, topic: str, record_type: Any) -> list[Stamped]:
        """All that stands in a topic."""
        consumer = Consumer(self.settings.client() | {"group.id": "test", "enable.auto.commit": False})
        places = [TopicPartition(self.settings.prefix + topic, p, 0) for p in range(PARTITIONS)]
        left = sum(consumer.get_watermark_offsets(place, timeout=10)[1] for place in places)
        consumer.assign(places)
        found: list[Stamped] = []
        deadline = time.monotonic() + 30
        while left > 0 and time.monotonic() < deadline:
            for message in consumer.consume(5000, 0.2):
                left -= 1
                value = message.value()
                if value is not None:
                    found.append(Stamped(Codec().decode(value, record_type), message.timestamp()[1]))
        consumer.close()
        return found


@pytest.fixture
def agents(kafka: Any, clickhouse_server: Any, tmp_path: Path) -> Iterator[Agents]:
    made = Agents(kafka.url, clickhouse_server.url, tmp_path)
    yield made
    made.close()


def calls_by_root(agents: Agents) -> dict[str, set[str]]:
    """Every campaign that is none other's, and the calls that are counted to it."""
    campaigns = Campaigns(agents.store)
    calls = [str(row["call_id"]) for row in agents.store.query("SELECT DISTINCT call_id FROM campaign_members")]
    found: dict[str, set[str]] = {}
    for call_id, root in campaigns.of_calls(calls).items():
        found.setdefault(root, set()).add(call_id)
    return found


def judge(name: str, agents: Agents, traffic: Traffic, talking: Talking) -> float:
    """One campaign with the message's calls alone, and the entries that the rules demand.

    How long after the audio that was the first caller's due the first entry came, in seconds.
    """
    rule = Rules.load().repeated_recording
    parts = [each for each in agents.read(FEATURES, Features) if each.record.replay is not None]
    entries = [each for each in agents.read(ENTRIES, ListEntry) if isinstance(each.record, ListEntry)]
    played = {call.call_id for call in traffic.calls if call.campaign}
    roots = calls_by_root(agents)
    callers = {each.record.value for each in entries if each.record.scope == "caller"}
    first_ms = min((each.at_ms for each in entries if each.record.scope == "caller"), default=0)
    after_s = first_ms / 1000 - talking.begun_ms / 1000 - traffic.first_due_s(rule.calls)
    late = sorted((each.at_ms - each.record.head.captured_ms) / 1000 for each in parts)
    heard = {call_id for calls in roots.values() for call_id in calls}
    record_result(
        name,
        calls=len(traffic.calls),
        of_the_campaign=len(played),
        campaigns=len(roots),
        its_calls_found=len(played & heard),
        others_found=len(heard - played),
        callers_due=len(traffic.listed(rule.calls)),
        callers_listed=len(callers),
        first_entry_after_s=round(after_s, 1),
        match_late_s_half=percentile(late, 0.5),
        match_late_s_p99=percentile(late, 0.99),
        agents_cpu_s=round(agents.cpu_s()),
    )
    assert len(roots) == 1, {root: len(calls) for root, calls in roots.items()}
    assert heard <= played
    assert len(heard) >= 0.95 * len(played)
    assert callers == traffic.listed(rule.calls)
    assert {each.record.scope for each in entries} <= {"caller", "campaign"}
    assert {each.record.value for each in entries if each.record.scope == "campaign"} <= set(roots)
    return after_s


def test_one_campaign_and_the_callers_who_are_due_and_nobody_else(agents: Agents, traffic: Traffic) -> None:
    talking = Talking(agents.settings, traffic)
    talking.start()
    talking.finish()
    wait_until_done(agents.settings, 900.0, roles=("fingerprint",))
    assert judge("two agents", agents, traffic, talking) <= FIRST_ENTRY_S


def test_the_same_comes_of_it_when_an_agent_is_killed_half_way(agents: Agents, traffic: Traffic) -> None:
    talking = Talking(agents.settings, traffic)
    talking.start()
    time.sleep(traffic.calls[-1].begins_s / 2)
    agents.workers[0].kill()
    talking.finish()
    wait_until_done(agents.settings, 900.0, roles=("fingerprint",))
    judge("two agents, one killed half-way", agents, traffic, talking)
