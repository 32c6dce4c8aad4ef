"""The whole way: a tap, Kafka, every role in a process of its own and ClickHouse, at the pace of life."""

import contextlib
import secrets
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
from confluent_kafka import Consumer, TopicPartition
from pydantic import SecretStr

from bench.processes import Callsieve, Meter
from bench.registry import Benchmark
from bench.result import BenchError, Figure, Findings
from bench.timing import Effort
from schemas.codec import decode
from schemas.records import Verdict
from streams.broker import EmbeddedBroker
from streams.capture import read_capture
from streams.numbers import NumberHasher
from streams.scan.build import local_pipeline, local_tap
from streams.settings import Settings
from streams.simulate.pcapfile import write_pcap
from streams.simulate.plan import Plan
from streams.simulate.planning import plan_calls
from streams.topics import FRAMES, VERDICTS, create_topics

PARTITIONS: Final = 4
QUIET_S: Final = 4.0  # without a verdict, once the tap has ended: all is judged
LONGEST_S: Final = 240.0
CORES_ROUNDS: Final = 2
WARM_PACKETS: Final = 20_000
# processes as one would start them; with chdb, whose directory one process holds, the two that need it are one
WORKERS: Final = (("window",), ("spectrum", "tones"), ("classify",), ("fingerprint", "sink"))


@dataclass(slots=True)
class _Heard:
    """Verdicts as a subscriber gets them; latencies of chunks with audio, ms from the capture of the last sample."""

    seen: set[str] = field(default_factory=set)
    repeats: int = 0
    judged_ms: list[float] = field(default_factory=list)
    received_ms: list[float] = field(default_factory=list)

    def feed(self, verdict: Verdict) -> None:
        if verdict.id in self.seen:
            self.repeats += 1
            return
        self.seen.add(verdict.id)
        if verdict.scope == "chunk" and verdict.cause == "audio" and verdict.coverage > 0:
            self.judged_ms.append(verdict.judged_ms - verdict.captured_ms)
            self.received_ms.append(time.time() * 1000 - verdict.captured_ms)


def _plan(effort: Effort) -> Plan:
    if effort.quick:
        return plan_calls(effort.seed, 8, seconds_per_call=(4.0, 6.0), spread_s=4.0, heard_before_s=0.0)
    return plan_calls(effort.seed, 80, seconds_per_call=(16.0, 24.0), spread_s=40.0)


def measure(effort: Effort) -> Findings:
    """Play simulated calls in real time through everything, and through the same cores in this process alone."""
    plan = _plan(effort)
    audio_s = sum(sum(call.stream_samples) for call in plan.calls) / 8000
    lasting_s = (max(c.start_us + c.hangs_up_us for c in plan.calls) - plan.calls[0].start_us) / 1e6
    with tempfile.TemporaryDirectory(prefix="callsieve-bench-") as folder:
        scratch = Path(folder)
        capture = scratch / "calls.pcap"
        write_pcap(capture, plan)
        heard, meters = _Heard(), dict[str, Meter]()
        with _running(scratch) as (settings, processes, kafka):
            meters = {each.name: each.meter for each in processes} | {"kafka": kafka}
            with _feeder(settings, capture, scratch) as tap:
                meters["tap"] = tap.meter
                _follow(settings, tap, list(processes), meters, heard, effort, lasting_s)
        alone = _cores_alone(capture, plan, 1 if effort.quick else CORES_ROUNDS)
    if not heard.judged_ms:
        raise BenchError("no verdict came")
    roles_s = sum(meter.cpu_s for name, meter in meters.items() if name not in ("kafka", "tap"))
    figures = [Figure(name=f"{name}, per CPU second", value=_share(audio_s, m.cpu_s), unit="call-seconds")
               for name, m in meters.items()]  # fmt: skip
    figures += [
        Figure(name="all roles, per CPU second", value=_share(audio_s, roles_s), unit="call-seconds"),
        Figure(name="the cores alone, per CPU second", value=_share(audio_s, alone), unit="call-seconds"),
        Figure(name="all roles' CPU over the cores' alone", value=round(roles_s / alone, 2), unit="times"),
        *_latencies("last sample to verdict", heard.judged_ms),
        *_latencies("last sample to subscriber", heard.received_ms),
        *(Figure(name=f"{n}, most memory", value=round(m.memory_mb), unit="MB") for n, m in meters.items()),
        Figure(name="chunks judged", value=len(heard.judged_ms), unit="chunks"),
        Figure(name="verdicts", value=len(heard.seen), unit="verdicts"),
        Figure(name="repeats", value=heard.repeats, unit="verdicts"),
    ]
    return Findings(
        unit="call-seconds",
        rounds=1,
        figures=figures,
        parameters={
            "calls": len(plan.calls),
            "seconds": round(lasting_s, 1),
            "audio_seconds": round(audio_s, 1),
            "calls_at_once": round(audio_s / lasting_s, 1),
            "partitions": PARTITIONS,
            "store": "chdb",
        },
        notes=[
            "Real time: the load is stated, not the most that it can carry; processes that have little to do at a time "
            "use more CPU for each call-second than busy ones.",
            "Comfort noise gives no frames, so the tap waits 500 ms before it says that a chunk is over.",
        ],
    )


def _share(audio_s: float, cpu_s: float) -> float:
    return round(audio_s / max(cpu_s, 0.01), 1)


def _latencies(name: str, values: list[float]) -> list[Figure]:
    return [
        Figure(name=f"{name}, {word}", value=round(float(np.percentile(values, share)), 1), unit="ms")
        for word, share in (("half", 50), ("90 %", 90), ("99 %", 99), ("all", 100))
    ]


@contextlib.contextmanager
def _running(scratch: Path) -> Iterator[tuple[Settings, list[Callsieve], Meter]]:
    """Start Kafka and all workers; ready when this begins, gone when it ends."""
    with contextlib.ExitStack() as stack:
        broker = stack.enter_context(EmbeddedBroker(data=scratch / "kafka"))
        create_topics(broker.address, partitions=PARTITIONS)
        settings = Settings(
            broker=broker.url,
            prefix="",
            store=f"chdb://{scratch}/clickhouse",
            hmac_key=SecretStr(secrets.token_hex(32)),
            hmac_key_id="bench",
        )
        environment = _environment(settings)
        with Callsieve("migrate", ["migrate"], environment, scratch / "migrate.log") as migrating:
            migrating.wait_for("applied")
        workers = [
            stack.enter_context(
                Callsieve("+".join(roles), ["worker", *roles], environment, scratch / f"{roles[0]}.log")
            )
            for roles in WORKERS
        ]
        for worker in workers:
            worker.wait_for("ready:")
        if broker.pid is None:
            raise BenchError("Kafka has ended")
        yield settings, workers, Meter(broker.pid)


def _environment(settings: Settings) -> dict[str, str]:
    return {
        "CALLSIEVE_BROKER": settings.broker,
        "CALLSIEVE_PREFIX": settings.prefix,
        "CALLSIEVE_STORE": settings.store,
        "CALLSIEVE_HMAC_KEY": settings.hmac_key.get_secret_value(),
        "CALLSIEVE_HMAC_KEY_ID": settings.hmac_key_id,
    }


def _feeder(settings: Settings, capture: Path, scratch: Path) -> Callsieve:
    arguments = ["feed", str(capture), "--speed", "1"]
    return Callsieve("tap", arguments, _environment(settings), scratch / "tap.log")


def _follow(
    settings: Settings,
    tap: Callsieve,
    workers: list[Callsieve],
    meters: dict[str, Meter],
    heard: _Heard,
    effort: Effort,
    lasting_s: float,
) -> None:
    """Take in verdicts until all is judged; CPU time counts from the tap's first batch on."""
    consumer = Consumer(settings.client() | {"group.id": "bench", "enable.auto.commit": False, "log_level": 0})
    consumer.assign([TopicPartition(VERDICTS, p, 0) for p in range(PARTITIONS)])
    try:
        begun = time.monotonic()
        while not _has_begun(consumer):
            if not tap.running or time.monotonic() - begun > LONGEST_S:
                raise BenchError(f"the tap sent nothing: {tap.said()[-500:]}")
            time.sleep(0.02)
        for meter in meters.values():
            meter.mark()
        begun = last = time.monotonic()
        while tap.running or time.monotonic() - last < QUIET_S:
            for message in consumer.consume(500, 0.05):
                if message.error() is None and (value := message.value()) is not None:
                    heard.feed(decode(value, Verdict))
                    last = time.monotonic()
            for meter in meters.values():
                meter.look()
            if not all(worker.running for worker in workers):
                raise BenchError("a worker has ended")
            if time.monotonic() - begun > LONGEST_S:
                raise BenchError(f"not done within {LONGEST_S:.0f} s")
            effort.tell(min(int(time.monotonic() - begun), int(lasting_s)), int(lasting_s))
    finally:
        consumer.close()


def _has_begun(consumer: Consumer) -> bool:
    return any(consumer.get_watermark_offsets(TopicPartition(FRAMES, p), timeout=10)[1] > 0 for p in range(PARTITIONS))


def _cores_alone(capture: Path, plan: Plan, rounds: int) -> float:
    """CPU seconds of the same calls through the same cores, without Kafka, processes or a store on disk."""
    took: list[float] = []
    for number in range(rounds + 1):  # the first compiles
        with local_pipeline(replay=True, show_digits=False, policy=None) as pipeline:
            tap = local_tap(capture, NumberHasher(b"a key for benchmarks only", "bench"))
            packets = islice(read_capture(capture), None if number else WARM_PACKETS)
            begun = time.process_time()
            verdicts = sum(1 for _ in pipeline.run(packets, tap))
            took.append(time.process_time() - begun)
    if verdicts < len(plan.calls):
        raise BenchError(f"{verdicts} verdicts on {len(plan.calls)} calls")
    return float(np.median(took[1:]))


BENCHMARK: Final = Benchmark(
    title="The whole way at the pace of life",
    about=(
        "What each process uses of the CPU while simulated calls come in as in life, through Apache Kafka, every role "
        "and ClickHouse's engine, and how long a chunk's verdict takes."
    ),
    measure=measure,
)
