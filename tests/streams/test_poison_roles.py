"""Records that nobody thought of, past every check: a role buries them alone and writes the rest."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

import pytest
from chunk_world import chunk, run, sine
from classify_world import head
from role_world import Role

from schemas.codec import Codec
from schemas.records import Chunk
from schemas.records import Outcome as CallOutcome
from streams import fingerprint
from streams.audio import ChunkAudio, chunk_audio
from streams.lists import ListView
from streams.lists.rules import Rules
from streams.roles.fingerprint import FingerprintStage
from streams.roles.sink import MOST_REFUSED, SinkStage
from streams.store import StoreError, open_store
from streams.store.migrations import migrate


class RefusingStore:
    """Takes what it likes; as a database does that has a limit nobody knew."""

    def __init__(self, poison: str) -> None:
        self.rows: list[str] = []
        self._poison = poison

    def insert(self, table: str, columns: Mapping[str, Sequence[Any]]) -> int:
        ids = list(columns["call_id"])
        if any(call.startswith(self._poison) for call in ids):
            raise StoreError("a value that does not fit")
        if table == "outcomes":
            self.rows += ids
        return len(ids)

    def execute(self, *_: Any) -> None:
        """As an insert of no rows goes."""

    def query(self, *_: Any) -> list[dict[str, Any]]:
        return []


@pytest.fixture
def executor() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as made:
        yield made


def outcomes(*calls: str) -> list[CallOutcome]:
    return [CallOutcome(reported_ms=1_700_000_000_000, call_id=call) for call in calls]


def sink(store: object, executor: Executor) -> Role:
    role = Role(SinkStage(store, Codec(), executor, show_digits=False))  # type: ignore[arg-type]
    role.topic = "call.outcomes"
    return role


def test_the_sink_buries_the_rows_that_the_store_refuses_and_writes_the_rest(executor: Executor) -> None:
    store = RefusingStore("poison")
    calls = [f"call-{number}" for number in range(40)]
    calls[7], calls[30] = "poison-1", "poison-2"
    role = sink(store, executor)
    outcome = role.process(outcomes(*calls))
    assert [received.offset for received, _ in outcome.broken] == [7, 30]
    assert outcome.broken[0][1].reason == "the store refuses it: a value that does not fit"
    assert set(store.rows) == set(calls) - {"poison-1", "poison-2"}
    assert role.held == 0


def test_a_poisonous_row_alone_in_its_batch_does_not_end_the_sink(executor: Executor) -> None:
    outcome = sink(RefusingStore("poison"), executor).process(outcomes("poison-1"))
    assert len(outcome.broken) == 1


def test_a_store_that_refuses_everything_buries_nothing(executor: Executor) -> None:
    with pytest.raises(StoreError):
        sink(RefusingStore(""), executor).process(outcomes(*(str(number) for number in range(2 * MOST_REFUSED))))


def test_a_store_that_refuses_everything_buries_few_where_records_come_one_by_one(executor: Executor) -> None:
    role = sink(RefusingStore(""), executor)
    for number in range(MOST_REFUSED - 1):
        assert len(role.process(outcomes(str(number))).broken) == 1
    with pytest.raises(StoreError):
        role.process(outcomes("one more"))
    assert role.held == 1  # the one that it ended with is not acknowledged


@pytest.mark.parametrize("fault", ["DROP TABLE outcomes", "ALTER TABLE outcomes DROP COLUMN ended_by"])
def test_a_record_is_not_blamed_for_a_table_or_column_that_is_missing(
    executor: Executor, store_url: str, fault: str
) -> None:
    store = open_store(store_url)
    store.create_database()
    migrate(store)
    role = sink(store, executor)
    assert not role.process(outcomes("call-1")).broken
    store.execute(fault)
    with pytest.raises(StoreError, match=r"outcomes|ended_by"):
        role.process(outcomes("call-2"))
    store.close()


@pytest.mark.slow
def test_a_record_is_not_blamed_for_a_server_that_may_only_be_read(executor: Executor, clickhouse_server: Any) -> None:
    url = clickhouse_server.url("only_read")
    writing, reading = open_store(url), open_store(f"{url}?readonly=1")
    writing.create_database()
    migrate(writing)
    assert not sink(writing, executor).process(outcomes("call-1")).broken
    with pytest.raises(StoreError, match="readonly"):
        sink(reading, executor).process(outcomes("call-2"))
    writing.close()
    reading.close()


def test_a_chunk_that_fingerprinting_fails_on_is_buried_and_its_neighbours_are_searched(
    executor: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(odd: Chunk) -> ChunkAudio:
        if odd.head.call_id == "call-odd":
            raise ZeroDivisionError("what nobody thought of")
        return chunk_audio(odd)

    monkeypatch.setattr(fingerprint, "chunk_audio", failing)
    stage = FingerprintStage(RefusingStore("none"), ListView(), Rules.load(), Codec(), executor)  # type: ignore[arg-type]
    chunks = [chunk(run(sine(440.0 + 100 * number))) for number in range(3)]
    chunks[1].head = head("odd")
    role = Role(stage)
    outcome = role.process(chunks)
    assert [(received.offset, letter.reason) for received, letter in outcome.broken] == [
        (1, "ZeroDivisionError: what nobody thought of")
    ]
    assert role.held == 0
