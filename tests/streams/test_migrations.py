"""Migrations: once each, in order, by the engine's version; and refusals."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from streams.store import Store, StoreError, open_store
from streams.store.migrations import Migration, MigrationError, migrate, packaged_migrations, statements, status

OLD, NEW = (18, 16, 1), (26, 3)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    opened.create_database()
    yield opened
    opened.close()


def make(
    number: int, text: str = "CREATE TABLE IF NOT EXISTS t{n} (a Int64) ENGINE = MergeTree() ORDER BY a;"
) -> Migration:
    return Migration(number, f"step_{number}", text.replace("{n}", str(number)))


def tables(store: Store) -> set[str]:
    rows = store.query("SELECT name FROM system.tables WHERE database = currentDatabase()")
    return {row["name"] for row in rows}


def test_an_empty_database_gets_every_migration_in_order_and_a_second_time_none(store: Store) -> None:
    assert {state.state for state in status(store)} == {"pending"}
    names = migrate(store)
    assert names == sorted(names)
    assert len(names) == len(packaged_migrations())
    assert {"verdicts", "calls", "levels", "tones", "list_entries", "outcomes"} <= tables(store)
    assert {"replay_postings", "fingerprints", "replay_edges", "campaign_merges"} <= tables(store)
    assert migrate(store) == []
    assert {state.state for state in status(store)} == {"applied"}
    assert all(state.applied_ms for state in status(store))


def test_asking_for_the_status_changes_nothing(store: Store) -> None:
    assert [state.state for state in status(store, [make(1)])] == ["pending"]
    assert tables(store) == set()


def test_only_what_is_pending_is_applied(store: Store) -> None:
    assert migrate(store, [make(1)]) == ["001_step_1"]
    assert migrate(store, [make(1), make(2)]) == ["002_step_2"]
    assert {"t1", "t2"} <= tables(store)


def test_a_migration_changed_after_it_was_applied_is_refused_and_nothing_else_is_done(store: Store) -> None:
    migrate(store, [make(1)])
    changed = replace(make(1), text="SELECT 1")
    assert [state.state for state in status(store, [changed])] == ["changed"]
    with pytest.raises(MigrationError, match="001_step_1"):
        migrate(store, [changed, make(2)])
    assert "t2" not in tables(store)


def test_a_database_newer_than_the_program_is_refused(store: Store) -> None:
    migrate(store, [make(1), make(2)])
    assert [state.state for state in status(store, [make(1)])] == ["applied", "unknown"]
    with pytest.raises(MigrationError, match="newer"):
        migrate(store, [make(1)])


def test_a_migration_that_fails_half_way_is_pending_and_can_be_applied_again(store: Store) -> None:
    half = make(2, "CREATE TABLE IF NOT EXISTS t2 (a Int64) ENGINE = MergeTree() ORDER BY a; SELECT nonsense(1);")
    with pytest.raises(StoreError, match="nonsense"):
        migrate(store, [make(1), half])
    assert [state.state for state in status(store, [make(1), half])] == ["applied", "pending"]
    assert migrate(store, [make(1), make(2)]) == ["002_step_2"]


def test_a_column_that_was_added_before_is_no_failure_and_one_that_cannot_be_is(store: Store) -> None:
    add = "ALTER TABLE t1 ADD COLUMN pairs Nested(word String, weight Float64);"
    half = make(2, f"{add} SELECT nonsense(1);")
    with pytest.raises(StoreError, match="nonsense"):
        migrate(store, [make(1), half])
    assert migrate(store, [make(1), make(2, add)]) == ["002_step_2"]
    with pytest.raises(StoreError):
        migrate(store, [make(1), make(2, add), make(3, "ALTER TABLE t1 ADD COLUMN b Nonsense;")])


def test_two_stores_that_migrate_one_after_the_other_both_succeed(store: Store, store_url: str) -> None:
    other = open_store(store_url)
    migrate(store)
    assert migrate(other) == []
    other.close()


def test_a_time_made_from_milliseconds_tells_the_same_moment(store: Store) -> None:
    migrate(store)
    store.insert("levels", {"call_id": ["a"], "captured_ms": [1_700_000_000_000]})
    assert store.query("SELECT toUnixTimestamp(captured_at) AS seconds FROM levels") == [{"seconds": 1_700_000_000}]


def test_an_old_engine_gets_plain_types_and_a_new_one_what_it_has() -> None:
    text = "CREATE TABLE t (a {{word}}, b Int64 {{codec: Delta, ZSTD}}, c {{moment: b}}) ENGINE = X {{ttl: d + 1}};"
    assert statements(text, OLD) == [
        "CREATE TABLE t (a String, b Int64 , c DateTime MATERIALIZED toDateTime(intDiv(b, 1000))) ENGINE = X"
    ]
    assert statements(text, NEW) == [
        "CREATE TABLE t (a LowCardinality(String), b Int64 CODEC(Delta, ZSTD), c DateTime64(3, 'UTC')"
        " MATERIALIZED fromUnixTimestamp64Milli(b, 'UTC')) ENGINE = X TTL d + 1"
    ]


@pytest.mark.parametrize("text", ["{{wrod}}", "{{ttl}}", "{{word: x}}", "{{word"])
def test_a_marker_that_means_nothing_is_an_error(text: str) -> None:
    with pytest.raises(MigrationError, match="marker"):
        statements(text, NEW)


def test_packaged_migrations_are_numbered_from_one_without_a_hole() -> None:
    assert [migration.number for migration in packaged_migrations()] == list(range(1, len(packaged_migrations()) + 1))


def test_comments_are_no_statements() -> None:
    assert statements("-- one; two\nSELECT 1;\n  -- three\nSELECT 2", NEW) == ["SELECT 1", "SELECT 2"]
