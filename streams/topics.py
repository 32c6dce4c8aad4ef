"""The topics: names, how long they keep, and their creation."""

import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic  # type: ignore[attr-defined]

from schemas.records import Chunk, Features, FrameBatch, ListEntry, Outcome, Record, Verdict

MINUTE_MS: Final = 60_000
DAY_MS: Final = 86_400_000

FRAMES: Final = "rtp.frames"
CHUNKS: Final = "call.chunks"
FEATURES: Final = "call.features"
VERDICTS: Final = "call.verdicts"
SHADOW_VERDICTS: Final = "call.verdicts.shadow"
ENTRIES: Final = "list.entries"
OUTCOMES: Final = "call.outcomes"

RECORDS: Final[Mapping[str, type[Record]]] = {
    FRAMES: FrameBatch,
    CHUNKS: Chunk,
    FEATURES: Features,
    VERDICTS: Verdict,
    SHADOW_VERDICTS: Verdict,
    ENTRIES: ListEntry,
    OUTCOMES: Outcome,
}
"""What stands in each topic."""

DEAD: Final = ".dlq"  # ends the name of a dead-letter topic
MAX_MESSAGE_BYTES: Final = 8 << 20
DEAD_LETTER_BYTES: Final = 256 << 20  # of a partition: beyond it the oldest go before their time
VISIBLE_TIMEOUT_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """A topic as it is created. ``keep_ms`` None means compacted."""

    name: str
    keep_ms: int | None


_LIVE: Final = (
    TopicSpec(FRAMES, 10 * MINUTE_MS),
    TopicSpec(CHUNKS, 10 * MINUTE_MS),
    TopicSpec(FEATURES, DAY_MS),
    TopicSpec(VERDICTS, 7 * DAY_MS),
    TopicSpec(SHADOW_VERDICTS, 7 * DAY_MS),
    TopicSpec(ENTRIES, None),
    TopicSpec(OUTCOMES, 7 * DAY_MS),
)


COMPACTED: Final = tuple(spec.name for spec in _LIVE if spec.keep_ms is None)


def dead_letters(topic: str) -> str:
    """Name of a topic's dead-letter topic."""
    return f"{topic}{DEAD}"


# broken audio records are audio: they go as soon as the topic they came from
TOPICS: Final = _LIVE + tuple(
    TopicSpec(dead_letters(spec.name), min(spec.keep_ms or 7 * DAY_MS, 7 * DAY_MS)) for spec in _LIVE
)


class TopicsError(RuntimeError):
    """Topics can't be listed or made; the message says why and the way out."""


def _config(spec: TopicSpec) -> dict[str, str]:
    if spec.keep_ms is None:
        keep = {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.1", "segment.ms": str(60 * MINUTE_MS)}
    else:
        # a segment goes only once it is closed and old: close it often enough that the promise holds
        keep = {"retention.ms": str(spec.keep_ms), "segment.ms": str(max(MINUTE_MS, spec.keep_ms // 10))}
    if spec.name.endswith(DEAD):  # whoever floods a topic with garbage must not fill Kafka with it a second time
        keep |= {"retention.bytes": str(DEAD_LETTER_BYTES), "segment.bytes": str(DEAD_LETTER_BYTES // 8)}
    if spec.name == FRAMES:
        keep["message.timestamp.type"] = "LogAppendTime"  # by which a silent tap is told
    return keep | {"max.message.bytes": str(MAX_MESSAGE_BYTES)}


Kafka = str | Mapping[str, str]
"""``host:port``, or the settings of a librdkafka client (`streams.settings.Settings.client`)."""


def _client(kafka: Kafka) -> dict[str, str]:
    return {"bootstrap.servers": kafka} if isinstance(kafka, str) else dict(kafka)


def admin_client(kafka: Kafka) -> AdminClient:
    """Make an admin client of librdkafka."""
    return AdminClient(_client(kafka) | {"socket.connection.setup.timeout.ms": 5000, "log_level": 0})


def list_topics(kafka: Kafka, *, timeout_s: float = 10.0) -> dict[str, int]:
    """Topics that exist and their partition counts.

    Raises
    ------
    TopicsError
        If Kafka does not answer.
    """
    try:
        listing = admin_client(kafka).list_topics(timeout=timeout_s)
    except KafkaException as error:
        where = _client(kafka)["bootstrap.servers"]
        raise TopicsError(f"no Kafka at {where}: {error.args[0].str()}. Is it running? See --broker") from error
    return {name: len(topic.partitions) for name, topic in listing.topics.items()}


def create_topics(
    kafka: Kafka, *, prefix: str = "", partitions: int = 4, replication: int = 1, specs: Iterable[TopicSpec] = TOPICS
) -> list[str]:
    """Create what is missing; names of the topics made.

    Raises
    ------
    TopicsError
        If Kafka does not answer, refuses, or a topic exists with another number of partitions: more partitions need a
        new prefix, since a call's records must stay in one place.
    """
    existing = list_topics(kafka)
    wanted = {prefix + spec.name: spec for spec in specs}
    for name in wanted:
        if name in existing and existing[name] != partitions:
            raise TopicsError(
                f"{name} has {existing[name]} partitions, not {partitions}: a call's records must stay on one "
                "partition. Give a new --prefix and drain the old topics"
            )
    missing = [
        NewTopic(name, partitions, replication, config=_config(spec))
        for name, spec in wanted.items()
        if name not in existing
    ]
    if not missing:
        return []
    made = []
    admin = admin_client(kafka)  # held: its futures fail once it is collected
    for name, future in admin.create_topics(missing).items():
        try:
            future.result(30)
        except KafkaException as error:
            if error.args[0].code() == KafkaError.TOPIC_ALREADY_EXISTS:
                continue
            raise TopicsError(f"{name} could not be made: {error.args[0].str()}") from error
        made.append(name)
    _wait_for(kafka, wanted.keys())
    return sorted(made)


def _wait_for(kafka: Kafka, names: Collection[str]) -> None:
    """Wait until brokers tell of topics that a controller has made: whoever comes next should find them."""
    deadline = time.monotonic() + VISIBLE_TIMEOUT_S
    while missing := set(names) - list_topics(kafka).keys():
        if time.monotonic() > deadline:
            raise TopicsError(f"{min(missing)} was made, but Kafka does not list it after {VISIBLE_TIMEOUT_S:.0f} s")
        time.sleep(0.05)


def retention_ms(kafka: Kafka, name: str, *, prefix: str = "") -> int | None:
    """For how long Kafka keeps the records of one of our topics, as it is configured now; None: for ever.

    Where Kafka does not tell, as without the right to ask, it is what ``create_topics`` would have set.
    """
    resource = ConfigResource(ConfigResource.Type.TOPIC, prefix + name)
    admin = admin_client(kafka)  # held: its futures fail once it is collected
    try:
        kept = int(admin.describe_configs([resource])[resource].result(10)["retention.ms"].value)
    except (KafkaException, TimeoutError, KeyError, ValueError):
        return next(spec.keep_ms for spec in TOPICS if spec.name == name)
    return kept if kept >= 0 else None


def partition_count(kafka: Kafka, prefix: str = "") -> int:
    """The one partition count of the call topics.

    Raises
    ------
    TopicsError
        If topics are missing or their counts differ.
    """
    existing = list_topics(kafka)
    missing = [prefix + spec.name for spec in TOPICS if prefix + spec.name not in existing]
    if missing:
        names = ", ".join(missing[:3]) + (" …" if len(missing) > 3 else "")
        raise TopicsError(f"topics are missing ({names}): run 'callsieve topics create' first")
    counts = {existing[prefix + spec.name] for spec in TOPICS}
    if len(counts) != 1:
        raise TopicsError(f"the topics differ in partitions ({sorted(counts)}): calls would fall apart")
    return counts.pop()
