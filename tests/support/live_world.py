"""A live tap as a process of its own, traffic for it on loopback, and what it has written."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from confluent_kafka import Consumer, TopicPartition
from pipeline_world import CALLSIEVE, KEY, PARTITIONS, wait_for

from schemas.codec import decode
from schemas.records import FrameBatch, Segment
from streams.broker import EmbeddedBroker
from streams.capture import Packet
from streams.numbers import NumberHasher
from streams.settings import Settings
from streams.simulate.pcapfile import ethernet_frame
from streams.tap import Tap
from streams.topics import FRAMES, create_topics

PACE = 32  # packets between two looks at the clock


def need_root() -> None:
    if os.geteuid() != 0:
        pytest.skip("capturing needs root, or CAP_NET_RAW")


def fresh_settings(broker: EmbeddedBroker) -> Settings:
    """A topic set of its own."""
    settings = Settings(broker=broker.url, prefix=f"{uuid4().hex[:8]}.")
    create_topics(settings.client(), prefix=settings.prefix, partitions=PARTITIONS)
    return settings


class TapProcess:
    """``callsieve tap``, listening."""

    def __init__(self, settings: Settings, log: Path, *arguments: object, tap_id: str = "live") -> None:
        self.log = log
        environment = os.environ | {
            "CALLSIEVE_BROKER": settings.broker,
            "CALLSIEVE_PREFIX": settings.prefix,
            "CALLSIEVE_HMAC_KEY": KEY,
        }
        command = [CALLSIEVE, "tap", "--tap-id", tap_id, "--summary", "json", *map(str, arguments)]
        with log.open("ab") as err:
            self._process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=err)
        wait_for(lambda: "listens" in self.said() or self._process.poll() is not None, 60, self.said)
        assert self._process.poll() is None, self.said()

    def said(self) -> str:
        return self.log.read_text(errors="replace")[-3000:]

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()

    def stop(self, *, status: int = 0) -> dict[str, Any]:
        """Ask it to end; its summary."""
        self._process.send_signal(signal.SIGTERM)
        return self.finish(status=status)

    def finish(self, *, status: int = 0) -> dict[str, Any]:
        """Wait until it has ended; its summary."""
        try:
            out, _ = self._process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the tap did not end: {self.said()}") from None
        assert self._process.returncode == status, self.said()
        summary: dict[str, Any] = json.loads(out)
        return summary


def page(port: int, name: str) -> tuple[int, str]:
    """Status and text of a page of the health port."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/{name}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def frames_of(packets: Iterable[Packet]) -> list[tuple[int, bytes]]:
    """Capture times, from 0 on, and Ethernet frames of packets with IPv4 addresses."""
    found = [(packet.captured_us, ethernet_frame(packet)) for packet in packets]
    begin_us = found[0][0]
    return [(at_us - begin_us, frame) for at_us, frame in found]


def send_frames(frames: list[tuple[int, bytes]], interface: str = "lo", *, most_s: float = 60.0) -> float:
    """Send frames at the times they name, as they are, at most for a while; how late the last one was, in seconds."""
    begin_s = time.monotonic()
    late_s = 0.0
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as raw:
        raw.bind((interface, 0))
        for number, (at_us, frame) in enumerate(frames):
            if number % PACE == 0:
                late_s = time.monotonic() - begin_s - at_us / 1e6
                if late_s < -0.001:
                    time.sleep(-late_s)
                assert time.monotonic() - begin_s < most_s, "the sender is far too slow"
            raw.send(frame)
    return late_s


def sent_batches(settings: Settings) -> list[tuple[int, FrameBatch]]:
    """All batches in Kafka by now, each with its partition, partition by partition in order."""
    consumer = Consumer(settings.client() | {"group.id": "test", "enable.auto.commit": False, "log_level": 0})
    found: list[tuple[int, FrameBatch]] = []
    for partition in range(PARTITIONS):
        place = TopicPartition(settings.prefix + FRAMES, partition, 0)
        _, end = consumer.get_watermark_offsets(place, timeout=10)
        consumer.assign([place])
        count = 0
        while count < end:
            for message in consumer.consume(end - count, 1.0):
                value = message.value()
                assert message.error() is None
                assert value is not None
                found.append((partition, decode(value, FrameBatch)))
                count += 1
    consumer.close()
    return found


def reference(packets: Iterable[Packet]) -> list[tuple[int, FrameBatch]]:
    """What a tap makes of packets without kernel, Kafka and clock between."""
    tap = Tap("reference", 1, PARTITIONS, NumberHasher(KEY.encode(), "default"))
    batches = [batch for packet in packets for batch in tap.feed(packet)]
    return batches + tap.close()


def chunks_heard(batches: Iterable[tuple[int, FrameBatch]]) -> set[tuple[str, int, int]]:
    """(call, SSRC, chunk) of everything that has frames."""
    return {(s.call_id, s.ssrc, s.chunk) for _, batch in batches for s in batch.segments if s.encoding}


def frames_in(batches: Iterable[tuple[int, FrameBatch]]) -> int:
    return sum(len(segment.encoding) for _, batch in batches for segment in batch.segments)


def segments_of(batches: Iterable[tuple[int, FrameBatch]]) -> dict[str, list[Segment]]:
    """Segments by call, in order."""
    found: dict[str, list[Segment]] = {}
    for _, batch in batches:
        for segment in batch.segments:
            found.setdefault(segment.call_id, []).append(segment)
    return found
