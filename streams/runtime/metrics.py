"""The catalogue of metrics. Counts are read off the roles when they are asked for; times are noted as they pass."""

import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from streams.runtime.kafka_watch import KafkaWatch
    from streams.runtime.runner import RoleRunner

REGISTRY: Final = CollectorRegistry()

_WORK_BUCKETS: Final = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
_VERDICT_BUCKETS: Final = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0, 600.0)

PROCESSING_SECONDS: Final = Histogram(
    "callsieve_processing_seconds",
    "How long a batch of records takes, the wait for an absent store included.",
    ["role"],
    buckets=_WORK_BUCKETS,
    registry=REGISTRY,
)
STORE_SECONDS: Final = Histogram(
    "callsieve_store_seconds",
    "How long a call to ClickHouse takes.",
    ["role"],
    buckets=_WORK_BUCKETS,
    registry=REGISTRY,
)
REPLAY_SEARCHES: Final = Counter(
    "callsieve_replay_searches",
    "Chunks that were looked for in earlier calls, by where that was settled.",
    ["settled_in"],
    registry=REGISTRY,
)
VERDICT_SECONDS: Final = Histogram(
    "callsieve_verdict_seconds",
    "From the capture of a chunk's newest frame to the verdict on the chunk.",
    buckets=_VERDICT_BUCKETS,
    registry=REGISTRY,
)


class WorkerMetrics(Collector):
    """The counts of a worker's roles, in the registry from entry to exit."""

    def __init__(self, runners: "Sequence[RoleRunner]", kafka: "KafkaWatch") -> None:
        self._runners = runners
        self._kafka = kafka

    def __enter__(self) -> Self:
        REGISTRY.register(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        REGISTRY.unregister(self)

    def collect(self) -> Iterable[Metric]:
        """Read everything off."""
        yield from self._of_the_process()
        yield from self._of_the_roles()
        yield from self._of_the_models()

    def _of_the_process(self) -> Iterable[Metric]:
        build = GaugeMetricFamily("callsieve_build_info", "What runs here; always 1.", labels=["version", "python"])
        build.add_metric([version("callsieve"), platform.python_version()], 1)
        yield build
        yield GaugeMetricFamily("callsieve_kafka_away", "1 while Kafka does not answer.", int(self._kafka.away))

    def _of_the_roles(self) -> Iterable[Metric]:
        role, by_topic, by_reason = ["role"], ["role", "topic"], ["role", "reason"]
        taken = CounterMetricFamily("callsieve_records_taken", "Records taken in.", labels=role)
        done = CounterMetricFamily("callsieve_records_acknowledged", "Records acknowledged.", labels=role)
        sent = CounterMetricFamily("callsieve_records_delivered", "Records that Kafka has acknowledged.", labels=role)
        dead = CounterMetricFamily("callsieve_dead_letters", "Records sent to a dead-letter topic.", labels=role)
        missed = CounterMetricFamily(
            "callsieve_records_missed", "Records that Kafka deleted before the role read them.", labels=by_topic
        )
        drops = CounterMetricFamily("callsieve_drops", "What was dropped, by reason.", labels=by_reason)
        held = GaugeMetricFamily("callsieve_records_held", "Taken in, not acknowledged yet.", labels=role)
        lag = GaugeMetricFamily("callsieve_lag_records", "In Kafka, not acknowledged yet.", labels=by_topic)
        ready = GaugeMetricFamily("callsieve_role_ready", "1 while the role is in its group.", labels=role)
        away = GaugeMetricFamily("callsieve_store_away", "1 while the role waits for ClickHouse.", labels=role)
        for runner in self._runners:
            name = [runner.stage.role]
            taken.add_metric(name, runner.taken)
            done.add_metric(name, runner.acknowledged)
            sent.add_metric(name, runner.delivered)
            dead.add_metric(name, runner.buried)
            held.add_metric(name, runner.pending)
            ready.add_metric(name, int(runner.ready))
            if (waiting := getattr(runner.stage, "waiting", None)) is not None:
                away.add_metric(name, int(waiting))
            for topic in runner.stage.sources:
                missed.add_metric([*name, topic], runner.missed[topic])
            for topic, count in runner.lag(self._kafka.ends).items():
                lag.add_metric([*name, topic], count)
            for reason, count in runner.stage.drops().items():
                drops.add_metric([*name, reason], count)
        yield from (taken, done, sent, dead, missed, drops, held, lag, ready, away)

    def _of_the_models(self) -> Iterable[Metric]:
        role, by_use = ["role"], ["role", "use"]
        info = GaugeMetricFamily(
            "callsieve_model_info", "Which model judges (use live), and which is tried (shadow); always 1.",
            labels=["role", "use", "version"],
        )  # fmt: skip
        reloads = CounterMetricFamily("callsieve_model_reloads", "Models taken into use while it runs.", labels=by_use)
        failures = CounterMetricFamily(
            "callsieve_model_failures", "Choices of the model library that could not be followed.", labels=role
        )
        stale = GaugeMetricFamily(
            "callsieve_model_stale", "1 while what the model library says can't be followed.", labels=role
        )
        for runner in self._runners:
            models = getattr(runner.stage, "models", None)
            if models is None:
                continue
            name = [runner.stage.role]
            for use, model in (("live", models.live), ("shadow", models.shadow)):
                reloads.add_metric([*name, use], models.reloads[use])
                if model is not None:
                    info.add_metric([*name, use, model.version], 1)
            failures.add_metric(name, models.failures)
            stale.add_metric(name, int(bool(models.complaint)))
        yield from (info, reloads, failures, stale)
