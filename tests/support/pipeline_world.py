"""Workers as processes of their own, simulated calls fed to them, and what must come out."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from confluent_kafka import Consumer, TopicPartition

from schemas.codec import BrokenRecordError, Codec
from schemas.records import Chunk, FrameBatch, Record
from streams.feed import FrameProducer, feed_packets, shifted
from streams.numbers import NumberHasher
from streams.runtime.acker import PartitionAcker
from streams.settings import Settings
from streams.simulate.plan import Plan
from streams.simulate.stream import simulated_packets
from streams.tap import Tap
from streams.topics import CHUNKS, ENTRIES, FEATURES, FRAMES, OUTCOMES, SHADOW_VERDICTS, VERDICTS
from streams.window import WindowCore

PARTITIONS = 4
KEY = "a key that only tests know"
CALLSIEVE = Path(sys.executable).parent / "callsieve"


class WorkerProcess:
    """``callsieve worker``, in a process group of its own."""

    def __init__(self, settings: Settings, log: Path, *roles: str) -> None:
        self.log = log
        environment = os.environ | {
            "CALLSIEVE_BROKER": settings.broker,
            "CALLSIEVE_PREFIX": settings.prefix,
            "CALLSIEVE_STORE": settings.store,
            "CALLSIEVE_MODELS": settings.models,
            "PYTHONUNBUFFERED": "1",
            "PYTHONFAULTHANDLER": "1",
        }
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [CALLSIEVE, "worker", *roles], env=environment, stdout=out, stderr=out, start_new_session=True
            )

    def wait_ready(self, timeout_s: float = 90.0) -> None:
        wait_for(lambda: "ready:" in self._said() or self._process.poll() is not None, timeout_s, self._said)
        assert self._process.poll() is None, self._said()

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def pause(self) -> None:
        os.killpg(self._process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGCONT)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def code(self) -> int | None:
        """Its exit status, None while it runs."""
        return self._process.poll()

    def stop(self) -> int:
        if self._process.poll() is None:
            self._process.terminate()
        try:
            return self._process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the worker did not end: {self._said()}") from None

    def _said(self) -> str:
        return self.log.read_text(errors="replace")[-3000:]


def wait_for(ready: Callable[[], bool], timeout_s: float, said: Callable[[], str] = str) -> None:
    deadline = time.monotonic() + timeout_s
    while not ready():
        assert time.monotonic() < deadline, f"not within {timeout_s:.0f} s. {said()}"
        time.sleep(0.1)


class Feeding(threading.Thread):
    """Plays a plan into Kafka at some pace, and keeps the batches for the reference."""

    def __init__(self, settings: Settings, plan: Plan, speed: float) -> None:
        super().__init__(daemon=True)
        self.batches: list[tuple[int, FrameBatch]] = []
        self.error: BaseException | None = None
        now_us = int(time.time() * 1e6)
        self._packets = shifted(simulated_packets(plan), now_us)
        self._tap = Tap("test", now_us // 1000, PARTITIONS, NumberHasher(KEY.encode(), "test"))
        self._producer = FrameProducer(settings, Codec())
        self._speed = speed

    def run(self) -> None:
        try:
            feed_packets(self._packets, self._tap, self._send, speed=self._speed)
            self._producer.flush()
        except BaseException as error:
            self.error = error

    def _send(self, batches: Iterable[tuple[int, FrameBatch]]) -> None:
        kept = list(batches)
        self.batches.extend(kept)
        self._producer.send(kept)

    def finish(self) -> None:
        self.join()
        if self.error is not None:
            raise self.error


def expected_chunks(batches: list[tuple[int, FrameBatch]]) -> dict[tuple[str, int], Chunk]:
    """Chunks by (stream, number) as windows make them that nobody disturbs."""
    cores = [WindowCore(partition, PARTITIONS) for partition in range(PARTITIONS)]
    acker = PartitionAcker()
    found: dict[tuple[str, int], Chunk] = {}
    for partition, batch in batches:
        for emission in cores[partition].feed(batch, acker.add(lambda: None), batch.clock_ms).emissions:
            assert isinstance(emission.record, Chunk)
            found[emission.record.head.stream_id, emission.record.head.chunk] = emission.record
    return found


class TopicReader:
    """All records of a topic, from its beginning."""

    def __init__(self, settings: Settings, topic: str, record_type: type[Record], codec: Codec | None = None) -> None:
        self.records: list[Record] = []
        self._codec = codec or Codec()
        self._type = record_type
        self._consumer = Consumer(settings.client() | {"group.id": "test", "enable.auto.commit": False})
        self._consumer.assign([TopicPartition(settings.prefix + topic, p, 0) for p in range(PARTITIONS)])

    def poll(self) -> list[Record]:
        for message in self._consumer.consume(5000, 0.2):
            if message.error() is None and message.value() is not None:
                with contextlib.suppress(BrokenRecordError):  # the tests' own poison
                    self.records.append(self._codec.decode(message.value(), self._type))
        return self.records

    def close(self) -> None:
        self._consumer.close()


READS = {
    "window": (FRAMES,),
    "analysis": (CHUNKS,),
    "spectrum": (CHUNKS,),
    "tones": (CHUNKS,),
    "fingerprint": (CHUNKS,),
    "classify": (FEATURES,),
    "sink": (VERDICTS, FEATURES, ENTRIES, OUTCOMES, SHADOW_VERDICTS),
}
FUSED = ("window", "analysis", "fingerprint", "classify", "sink")


def unacknowledged(settings: Settings, roles: Sequence[str] = FUSED) -> dict[str, int]:
    """Records that each role has not acknowledged yet, roles that are done left out.

    Roles are asked in the order of the pipeline: who is done has no more to send to those who are asked after it.
    """
    behind: dict[str, int] = {}
    for role in roles:
        topics = READS[role]
        consumer = Consumer(settings.client() | {"group.id": f"{settings.prefix}callsieve-{role}"})
        places = [TopicPartition(settings.prefix + topic, p) for topic in topics for p in range(PARTITIONS)]
        for place in consumer.committed(places, timeout=10):
            low, high = consumer.get_watermark_offsets(place, timeout=10)
            behind[role] = behind.get(role, 0) + high - max(place.offset, low)
        consumer.close()
    return {role: count for role, count in behind.items() if count}


def wait_until_done(settings: Settings, timeout_s: float = 60.0, *, roles: Sequence[str] = FUSED) -> None:
    """Wait until every role has acknowledged everything: nothing is held for ever."""
    wait_for(lambda: not unacknowledged(settings, roles), timeout_s, lambda: str(unacknowledged(settings, roles)))
