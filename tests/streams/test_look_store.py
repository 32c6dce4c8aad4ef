"""Stores that can't be looked into, and the way out."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from command import Command

from streams.store import open_store
from streams.store.migrations import migrate

LOOKS = [("report",), ("campaigns", "list"), ("campaigns", "show", "abc")]


@pytest.mark.parametrize("words", [*LOOKS, ("migrate", "--status")], ids=" ".join)
def test_a_store_that_is_missing_is_told_and_not_made(command: Command, tmp_path: Path, words: tuple[str, ...]) -> None:
    said = command(*words, "--store", f"chdb://{tmp_path}/none")
    assert said.status == 1
    assert said.err == (
        f"callsieve: there is no store at chdb://{tmp_path}/none: run 'callsieve migrate' first, or see --store\n"
    )
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("words", LOOKS, ids=" ".join)
def test_a_server_that_is_away_is_told(command: Command, words: tuple[str, ...]) -> None:
    said = command(*words, "--store", "clickhouse://127.0.0.1:1/callsieve")
    assert said.status == 1
    assert said.err.startswith("callsieve: ClickHouse is away: ")
    assert said.err.endswith("Is it running? See --store\n")


@pytest.mark.slow
@pytest.mark.parametrize("words", [*LOOKS, ("migrate", "--status")], ids=" ".join)
def test_a_database_that_is_missing_is_told_and_not_made(
    command: Command, clickhouse_server: Any, words: tuple[str, ...]
) -> None:
    name = f"look_{uuid4().hex[:8]}"
    said = command(*words, "--store", clickhouse_server.url(name))
    assert said.status == 1
    assert said.err == f"callsieve: the database '{name}' is missing: run 'callsieve migrate' first\n"
    store = open_store(clickhouse_server.url())
    assert store.query("SELECT name FROM system.databases WHERE name = %(name)s", {"name": name}) == []
    store.close()


@pytest.mark.slow
def test_tables_that_are_missing_are_told_and_those_of_a_newer_program_too(
    command: Command, clickhouse_server: Any
) -> None:
    url = clickhouse_server.url(f"look_{uuid4().hex[:8]}")
    store = open_store(url)
    store.create_database()
    said = command("report", "--store", url)
    assert said.status == 1
    assert "tables are missing (001_verdicts, " in said.err
    assert "callsieve migrate" in said.err
    migrate(store)
    away = ("--broker", "kafka://127.0.0.1:1")
    said = command("report", "--store", url, *away)
    assert (said.status, "no verdicts at all yet" in said.out) == (0, True)
    assert "no campaign" in command("campaigns", "list", "--store", url).out
    log: dict[str, list[int | str]] = {"number": [999], "name": ["later"], "checksum": [""], "applied_ms": [1]}
    store.insert("migrations", log)
    said = command("report", "--store", url)
    assert "those of a newer callsieve, which has 999_later" in said.err
    store.close()
