"""One run of everything that lists do: calls of a campaign over a rotation of keys, poison, and all commands."""

import json
import os
import re
import subprocess
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import dpkt
from confluent_kafka import Consumer, Producer, TopicPartition
from msgspec.structs import replace
from pipeline_world import CALLSIEVE, PARTITIONS, TopicReader, WorkerProcess, wait_for, wait_until_done

from schemas.codec import encode
from schemas.records import ListEntry, Verdict
from streams.broker import free_port
from streams.capture import Packet
from streams.settings import Settings
from streams.simulate.pcapfile import ethernet_frame
from streams.simulate.plan import Plan, PlannedCall
from streams.simulate.planning import plan_calls
from streams.simulate.stream import simulated_packets
from streams.store import Store, open_store
from streams.store.migrations import migrate
from streams.topics import (
    CHUNKS,
    ENTRIES,
    FEATURES,
    FRAMES,
    OUTCOMES,
    SHADOW_VERDICTS,
    VERDICTS,
    create_topics,
    dead_letters,
)

OLD_KEY, NEW_KEY = "the key that was in use before", "the key that came in its place"
ROBOT, LISTED, NEW_FACE = "+13035550142", "+442079460123", "+61255501234"
OTHERS = ("+12125550101", "+12125550102", "+12125550103")
TOPICS = (FRAMES, CHUNKS, FEATURES, VERDICTS, SHADOW_VERDICTS, OUTCOMES, ENTRIES)
RULES = """
version: 1
repeated_recording: {version: 1, calls: 3, chunks: 3, expires_days: 30}
shared_recording: {version: 1, callers: 3, calls: 4, chunks: 4, expires_days: 7}
"""
UNDER_OLD = {"CALLSIEVE_HMAC_KEY": OLD_KEY, "CALLSIEVE_HMAC_KEY_ID": "old"}
UNDER_BOTH = {
    "CALLSIEVE_HMAC_KEY": NEW_KEY,
    "CALLSIEVE_HMAC_KEY_ID": "new",
    "CALLSIEVE_HMAC_OLD_KEY": OLD_KEY,
    "CALLSIEVE_HMAC_OLD_KEY_ID": "old",
}


@dataclass
class Ran:
    """A command that has ended."""

    status: int
    out: str
    err: str

    @property
    def objects(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines() if line.startswith(("{", "["))]


@dataclass
class ListsWorld:
    """A topic set, a store, a worker of all roles, and what everybody said."""

    settings: Settings
    rules: Path
    worker: WorkerProcess
    health_port: int
    store: Store
    calls: list[PlannedCall] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)

    def run(self, *arguments: object, keys: dict[str, str] = UNDER_BOTH) -> Ran:
        """Run ``callsieve`` as a process, telling all it can."""
        environment = os.environ | keys | {"COLUMNS": "240", "CALLSIEVE_LOG_LEVEL": "debug"} | _surroundings(self)
        done = subprocess.run(
            [CALLSIEVE, *map(str, arguments)], env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        self.said += [done.stdout, done.stderr]
        return Ran(done.returncode, done.stdout, done.stderr)

    def entries(self, *flags: str) -> dict[str, dict[str, Any]]:
        """Entries by ``kind:scope:value``, as ``lists list`` tells them."""
        ran = self.run("lists", "list", "--json", *flags)
        assert ran.status == 0, ran.err
        return {f"{one['kind']}:{one['scope']}:{one['value']}": one for one in ran.objects}

    def play(self, path: Path, calls: Iterable[PlannedCall], keys: dict[str, str], *, broken: bool = False) -> None:
        """Play calls from a capture, to their last verdict."""
        played = list(calls)
        self.calls += played
        packets = list(simulated_packets(Plan(seed=7, calls=tuple(played))))
        if broken:
            packets += list(_broken(packets))
        write_packets(path, packets)
        ran = self.run("feed", path, keys=keys)
        assert ran.status == 0, ran.err
        wait_until_done(self.settings, 120)

    def everything_said(self) -> str:
        """Logs of the worker, outputs of all commands, metrics."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.health_port}/metrics", timeout=5) as answer:
            metrics = answer.read().decode()
        return "\n".join([self.worker.log.read_text(errors="replace"), *self.said, metrics])

    def everything_stored(self) -> str:
        """All rows of all tables."""
        names = self.store.query("SELECT name FROM system.tables WHERE database = currentDatabase()")
        rows = [self.store.query(f"SELECT * FROM {row['name']}") for row in names]  # noqa: S608
        return repr(rows)

    def reasons(self) -> list[str]:
        """Headers of all dead letters."""
        consumer = Consumer(self.settings.client() | {"group.id": "dead", "enable.auto.commit": False})
        names = [self.settings.prefix + dead_letters(topic) for topic in TOPICS]
        consumer.assign([TopicPartition(name, p, 0) for name in names for p in range(PARTITIONS)])
        found: list[str] = []
        until = time.monotonic() + 2.0
        while time.monotonic() < until:
            found += [repr(message.headers()) for message in consumer.consume(100, 0.2) if message.error() is None]
        consumer.close()
        return found


def _surroundings(world: ListsWorld) -> dict[str, str]:
    return {
        "CALLSIEVE_BROKER": world.settings.broker,
        "CALLSIEVE_PREFIX": world.settings.prefix,
        "CALLSIEVE_STORE": world.settings.store,
        "CALLSIEVE_RULES": str(world.rules),
    }


@contextmanager
def lists_world(kafka: Any, store_url: str, scratch: Path) -> Iterator[ListsWorld]:
    """A worker of all roles, which tells all it can, on topics and tables of its own."""
    settings = Settings(broker=kafka.url, prefix=f"lists{uuid4().hex[:6]}.", store=store_url)
    create_topics(settings.bootstrap, prefix=settings.prefix, partitions=PARTITIONS)
    store = open_store(store_url)
    migrate(store)
    rules, port = scratch / "rules.yaml", free_port()
    rules.write_text(RULES)
    told = {"CALLSIEVE_LOG_LEVEL": "debug", "CALLSIEVE_RULES": str(rules)}
    before = {name: os.environ.get(name) for name in told}
    os.environ.update(told)
    worker = WorkerProcess(settings, scratch / "worker.log", "all", "--health-port", str(port))
    for name, value in before.items():
        os.environ.pop(name)
        if value is not None:
            os.environ[name] = value
    try:
        wait_for(lambda: _ready(port), 90, lambda: worker.log.read_text()[-2000:])
        yield ListsWorld(settings, rules, worker, port, store)
    finally:
        worker.stop()
        store.close()


def _ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def planned() -> tuple[list[PlannedCall], list[PlannedCall]]:
    """Calls of before a rotation of keys, and of after it; one recording is played in all but one of each."""
    plan = plan_calls(
        7, 9, seconds_per_call=(8.0, 8.5), spread_s=4.0, heard_before_s=8.0, mix={"campaign": 7, "noise": 2}
    )
    campaign = [call for call in plan.calls if call.kind == "campaign"]
    noise = [replace(call, caller=LISTED) for call in plan.calls if call.kind == "noise"]
    callers = (ROBOT, *OTHERS, ROBOT, NEW_FACE, ROBOT)
    played = [replace(call, caller=caller) for call, caller in zip(campaign, callers, strict=True)]
    before, after = [*played[:5], noise[0]], [*played[5:], noise[1]]
    return sorted(before, key=lambda call: call.start_us), sorted(after, key=lambda call: call.start_us)


def write_packets(path: Path, packets: Iterable[Packet]) -> None:
    with path.open("wb") as file:
        writer = dpkt.pcap.Writer(file, snaplen=65_535, linktype=dpkt.pcap.DLT_EN10MB)
        for packet in packets:
            writer.writepkt_time(ethernet_frame(packet), packet.captured_us / 1e6)


def _broken(packets: list[Packet]) -> Iterator[Packet]:
    """Packets that say who calls, broken in many ways; after all others."""
    last_us = packets[-1].captured_us
    invites = [packet for packet in packets if packet.payload.startswith(b"INVITE")]
    voices = [packet for packet in packets if packet.payload[:1] == b"\x80"][:5]
    for number, packet in enumerate(invites):
        whole = packet.payload
        ways = (
            whole[: 120 + number],
            whole.replace(b"SIP/2.0", b"SIP/9"),
            whole.replace(b"From:", b"Fro\xff"),
            whole.replace(b"\r\n", b"\n\r"),
            whole.replace(b"Call-ID", b"Call"),
            whole.replace(b"CSeq: 1", b"CSeq: x"),
            whole.replace(b"m=audio", b"m=audio x"),
            whole + whole,
        )
        for after, payload in enumerate(ways):
            yield replace(packet, captured_us=last_us + 1000 * after, payload=payload)
    for packet in voices:
        for payload in (packet.payload[:9], b"\x9f" + packet.payload[1:], packet.payload[:12] + ROBOT.encode()):
            yield replace(packet, captured_us=last_us + 10_000, payload=payload)


def poison(settings: Settings) -> None:
    """Records of a careless program: numbers in clear where none may be, in every topic."""
    producer = Producer(settings.client())
    clear = ROBOT.encode()
    stray = ListEntry(kind="black", scope="caller", value="x", created_ms=0, actor="person:a", reason="r")
    for topic in TOPICS:
        name = settings.prefix + topic
        producer.produce(name, clear, clear, partition=1)
        producer.produce(name, b"\xc3\x01" + clear * 9, b"black:caller:" + clear, partition=1)
    producer.produce(settings.prefix + ENTRIES, encode(stray), b"black:caller:" + clear, partition=1)
    producer.produce(settings.prefix + ENTRIES, encode(stray), clear, partition=1)
    assert producer.flush(10) == 0


def spellings(calls: Iterable[PlannedCall]) -> set[str]:
    """All that gives numbers away: digits, and as a tel: address parts them."""
    found = set()
    for call in calls:
        for number in (call.caller, call.callee):
            digits = re.sub(r"\D", "", number)
            found |= {digits, f"{digits[:2]}-{digits[2:5]}-{digits[5:]}"}
    return found


def read_verdicts(settings: Settings, enough: int = 1) -> list[Verdict]:
    reader = TopicReader(settings, VERDICTS, Verdict)
    wait_for(lambda: len(reader.poll()) >= enough, 30)
    time.sleep(0.5)
    found: list[Verdict] = reader.poll()  # type: ignore[assignment]
    reader.close()
    return found
