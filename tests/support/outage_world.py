"""A whole pipeline that outages are done to, and what they cost it."""

import contextlib
import json
import os
import signal
import statistics
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from pipeline_world import PARTITIONS, Feeding, TopicReader, WorkerProcess, expected_chunks, wait_for, wait_until_done
from prometheus_client.parser import text_string_to_metric_families

from schemas.records import Chunk, Verdict
from streams.broker import free_port
from streams.settings import Settings
from streams.simulate.planning import plan_calls
from streams.store import open_store
from streams.store.migrations import migrate
from streams.topics import VERDICTS, create_topics


def record_result(name: str, **figures: object) -> None:
    """Print a scenario's figures in one line; append them as JSON to the file that CALLSIEVE_RESULTS names."""
    print(f"{name}: " + ", ".join(f"{key} {value}" for key, value in figures.items()))
    if target := os.environ.get("CALLSIEVE_RESULTS"):
        with Path(target).open("a") as file:
            file.write(json.dumps({"name": name, **figures}, default=str) + "\n")


@dataclass
class Judged:
    """What became of the calls of one feeding."""

    expected: dict[tuple[str, int], Chunk]
    verdicts: list[Verdict]

    @property
    def lost(self) -> int:
        """Chunks without the verdicts that are due."""
        heard = {key for key, chunk in self.expected.items() if not chunk.head.last}
        of_chunks = {(v.stream_id, v.chunk) for v in self.verdicts if v.scope == "chunk"}
        of_calls = {(v.stream_id, v.chunk) for v in self.verdicts if v.scope == "call" and v.cause == "audio"}
        return len((heard - of_chunks) | (self.expected.keys() - of_calls))

    @property
    def repeated(self) -> int:
        return len(self.verdicts) - len({v.id for v in self.verdicts})

    def seconds_to_verdict(self, first_ms: float = 0, last_ms: float = 1e15) -> list[float]:
        """From a chunk's closing to its first verdict, of chunks that closed in a span of time."""
        first: dict[str, float] = {}
        for v in self.verdicts:
            if v.scope == "chunk" and v.coverage > 0 and first_ms <= v.closed_ms <= last_ms:
                first.setdefault(v.id, (v.judged_ms - v.closed_ms) / 1000)
        return sorted(first.values())


class OutageWorld:
    """A worker with all roles, its topics and its store; it is begun again when it ends, as an orchestrator does."""

    def __init__(self, kafka_url: str, store_url: Callable[[str], str], scratch: Path) -> None:
        name = uuid4().hex[:6]
        self.settings = Settings(broker=kafka_url, prefix=f"out{name}.", store=store_url(f"out_{name}"))
        create_topics(self.settings.client(), prefix=self.settings.prefix, partitions=PARTITIONS)
        self.store = open_store(self.settings.store)
        self.store.create_database()
        migrate(self.store)
        self.restarts = 0
        self.port = free_port()
        self._log = scratch / f"worker-{name}.log"
        self._reader = TopicReader(self.settings, VERDICTS, Verdict)
        self._worker: WorkerProcess | None = None
        self._ended = threading.Event()
        self._keeper = threading.Thread(target=self._keep, daemon=True)

    def start(self) -> "OutageWorld":
        self._worker = self._begin()
        self._worker.wait_ready()
        wait_for(lambda: self.ready()[0] == 200, 60, self.said)
        self._keeper.start()
        return self

    def _begin(self) -> WorkerProcess:
        return WorkerProcess(self.settings, self._log, "all", "--health-port", str(self.port))

    def _keep(self) -> None:
        while not self._ended.wait(0.5):
            if self._worker is not None and self._worker.code is not None:
                self.restarts += 1
                self._worker = self._begin()

    def kill_worker(self) -> None:
        assert self._worker is not None
        self._worker.kill()

    def pause_worker(self) -> None:
        assert self._worker is not None
        self._worker.pause()

    def resume_worker(self) -> None:
        assert self._worker is not None
        self._worker.resume()

    def close(self) -> int:
        """Stop the worker; its exit status."""
        self._ended.set()
        if self._keeper.is_alive():
            self._keeper.join()
        code = self._worker.stop() if self._worker is not None else 0
        self._reader.close()
        self.store.close()
        return code

    def said(self) -> str:
        return self._log.read_text(errors="replace")[-3000:]

    def ready(self) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/ready", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, "nobody answers"

    def metric(self, name: str, **labels: str) -> float:
        """Sum of a metric's samples that have these labels; 0 where the worker does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=5) as answer:
                text = answer.read().decode()
        except OSError:
            return 0.0
        samples = (each for family in text_string_to_metric_families(text) for each in family.samples)
        return sum(s.value for s in samples if s.name == name and labels.items() <= s.labels.items())

    def memory_mb(self) -> float:
        """Resident memory of the worker."""
        with contextlib.suppress(OSError, AssertionError):
            for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) / 1024
        return 0.0

    @property
    def pid(self) -> int:
        assert self._worker is not None
        return self._worker.pid

    def feed(self, seed: int, calls: int, *, spread_s: float, speed: float) -> Feeding:
        feeding = Feeding(self.settings, plan_calls(seed, calls, spread_s=spread_s), speed)
        feeding.start()
        return feeding

    def judged(self, feeding: Feeding, timeout_s: float = 90.0) -> Judged:
        """Wait for the verdicts of a feeding that is over; what never comes is lost."""
        found = Judged(expected_chunks(feeding.batches), [])
        streams = {stream for stream, _ in found.expected}
        deadline = time.monotonic() + timeout_s
        while True:
            records = self._reader.poll()
            found.verdicts = [v for v in records if isinstance(v, Verdict) and v.stream_id in streams]
            if not found.lost or time.monotonic() > deadline:
                return found

    def settle(self, timeout_s: float = 90.0) -> None:
        """Wait until every role has acknowledged everything."""
        wait_until_done(self.settings, timeout_s)

    def missing_in_store(self) -> int:
        """Verdicts of the topic that ClickHouse lacks."""
        stored = {row["id"] for row in self.store.query("SELECT DISTINCT id FROM verdicts")}
        return len({v.id for v in self._reader.poll() if isinstance(v, Verdict)} - stored)


@contextlib.contextmanager
def stopped(pid: int) -> Iterator[None]:
    """A process that hangs."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextlib.contextmanager
def slowed(pid: int, *, stopped_s: float = 0.45, running_s: float = 0.05) -> Iterator[None]:
    """A process that gets on at a small part of its pace, as on a disk that is too slow."""
    over = threading.Event()

    def hold_up() -> None:
        while not over.is_set():
            with stopped(pid):
                over.wait(stopped_s)
            over.wait(running_s)

    thread = threading.Thread(target=hold_up, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def percentile(values: list[float], share: float) -> float:
    """Rounded to hundredths; 0 of nothing."""
    if len(values) < 2:
        return round(values[0], 2) if values else 0.0
    return round(statistics.quantiles(values, n=100, method="inclusive")[min(98, max(0, round(share * 100) - 1))], 2)
