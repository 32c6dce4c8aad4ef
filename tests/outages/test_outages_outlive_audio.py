"""ClickHouse away for longer than audio is kept, and records that Kafka deleted before a role read them."""

import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from clickhouse_server import ClickHouseServer, find_binary
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
)
from outage_world import OutageWorld, percentile, record_result
from pipeline_world import PARTITIONS, unacknowledged, wait_for

from streams.settings import Settings
from streams.topics import CHUNKS, FRAMES, create_topics

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(300)]

KEPT_S = 16  # half of it is waited: Kafka itself looks for old records only now and then
AWAY_S = 30


def keep(settings: Settings, topic: str, seconds: int) -> None:
    entry = ConfigEntry("retention.ms", str(1000 * seconds), incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ConfigResource.Type.TOPIC, settings.prefix + topic, incremental_configs=[entry])
    admin = AdminClient(settings.client())
    for done in admin.incremental_alter_configs([resource]).values():
        done.result(10)


def test_chunks_that_outlive_their_audio_are_counted_and_verdicts_go_on(kafka: Any, tmp_path: Path) -> None:
    if find_binary() is None:
        pytest.skip("there is no clickhouse-server here (apt-get install clickhouse-server)")
    server = ClickHouseServer(tmp_path / "clickhouse")
    server.start()
    world = OutageWorld(kafka.url, server.url, tmp_path)
    try:
        keep(world.settings, CHUNKS, KEPT_S)
        world.start()
        feeding = world.feed(11, 40, spread_s=80, speed=2)
        time.sleep(4)
        server.kill()
        began_ms = time.time() * 1000
        world.kill_worker()  # what begins again finds no store, and judges all the same
        time.sleep(AWAY_S)
        held = world.metric("callsieve_lag_records", role="fingerprint")
        ended_ms = time.time() * 1000
        skipped_while_away = world.metric("callsieve_drops_total", reason="replay_skipped")
        server.start()
        feeding.finish()
        judged = world.judged(feeding)
        world.settle()
        wait_for(lambda: world.ready()[0] == 200, 30, lambda: world.ready()[1])
        skipped = world.metric("callsieve_drops_total", reason="replay_skipped")
        enrolled = world.store.query("SELECT uniqExact(stream_id) AS n FROM fingerprints")[0]["n"]
        missing = world.missing_in_store()
        record_result(
            f"ClickHouse away for {AWAY_S} s, chunks kept for {KEPT_S} s, the worker killed meanwhile",
            chunks=len(judged.expected),
            held_at_end=int(held),
            skipped=int(skipped),
            repeated=judged.repeated,
            lost=judged.lost,
            not_in_store=missing,
            restarts=world.restarts,
            streams_enrolled=enrolled,
            p99_during_s=percentile(judged.seconds_to_verdict(began_ms + 15_000, ended_ms), 0.99),
        )
        assert judged.seconds_to_verdict(began_ms + 15_000, ended_ms), "nothing was judged while the store was away"
        assert 0 < skipped_while_away <= skipped < len(judged.expected)
        assert (judged.lost, missing, world.restarts) == (0, 0, 1)
        assert enrolled > 0, "nothing was searched when the store was back"
    finally:
        world.close()
        server.stop()


def test_records_deleted_before_a_role_read_them_are_counted(
    kafka: Any, clickhouse_server: Any, tmp_path: Path
) -> None:
    world = OutageWorld(kafka.url, clickhouse_server.url, tmp_path)
    try:
        world.start()
        world.feed(12, 4, spread_s=4, speed=8).finish()
        world.settle()
        assert world.metric("callsieve_records_missed_total") == 0
        world.pause_worker()
        feeding = world.feed(13, 4, spread_s=4, speed=8)
        feeding.finish()
        waiting = unacknowledged(world.settings)["window"]
        gone = delete_all(world.settings, FRAMES)
        world.resume_worker()
        world.feed(14, 4, spread_s=4, speed=8).finish()
        wait_for(lambda: world.metric("callsieve_records_missed_total", role="window") > 0, 60, world.said)
        world.settle()
        missed = world.metric("callsieve_records_missed_total", role="window", topic=FRAMES)
        record_result("frames deleted before they were read", deleted=gone, waiting=waiting, missed=int(missed))
        assert 0 < missed <= waiting
        assert "were deleted before they were read" in world.said()
        assert world.metric("callsieve_records_missed_total", topic=CHUNKS) == 0
    finally:
        world.close()


def delete_all(settings: Settings, topic: str) -> int:
    """Delete what a topic holds now; how many records that were."""
    admin = AdminClient(settings.client())
    places = [TopicPartition(settings.prefix + topic, p, -1) for p in range(PARTITIONS)]
    return sum(done.result(10).low_watermark for done in admin.delete_records(places).values())


def test_audio_is_deleted_soon_after_its_time(kafka: Any) -> None:
    settings = Settings(broker=kafka.url, prefix=f"old{uuid4().hex[:6]}.")
    create_topics(settings.client(), prefix=settings.prefix, partitions=PARTITIONS)
    keep(settings, FRAMES, 5)
    producer = Producer(settings.client() | {"acks": "all"})
    producer.produce(settings.prefix + FRAMES, b"audio", partition=0)
    assert producer.flush(20) == 0
    began = time.monotonic()
    consumer = Consumer(settings.client() | {"group.id": "test"})
    place = TopicPartition(settings.prefix + FRAMES, 0)
    wait_for(lambda: consumer.get_watermark_offsets(place, timeout=10) == (1, 1), 60)
    consumer.close()
    record_result("audio kept for 5 s in an embedded Kafka", gone_after_s=f"{time.monotonic() - began:.0f}")
