"""The topics: which there are, how long they keep, and what is refused."""

from typing import Any
from uuid import uuid4

import pytest
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType

from streams.topics import (
    CHUNKS,
    DAY_MS,
    DEAD_LETTER_BYTES,
    ENTRIES,
    FRAMES,
    MINUTE_MS,
    TOPICS,
    TopicsError,
    create_topics,
    dead_letters,
    list_topics,
    partition_count,
)

KEPT = {spec.name: spec.keep_ms for spec in TOPICS}


@pytest.fixture
def prefix() -> str:
    return f"topics{uuid4().hex[:8]}."


def test_every_topic_has_a_dead_letter_topic() -> None:
    live = [name for name in KEPT if not name.endswith(".dlq")]
    assert len(live) == 7
    assert all(dead_letters(name) in KEPT for name in live)


def test_audio_is_kept_for_minutes_as_a_dead_letter_too() -> None:
    audio = (FRAMES, CHUNKS, dead_letters(FRAMES), dead_letters(CHUNKS))
    assert {KEPT[name] for name in audio} == {10 * MINUTE_MS}


def test_dead_letters_of_a_compacted_topic_go_after_a_week() -> None:
    assert KEPT[ENTRIES] is None
    assert KEPT[dead_letters(ENTRIES)] == 7 * DAY_MS


@pytest.mark.slow
def test_topics_are_made_once_with_what_they_are_to_keep(kafka: Any, prefix: str) -> None:
    made = create_topics(kafka.address, prefix=prefix, partitions=3)
    assert made == sorted(prefix + name for name in KEPT)
    assert create_topics(kafka.address, prefix=prefix, partitions=3) == []
    assert partition_count(kafka.address, prefix) == 3
    admin = AdminClient({"bootstrap.servers": kafka.address})
    asked = [ConfigResource(ResourceType.TOPIC, prefix + name) for name in (FRAMES, ENTRIES, dead_letters(FRAMES))]
    frames, entries, dead = (admin.describe_configs([one])[one].result(10) for one in asked)
    assert frames["retention.ms"].value == str(10 * MINUTE_MS)
    assert frames["cleanup.policy"].value == "delete"
    assert int(frames["segment.ms"].value or 0) <= MINUTE_MS
    assert entries["cleanup.policy"].value == "compact"
    assert dead["retention.bytes"].value == str(DEAD_LETTER_BYTES)


@pytest.mark.slow
def test_what_is_missing_is_made_beside_what_is_there(kafka: Any, prefix: str) -> None:
    create_topics(kafka.address, prefix=prefix, partitions=2, specs=TOPICS[:3])
    with pytest.raises(TopicsError, match=r"topics are missing.*callsieve topics create"):
        partition_count(kafka.address, prefix)
    assert len(create_topics(kafka.address, prefix=prefix, partitions=2)) == len(TOPICS) - 3


@pytest.mark.slow
def test_another_number_of_partitions_needs_another_prefix(kafka: Any, prefix: str) -> None:
    create_topics(kafka.address, prefix=prefix, partitions=2, specs=TOPICS[:1])
    with pytest.raises(TopicsError, match=r"has 2 partitions, not 3.*new --prefix"):
        create_topics(kafka.address, prefix=prefix, partitions=3)
    assert len([name for name in list_topics(kafka.address) if name.startswith(prefix)]) == 1


@pytest.mark.slow
def test_topics_that_differ_in_partitions_are_refused(kafka: Any, prefix: str) -> None:
    create_topics(kafka.address, prefix=prefix, partitions=2, specs=TOPICS[:1])
    create_topics(kafka.address, prefix=prefix, partitions=3, specs=TOPICS[1:])
    with pytest.raises(TopicsError, match=r"differ in partitions \(\[2, 3\]\)"):
        partition_count(kafka.address, prefix)


@pytest.mark.slow
def test_more_copies_than_brokers_are_refused_with_kafkas_reason(kafka: Any, prefix: str) -> None:
    with pytest.raises(TopicsError, match=r"could not be made: .*replication"):
        create_topics(kafka.address, prefix=prefix, partitions=1, replication=3, specs=TOPICS[:1])
