"""Floods and garbage for topics, made quickly. Not a test."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition
from msgspec.structs import replace
from pipeline_world import PARTITIONS
from window_world import frame, segment

from schemas.codec import encode, header
from schemas.ids import partition_of
from schemas.records import FrameBatch, Record
from streams.settings import Settings
from streams.topics import RECORDS, dead_letters

A_BATCH = 500  # strays


def stray_ids(count: int) -> Iterator[tuple[int, list[bytes]]]:
    """Ids of distinct calls, by partition, so many at once."""
    found: dict[int, list[bytes]] = {partition: [] for partition in range(PARTITIONS)}
    for number in range(count):
        name = b"%032x" % number
        ids = found[partition_of(name.decode(), PARTITIONS)]
        ids.append(name)
        if len(ids) == A_BATCH:
            yield partition_of(name.decode(), PARTITIONS), ids.copy()
            ids.clear()
    yield from ((partition, ids) for partition, ids in found.items() if ids)


class Strays:
    """Batches of calls of one frame each that nobody hears of again; put together of bytes, which is quicker."""

    def __init__(self, clock_ms: int) -> None:
        holder = "h" * 32
        one = replace(segment(0, [frame(0)], kind="open", begun=-1, call=holder, facts=None), captured_ms=clock_ms)
        self._batch = FrameBatch(tap_id="flood", tap_epoch=1, clock_ms=clock_ms, segments=[])
        empty = encode(self._batch)
        single = encode(replace(self._batch, segments=[one]))
        self._begin = empty[:-1]  # an empty array is one zero byte
        assert single.startswith(self._begin)
        body = single[len(self._begin) : -1]
        self._before, self._after = body[1:].split(holder.encode())  # a count of one is one byte
        self._clock_ms = clock_ms

    def batch(self, ids: list[bytes]) -> bytes:
        """A batch that opens these calls."""
        count = len(ids) << 1  # zigzag varint
        size = bytes([count & 0x7F | 0x80, count >> 7]) if count > 0x7F else bytes([count])
        return self._begin + size + b"".join(self._before + each + self._after for each in ids) + b"\0"

    def restart(self) -> bytes:
        """A later run of the same tap, which ends all that it left."""
        return encode(replace(self._batch, tap_epoch=2))


def fast_producer(settings: Settings) -> Producer:
    return Producer(settings.client() | {"linger.ms": 20, "queue.buffering.max.messages": 20_000, "log_level": 0})


def produce(
    producer: Producer, topic: str, value: bytes, partition: int, key: bytes | None = None, told: Any = None
) -> None:
    while True:
        try:
            producer.produce(topic, value, key, partition, on_delivery=told)
            producer.poll(0)
            return
        except BufferError:
            producer.poll(0.2)


def garbage(topic: str, good: Record, rng: random.Random) -> bytes:
    """Bytes that no one can use: random, cut, changed in many places, with counts without end, or too long."""
    whole = encode(good)
    kind = rng.random()
    if kind < 0.4:
        return rng.randbytes(rng.randint(0, 400))
    if kind < 0.6:
        return whole[: rng.randint(0, len(whole) - 1)]
    if kind < 0.8:
        return header(RECORDS[topic]) + rng.randbytes(rng.randint(0, 300))
    if kind < 0.995:
        at = rng.randint(10, len(whole) - 1)
        return whole[:at] + b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01" + rng.randbytes(30)
    return whole + bytes(rng.choice((600_000, 900_000)))


class Watched:
    """The highest of a figure while something goes on, in a thread of its own."""

    def __init__(self, figure: Callable[[], float]) -> None:
        self.highest = 0.0
        self._figure = figure

    @contextmanager
    def watching(self) -> Iterator["Watched"]:
        over = threading.Event()

        def look() -> None:
            while not over.wait(0.2):
                self.highest = max(self.highest, self._figure())

        thread = threading.Thread(target=look, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            over.set()
            thread.join()


def dead_origins(settings: Settings, topic: str, enough: int, timeout_s: float) -> set[tuple[int, int]]:
    """Places of records that lie in a topic's dead letters, once there are enough of them or time is over."""
    consumer = Consumer(settings.client() | {"group.id": "test", "enable.auto.commit": False})
    name = settings.prefix + dead_letters(topic)
    consumer.assign([TopicPartition(name, partition, 0) for partition in range(PARTITIONS)])
    found: set[tuple[int, int]] = set()
    deadline = time.monotonic() + timeout_s
    while len(found) < enough and time.monotonic() < deadline:
        for message in consumer.consume(5000, 0.2):
            headers = dict(message.headers() or [])
            assert headers["reason"]
            found.add((int(headers["partition"]), int(headers["offset"])))  # type: ignore[arg-type]
    consumer.close()
    return found
