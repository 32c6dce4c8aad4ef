"""Packets through a tap into Kafka: pace, order, ends, and what arrives on which partition."""

import re
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from command import Command
from confluent_kafka import Consumer, TopicPartition

from schemas.codec import Codec, decode
from schemas.frames import unpack
from schemas.ids import partition_of
from schemas.records import FrameBatch
from streams import feed
from streams.broker import free_port
from streams.capture import Packet
from streams.feed import FeedError, FrameProducer, feed_packets, shifted
from streams.numbers import NumberHasher
from streams.settings import Settings
from streams.simulate.pcapfile import write_pcap
from streams.simulate.planning import plan_calls
from streams.tap import Tap
from streams.topics import FRAMES, create_topics

KEY = "a key that only tests know"
PARTITIONS = 3
HEADER = bytes.fromhex("8000")  # RTP version 2, PCMU
BATCHES = list[tuple[int, FrameBatch]]


def rtp(number: int, captured_us: int) -> Packet:
    header = HEADER + number.to_bytes(2, "big") + (160 * number).to_bytes(4, "big") + (7).to_bytes(4, "big")
    return Packet(captured_us, "10.0.0.1:5000", "10.0.0.2:6000", header + bytes([0xFF]) * 160)


def packets(count: int, gap_us: int = 20_000) -> list[Packet]:
    return [rtp(number, 1_000_000 + number * gap_us) for number in range(count)]


def new_tap() -> Tap:
    return Tap("test", 1, PARTITIONS, NumberHasher(KEY.encode(), "test"))


def kinds(batches: BATCHES) -> list[str]:
    return [segment.kind for _, batch in batches for segment in batch.segments]


def frames_in(batches: BATCHES) -> int:
    return sum(len(unpack(segment).sequence) for _, batch in batches for segment in batch.segments)


class Clock:
    """Stands in for the time module: sleeping makes it later."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_s += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(feed, "time", clock)
    return clock


@pytest.mark.parametrize("speed", [0.5, 1.0, 4.0])
def test_packets_go_at_the_pace_of_the_capture_times_the_speed(clock: Clock, speed: float) -> None:
    sent: list[tuple[int, float]] = []
    feed_packets(
        packets(20),
        new_tap(),
        lambda _: None,
        speed=speed,
        progress=lambda packet: sent.append((packet.captured_us, clock.now_s)),
    )
    assert [captured for captured, _ in sent] == [packet.captured_us for packet in packets(20)]
    for captured_us, at_s in sent:
        assert at_s - 100.0 == pytest.approx((captured_us - 1_000_000) / 1e6 / speed, abs=0.002)


def test_flat_out_never_waits(clock: Clock) -> None:
    feed_packets(packets(20, gap_us=10_000_000), new_tap(), lambda _: None)
    assert clock.slept == []


def test_a_gap_lets_the_taps_clock_go_on(clock: Clock) -> None:
    found: BATCHES = []
    feed_packets([rtp(0, 1_000_000), rtp(200, 5_000_000)], new_tap(), found.extend, speed=1.0)
    clocks = sorted({batch.clock_ms for _, batch in found})
    assert max(late - early for early, late in pairwise(clocks)) <= 300
    assert max(clock.slept) <= 0.051


def test_every_stream_ends_with_the_feed() -> None:
    found: BATCHES = []
    feed_packets(packets(50), new_tap(), found.extend)
    assert kinds(found)[-1] == "end"
    assert frames_in(found) == 50


def test_a_stop_ends_streams_as_a_stopped_tap_does(clock: Clock) -> None:
    found: BATCHES = []
    feed_packets(packets(500), new_tap(), found.extend, speed=1.0, stopped=lambda: clock.now_s > 101.0)
    assert kinds(found)[-1] == "end"
    assert 50 <= frames_in(found) <= 52


def test_a_stop_does_not_wait_for_the_next_packet(clock: Clock) -> None:
    hour = [rtp(0, 1_000_000), rtp(1, 3_601_000_000)]
    feed_packets(hour, new_tap(), lambda _: None, speed=1.0, stopped=lambda: clock.now_s > 101.0)
    assert clock.now_s < 101.2


def test_a_shift_moves_the_first_packet_to_now_and_keeps_gaps() -> None:
    moved = [packet.captured_us for packet in shifted(packets(3), 7_000_000)]
    assert moved == [7_000_000, 7_020_000, 7_040_000]


def test_no_packets_are_no_batches_of_frames() -> None:
    found: BATCHES = []
    feed_packets([], new_tap(), found.extend, speed=1.0)
    assert kinds(found) == []


def test_a_batch_that_kafka_does_not_take_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "DELIVERY_TIMEOUT_MS", 300)
    producer = FrameProducer(Settings(broker=f"kafka://127.0.0.1:{free_port()}", prefix="away."), Codec())
    feed_packets(packets(5), new_tap(), producer.send)
    with pytest.raises(FeedError, match=r"away\.rtp\.frames did not take a batch"):
        producer.flush()


class Topic:
    """A topic set of one test, and what stands in its rtp.frames."""

    def __init__(self, kafka: Any) -> None:
        self.prefix = f"feed{uuid4().hex[:8]}."
        self._address = kafka.address
        create_topics(kafka.address, prefix=self.prefix, partitions=PARTITIONS)

    def batches(self) -> BATCHES:
        consumer = Consumer({"bootstrap.servers": self._address, "group.id": self.prefix, "enable.partition.eof": True})
        consumer.assign([TopicPartition(self.prefix + FRAMES, number, 0) for number in range(PARTITIONS)])
        found: BATCHES = []
        ended: set[int | None] = set()
        while len(ended) < PARTITIONS:
            message = consumer.poll(20)
            assert message is not None
            if message.error() is not None:
                ended.add(message.partition())
            else:
                found.append((message.partition() or 0, decode(message.value() or b"", FrameBatch)))
        consumer.close()
        return found


def checked(batches: BATCHES) -> None:
    """Each segment on its call's partition; clocks of a partition, and chunks of a stream, in order."""
    clocks: dict[int, list[int]] = defaultdict(list)
    chunks: dict[tuple[str, int, int], list[int]] = defaultdict(list)
    for partition, batch in batches:
        clocks[partition].append(batch.clock_ms)
        for segment in batch.segments:
            assert partition_of(segment.call_id, PARTITIONS) == partition
            chunks[segment.call_id, segment.ssrc, segment.anchor].append(segment.chunk)
    assert set(clocks) == set(range(PARTITIONS))
    assert all(found == sorted(found) for found in clocks.values())
    assert all(found == sorted(found) for found in chunks.values())


@pytest.mark.slow
@pytest.mark.parametrize("speed", ["max", "40"])
def test_a_capture_arrives_whole_on_the_right_partitions(
    command: Command, kafka: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, speed: str
) -> None:
    pytest.importorskip("espeakng_loader", reason="the extra simulate is not installed")
    capture, topic, plan = tmp_path / "calls.pcap", Topic(kafka), plan_calls(4, 10, spread_s=5.0)
    packets_written = write_pcap(capture, plan)
    monkeypatch.setenv("CALLSIEVE_HMAC_KEY", KEY)
    said = command("feed", capture, "--broker", kafka.url, "--prefix", topic.prefix, "--speed", speed)
    assert said.status == 0, said.err
    batches = topic.batches()
    checked(batches)
    told = re.match(r"(\d+) packets, (\d+) calls, (\d+) frames in (\d+) batches", said.out)
    assert told is not None, said.out
    assert [int(number) for number in told.groups()] == [packets_written, 10, frames_in(batches), len(batches)]
    assert {segment.call_id for _, batch in batches for segment in batch.segments} == {c.call_id for c in plan.calls}
    assert KEY not in said.out + said.err


@pytest.mark.slow
def test_simulated_calls_arrive_without_a_file(command: Command, kafka: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("espeakng_loader", reason="the extra simulate is not installed")
    topic = Topic(kafka)
    monkeypatch.setenv("CALLSIEVE_HMAC_KEY", KEY)
    options = ("--calls", 10, "--seed", 4, "--spread", 5, "--speed", 40)
    said = command("simulate", "--kafka", *options, "--broker", kafka.url, "--prefix", topic.prefix)
    assert said.status == 0, said.err
    batches = topic.batches()
    checked(batches)
    assert said.out == f"{len(batches)} batches of 10 calls in Kafka\n"
