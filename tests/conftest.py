"""Stores that tests run against: ClickHouse in this process and a real server."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from clickhouse_server import ClickHouseServer, find_binary
from command import command
from empty_store import empty
from kafka_fixture import kafka

from streams.store import Store, open_store
from streams.store.migrations import migrate

__all__ = ["clickhouse_server", "clickhouse_url", "command", "kafka", "store_url"]


@pytest.fixture(scope="session")
def clickhouse_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One running server for the whole test run."""
    if find_binary() is None:
        pytest.skip("there is no clickhouse-server here (apt-get install clickhouse-server)")
    server = ClickHouseServer(tmp_path_factory.mktemp("clickhouse"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def clickhouse_url(clickhouse_server: Any) -> str:
    """Address of the running server's default database."""
    url: str = clickhouse_server.url()
    return url


@pytest.fixture(scope="module", params=["chdb", pytest.param("clickhouse", marks=pytest.mark.slow)])
def door_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of a store that lasts for one file of tests, through each door; it begins empty."""
    if request.param == "clickhouse":
        yield request.getfixturevalue("clickhouse_server").url(f"test_{uuid4().hex}")
        return
    pytest.importorskip("chdb", reason="chdb is not installed")
    keeper = open_store("chdb://")  # the engine takes longer to start than most tests to run
    yield "chdb://"
    keeper.close()


@pytest.fixture
def store_url(door_url: str) -> Iterator[str]:
    """Address of a store without tables, through each door."""
    yield door_url
    store = open_store(door_url)
    store.create_database()
    rows = store.query("SELECT name FROM system.tables WHERE database = currentDatabase()")
    for row in rows:
        store.execute(f"DROP TABLE IF EXISTS `{row['name']}`")
    store.close()


@pytest.fixture(scope="module")
def migrated(door_url: str) -> Iterator[Store]:
    """A store with all tables, for one file of tests, through each door."""
    opened = open_store(door_url)
    migrate(opened)
    yield opened
    opened.close()


@pytest.fixture
def store(migrated: Store) -> Iterator[Store]:
    """That store, empty at the beginning of each test."""
    yield migrated
    empty(migrated)
