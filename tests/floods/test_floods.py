"""Floods on a real Kafka, while good calls go on: memory stays bounded, the calls are judged alike, all is counted."""

import os
import random
import time
from pathlib import Path
from typing import Any

import pytest
from chunk_world import chunk, run, sine
from classify_world import both, head
from delivery_world import content
from flood_world import Strays, Watched, dead_origins, fast_producer, garbage, produce, stray_ids
from ledger_world import read
from look_world import make_verdict
from msgspec.structs import replace
from outage_world import OutageWorld, record_result
from pipeline_world import PARTITIONS, TopicReader, WorkerProcess, wait_for, wait_until_done
from scenario_world import Play, make_scenario
from window_world import frame, segment

from schemas.codec import BrokenRecordError, decode, encode
from schemas.ids import partition_of
from schemas.records import Chunk, FrameBatch, ListEntry, Outcome, Verdict
from streams.topics import CHUNKS, ENTRIES, FEATURES, FRAMES, OUTCOMES, RECORDS, VERDICTS

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(900)]

STRAYS = int(os.environ.get("CALLSIEVE_STRAYS", "250000"))  # a million takes two minutes on two idle cores
GARBAGE = 1_500  # for each topic
WINDOW_MB = 700.0
WORKER_MB = 2_000.0


def said(verdict: Verdict) -> tuple[object, ...]:
    return verdict.label, verdict.action, verdict.reasons, round(verdict.probability, 9), verdict.last


class WindowAlone(OutageWorld):
    """A worker with the role window alone."""

    def _begin(self) -> WorkerProcess:
        return WorkerProcess(self.settings, self._log, "window", "--health-port", str(self.port))


def test_strays_without_number_cost_bounded_memory_and_no_good_call_its_chunks(
    kafka: Any, clickhouse_server: Any, tmp_path: Path
) -> None:
    scenario = make_scenario(seed=11, calls=20, spread_s=25.0, speed=1.0)
    world = WindowAlone(kafka.url, clickhouse_server.url, tmp_path).start()
    try:
        before_mb = world.memory_mb()
        memory = Watched(world.memory_mb)
        with memory.watching():
            play = Play(world.settings, scenario, 1.0)
            play.start()
            begun = time.monotonic()
            _flood(world, STRAYS)
            flooded_s = time.monotonic() - begun
            play.finish()
            wait_until_done(world.settings, 600.0, roles=("window",))
            done_s = time.monotonic() - begun
        crowded_out = int(world.metric("callsieve_drops_total", role="window", reason="crowded_out"))
        refused = int(world.metric("callsieve_drops_total", role="window", reason="refused_streams"))
        chunks = [each.record for each in read(world.settings, CHUNKS, Chunk) if each.record is not None]
        assert world.restarts == 0
    finally:
        world.close()
    good = {(c.head.stream_id, c.head.chunk): c for c in chunks if c.head.facts.tap_id == "test"}
    assert good.keys() == scenario.chunks.keys()
    assert all(content(good[key]) == content(chunk) for key, chunk in scenario.chunks.items())
    ended = {c.head.stream_id for c in chunks if c.head.facts.tap_id == "flood" and c.head.last}
    assert crowded_out + refused + len(ended) == STRAYS
    assert memory.highest < WINDOW_MB
    record_result(
        "flood of strays",
        strays=STRAYS,
        sent_s=round(flooded_s, 1),
        done_s=round(done_s, 1),
        crowded_out=crowded_out,
        ended=len(ended),
        memory_before_mb=round(before_mb),
        memory_highest_mb=round(memory.highest),
    )


def _flood(world: OutageWorld, count: int) -> None:
    strays, producer = Strays(int(time.time() * 1000)), fast_producer(world.settings)
    topic = world.settings.prefix + FRAMES
    for partition, ids in stray_ids(count):
        produce(producer, topic, strays.batch(ids), partition)
    for partition in range(PARTITIONS):
        produce(producer, topic, strays.restart(), partition)
    assert producer.flush(60) == 0


def test_garbage_in_every_topic_and_a_call_gone_wild_leave_good_calls_their_verdicts(
    kafka: Any, clickhouse_server: Any, tmp_path: Path
) -> None:
    scenario = make_scenario(seed=12, calls=20, spread_s=20.0, speed=1.0)
    world = OutageWorld(kafka.url, clickhouse_server.url, tmp_path).start()
    reader = TopicReader(world.settings, VERDICTS, Verdict)
    try:
        memory = Watched(world.memory_mb)
        with memory.watching():
            play = Play(world.settings, scenario, 1.0)
            play.start()
            begun = time.monotonic()
            _wild_call(world)
            sent = _garbage(world, GARBAGE)
            sent_s = time.monotonic() - begun
            play.finish()
            wait_for(lambda: scenario.verdicts.keys() <= {v.id for v in reader.poll()}, 90, world.said)  # type: ignore[attr-defined]
            wait_until_done(world.settings, 90.0)
        dead = {topic: dead_origins(world.settings, topic, len(places), 30.0) for topic, places in sent.items()}
        buried = int(world.metric("callsieve_dead_letters_total"))
        assert world.restarts == 0
    finally:
        reader.close()
        assert world.close() == 0
    judged = {v.id: said(v) for v in reader.records if isinstance(v, Verdict) and v.cause in ("audio", "tone")}
    assert all(judged[name] == said(verdict) for name, verdict in scenario.verdicts.items())
    for topic, places in sent.items():
        assert places <= dead[topic], f"{len(places - dead[topic])} of {topic} are nowhere"
    assert memory.highest < WORKER_MB
    record_result(
        "garbage everywhere",
        sent=sum(map(len, sent.values())),
        sent_s=round(sent_s, 1),
        dead_letters=buried,
        memory_highest_mb=round(memory.highest),
    )


def _wild_call(world: OutageWorld) -> None:
    """A call a hundred times too fast, and one of a hundred times too many packets."""
    producer, now_ms = fast_producer(world.settings), int(time.time() * 1000)
    fast, crowded = "f" * 32, "c" * 32
    for step in range(300):
        position = step * 16_000
        parts = [segment(step, [frame(position, at_ms=step * 20.0)], begun=step - 1, call=fast)]
        parts += [segment(0, [frame(160 * (at % 90))], begun=0, call=crowded) for at in range(50)]
        if step == 0:
            parts = [replace(part, kind="open", begun=-1) for part in (parts[0], parts[1])]
        for partition in {partition_of(fast, PARTITIONS), partition_of(crowded, PARTITIONS)}:
            mine = [part for part in parts if partition_of(part.call_id, PARTITIONS) == partition]
            batch = FrameBatch(tap_id="wild", tap_epoch=1, clock_ms=now_ms + 20 * step, segments=mine)
            produce(producer, world.settings.prefix + FRAMES, encode(batch), partition)
    for partition in range(PARTITIONS):
        end = FrameBatch(tap_id="wild", tap_epoch=2, clock_ms=now_ms + 6_000, segments=[])
        produce(producer, world.settings.prefix + FRAMES, encode(end), partition)
    assert producer.flush(30) == 0


def _garbage(world: OutageWorld, count: int) -> dict[str, set[tuple[int, int]]]:
    """Places of the records sent, by topic, of those that nobody can read."""
    rng, producer = random.Random(5), fast_producer(world.settings)
    good = {
        FRAMES: FrameBatch(tap_id="t", tap_epoch=1, clock_ms=1, segments=[segment(0, [frame(0)])]),
        CHUNKS: chunk(run(sine(440.0))),
        FEATURES: both(head(), 1),
        VERDICTS: make_verdict(),
        OUTCOMES: Outcome(reported_ms=1, call_id="c"),
        ENTRIES: ListEntry(kind="black", scope="caller", value="v", created_ms=1, actor="a", reason="r"),
    }
    sent: dict[str, set[tuple[int, int]]] = {topic: set() for topic in good}
    for at in range(count):
        for topic, record in good.items():
            value = garbage(topic, record, rng)
            if _is_readable(value, topic):
                continue
            produce(
                producer,
                world.settings.prefix + topic,
                value,
                at % PARTITIONS,
                b"a key",
                lambda error, message, topic=topic: sent[topic].add((message.partition(), message.offset())),
            )
    assert producer.flush(60) == 0
    return sent


def _is_readable(value: bytes, topic: str) -> bool:
    try:
        decode(value, RECORDS[topic])
    except BrokenRecordError:
        return False
    return True
