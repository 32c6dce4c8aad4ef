"""The catalogue of metrics; each is read off the roles when it is asked for."""

from collections.abc import Iterable, Sequence
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from streams.runner import RoleRunner

REGISTRY: Final = CollectorRegistry()


class _RoleMetrics(Collector):
    def __init__(self, runners: Sequence[RoleRunner]) -> None:
        self._runners = runners

    def collect(self) -> Iterable[Metric]:
        taken = CounterMetricFamily("callsieve_records_taken", "Records taken in.", labels=["role"])
        done = CounterMetricFamily("callsieve_records_acknowledged", "Records acknowledged.", labels=["role"])
        sent = CounterMetricFamily(
            "callsieve_records_delivered", "Records that Kafka has acknowledged.", labels=["role"]
        )
        dead = CounterMetricFamily("callsieve_dead_letters", "Records sent to a dead-letter topic.", labels=["role"])
        held = GaugeMetricFamily("callsieve_records_held", "Taken in, not acknowledged yet.", labels=["role"])
        drops = CounterMetricFamily("callsieve_drops", "What was dropped, by reason.", labels=["role", "reason"])
        for runner in self._runners:
            role = [runner.stage.role]
            taken.add_metric(role, runner.taken)
            done.add_metric(role, runner.acknowledged)
            sent.add_metric(role, runner.delivered)
            dead.add_metric(role, runner.buried)
            held.add_metric(role, runner.pending)
            for reason, count in runner.stage.drops().items():
                drops.add_metric([*role, reason], count)
        return [taken, done, sent, dead, held, drops]


def watch(runners: Sequence[RoleRunner]) -> None:
    """Put a worker's roles into the registry."""
    REGISTRY.register(_RoleMetrics(runners))
