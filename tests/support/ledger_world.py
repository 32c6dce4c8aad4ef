"""What a run has left in its topics and its store, and whether it is what it should be. Not a test."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from confluent_kafka import Consumer, TopicPartition
from delivery_world import content
from msgspec.structs import replace
from pipeline_world import PARTITIONS
from scenario_world import ChunkKey, Scenario

from schemas.codec import decode
from schemas.ids import list_key
from schemas.records import Chunk, Features, ListEntry, Record, Verdict
from streams.campaigns import Campaigns
from streams.classify.current import CurrentVerdicts
from streams.lists import ListView
from streams.lists.follower import ListFollower
from streams.registry_wait import Schemas
from streams.settings import Settings
from streams.store import Store
from streams.store.queries import ask
from streams.store.rows import levels_row, tone_rows
from streams.topics import CHUNKS, ENTRIES, FEATURES, TOPICS, VERDICTS

RecordT = TypeVar("RecordT", bound=Record)


@dataclass(frozen=True)
class Stored(Generic[RecordT]):
    """A record as it stands in its topic."""

    partition: int
    offset: int
    key: str
    record: RecordT | None


def read(settings: Settings, topic: str, record_type: type[RecordT]) -> list[Stored[RecordT]]:
    """All of a topic, each partition in order, to where it ends now."""
    client = settings.client() | {"group.id": "test", "enable.auto.commit": False}
    consumer = Consumer(client)
    ends: dict[int, int] = {}
    for partition in range(PARTITIONS):
        _, ends[partition] = consumer.get_watermark_offsets(TopicPartition(settings.prefix + topic, partition), 10)
    consumer.assign([TopicPartition(settings.prefix + topic, partition, 0) for partition in ends])
    found: list[Stored[RecordT]] = []
    at = dict.fromkeys(ends, 0)
    deadline = time.monotonic() + 60
    while any(at[partition] < end for partition, end in ends.items()):
        assert time.monotonic() < deadline, f"{topic} was not read: {at} of {ends}"
        for message in consumer.consume(5000, 0.2):
            assert message.error() is None
            value, key = message.value(), (message.key() or b"").decode()
            partition, offset = message.partition() or 0, message.offset() or 0
            at[partition] = offset + 1
            found.append(Stored(partition, offset, key, None if value is None else decode(value, record_type)))
    consumer.close()
    return sorted(found, key=lambda each: (each.partition, each.offset))


class Ledger:
    """Everything a run has written.

    Each ``check_…`` raises AssertionError where it is not what the scenario asks for, and returns figures.
    """

    def __init__(self, settings: Settings, store: Store, scenario: Scenario) -> None:
        self._settings = settings
        self._store = store
        self._scenario = scenario
        self._chunks = read(settings, CHUNKS, Chunk)
        self._features = read(settings, FEATURES, Features)
        self._entries = read(settings, ENTRIES, ListEntry)
        self.verdicts = [each.record for each in read(settings, VERDICTS, Verdict) if each.record is not None]

    def check(self) -> dict[str, int]:
        """Check everything."""
        figures: dict[str, int] = {}
        for one in (
            self._no_dead_letters,
            self._check_chunks,
            self._check_features,
            self._check_verdicts,
            self._check_stored_verdicts,
            self._check_stored_features,
            self._check_campaigns,
            self._check_entries,
        ):
            figures |= one() or {}
        return figures

    def _no_dead_letters(self) -> None:
        consumer = Consumer(self._settings.client() | {"group.id": "test"})
        for spec in TOPICS:
            for partition in range(PARTITIONS if spec.name.endswith(".dlq") else 0):
                low, high = consumer.get_watermark_offsets(
                    TopicPartition(self._settings.prefix + spec.name, partition), 10
                )
                assert low == high, f"{high - low} records in {spec.name}"
        consumer.close()

    def _check_chunks(self) -> dict[str, int]:
        expected = {key: content(chunk) for key, chunk in self._scenario.chunks.items()}
        seen = Counter[ChunkKey]()
        for each in self._chunks:
            assert each.record is not None
            key = _key(each.record)
            seen[key] += 1
            assert content(each.record) == expected[key], f"chunk {key} differs from the undisturbed one"
        missing = expected.keys() - seen.keys()
        assert not missing, f"{len(missing)} of {len(expected)} chunks are missing: {sorted(missing)[:3]}"
        return {"chunks": len(expected), "window_repeats": seen.total() - len(seen)}

    def _check_features(self) -> dict[str, int]:
        """Every chunk record has both parts; repeats agree."""
        sources = {(each.partition, each.offset): _key(each.record) for each in self._chunks if each.record}
        parts: dict[tuple[str, ChunkKey], str] = {}
        made: dict[str, Counter[tuple[int, int]]] = {kind: Counter() for kind in ("spectrum", "tones", "replay")}
        for each in self._features:
            features = each.record
            assert features is not None
            source = (each.partition, features.source_offset)
            key = features.head.stream_id, features.head.chunk
            assert sources[source] == key
            for kind, of_kind in made.items():
                part = getattr(features, kind)
                if part is not None:
                    of_kind[source] += 1
                    assert part.error is None
                    if kind != "replay":  # which follows from what was heard before, not from the chunk alone
                        assert parts.setdefault((kind, key), content(part)) == content(part), (kind, key)
        for kind in ("spectrum", "tones"):
            missing = sources.keys() - made[kind].keys()
            assert not missing, f"{len(missing)} chunk records have no {kind}"
        return {f"{kind}_repeats": of_kind.total() - len(of_kind) for kind, of_kind in made.items()}

    def _check_verdicts(self) -> dict[str, int]:
        """All that follow from the audio are there, and say what they say undisturbed; repeats say the same."""
        expected = {name: _said(verdict) for name, verdict in self._scenario.verdicts.items()}
        by_id: dict[str, Verdict] = {}
        wavering = set()
        for verdict in self.verdicts:
            first = by_id.setdefault(verdict.id, verdict)
            assert (first.label, first.chunk, first.cause) == (verdict.label, verdict.chunk, verdict.cause)
            if verdict.cause in ("audio", "tone"):
                assert verdict.id in expected, f"nobody asked for {verdict}"
                assert _said(verdict) == expected[verdict.id], f"{verdict.label} for {first.label}"
            elif first.probability != verdict.probability:
                wavering.add(verdict.id)
        missing = expected.keys() - by_id.keys()
        assert not missing, f"{len(missing)} of {len(expected)} verdicts are missing"
        chunks = {(verdict.stream_id, verdict.chunk) for verdict in by_id.values() if verdict.scope == "call"}
        assert chunks == self._scenario.chunks.keys()
        causes = Counter(verdict.cause for verdict in by_id.values())
        return {
            "verdicts": len(by_id),
            "verdict_repeats": len(self.verdicts) - len(by_id),
            "wavering_probabilities": len(wavering),
            **{f"{cause}_verdicts": causes[cause] for cause in ("audio", "tone", "replay", "black")},
        }

    def _check_stored_verdicts(self) -> dict[str, int]:
        rows = self._store.query("SELECT id, count() AS n FROM verdicts GROUP BY id")
        assert {str(row["id"]) for row in rows} == {verdict.id for verdict in self.verdicts}
        current = CurrentVerdicts()
        probabilities: dict[str, set[float]] = {}
        for verdict in self.verdicts:
            current.feed(verdict)
            probabilities.setdefault(verdict.call_id, set()).add(verdict.probability)  # repeats of a replay may differ
        wanted = {verdict.call_id: verdict for verdict in current.calls()}
        view = {str(row["call_id"]): row for row in self._store.query("SELECT * FROM calls")}
        assert view.keys() == wanted.keys()
        for call_id, verdict in wanted.items():
            row = view[call_id]
            assert (row["label"], row["cause"], row["chunk"], row["action"], row["dry_run"]) == (
                verdict.label,
                verdict.cause,
                verdict.chunk,
                verdict.action,
                verdict.dry_run,
            )
            assert row["probability"] in probabilities[call_id]
            assert row["caller"] == (verdict.facts.caller.number if verdict.facts.caller else "")
        return {"calls": len(view), "stored_repeats": sum(int(row["n"]) for row in rows) - len(rows)}

    def _check_stored_features(self) -> None:
        records = [each.record for each in self._features if each.record is not None]
        levels = [row for features in records if (row := levels_row(features)) is not None]
        _same_rows(self._store, "levels", levels, leave=("late", "features_ms", "singular_values", "captured_date"))
        tones = [row for features in records for row in tone_rows(features)]
        _same_rows(self._store, "tones", tones, leave=("captured_date",))

    def _check_campaigns(self) -> dict[str, int]:
        """Replays are told in the same way by parts, verdicts and both tables."""
        told: set[tuple[str, str, str, int]] = set()
        for each in self._features:
            if each.record is not None and each.record.replay is not None and each.record.replay.campaign is not None:
                head = each.record.head
                told.add((each.record.replay.campaign, head.call_id, head.stream_id, head.chunk))
        judged = {(v.evidence_id, v.call_id, v.stream_id, v.chunk) for v in self.verdicts if v.cause == "replay"}
        assert judged == told
        rows = self._store.query(
            "SELECT DISTINCT call_id, stream_id, chunk, "
            "(matched_heard_ms, matched_call_id) < (heard_ms, call_id) AS later FROM replay_edges"
        )
        stored = {(str(r["call_id"]), str(r["stream_id"]), int(r["chunk"])) for r in rows if r["later"]}
        assert {one[1:] for one in told} == stored, "a replay was told and not stored, or stored and never told"
        heard = self._store.query("SELECT DISTINCT campaign, call_id, chunk FROM campaign_calls")
        known = Campaigns(self._store)
        roots = known.roots({str(row["campaign"]) for row in heard} | {one[0] for one in told})
        members = {(roots[str(row["campaign"])], str(row["call_id"]), int(row["chunk"])) for row in heard}
        assert {(roots[one[0]], one[1], one[3]) for one in told} <= members
        planted = {call.call_id for call in self._scenario.truth.calls if call.campaign}
        return {
            "replays": len({one[1:] for one in told}),
            "replays_of_two_campaigns": len(told) - len({one[1:] for one in told}),
            "campaigns_of_the_planted_recording": len({one[0] for one in told if one[1] in planted}),
        }

    def _check_entries(self) -> dict[str, int]:
        """The topic's last word, the store's, and that of a process that has just begun are one."""
        last = {each.key: each.record for each in self._entries}
        wanted = {key: entry for key, entry in last.items() if entry is not None}
        view = asyncio.run(_followed(self._settings))
        assert len(view) == len(wanted)
        assert {key: view.get(key) for key in wanted} == wanted
        now_ms = int(time.time() * 1000) + 1000
        rows = ask(self._store, "entries_in_force", now_ms=now_ms)
        in_force = {
            list_key(r["kind"], r["scope"], r["value"]): (r["campaign"], r["created_ms"], list(r["calls"]))
            for r in rows
        }
        assert in_force == {key: (e.campaign or "", e.created_ms, e.calls) for key, e in wanted.items()}
        callers = [entry.value for entry in wanted.values() if entry.scope == "caller"]
        assert callers == [self._scenario.planted]
        return {"entries": len(wanted), "entry_versions": len(self._entries)}


async def _followed(settings: Settings) -> ListView:
    view = ListView()
    follower = ListFollower(settings, view, Schemas())
    await follower.start(30.0)
    await follower.stop()
    return view


def _key(chunk: Chunk | None) -> ChunkKey:
    assert chunk is not None
    return chunk.head.stream_id, chunk.head.chunk


def _said(verdict: Verdict) -> str:
    return content(replace(verdict, lists=""))  # which lists were read says when it was made, not what


def _same_rows(store: Store, table: str, rows: Sequence[Mapping[str, object]], *, leave: Sequence[str]) -> None:
    columns = [name for name in rows[0] if name not in leave]
    wanted = {_text(row, columns) for row in rows}
    stored = {_text(row, columns) for row in store.query(f"SELECT * FROM {table}")}  # noqa: S608 - the tests' own names
    assert stored == wanted, (table, sorted(stored - wanted)[:4], sorted(wanted - stored)[:4])


def _text(row: Mapping[str, object], columns: Sequence[str]) -> str:
    return repr([int(value) if isinstance(value, bool) else value for value in (row[name] for name in columns)])
