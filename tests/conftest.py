"""Stores that tests run against: ClickHouse in this process and a real server."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest


def _server_module() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "clickhouse_server", Path(__file__).parent / "streams" / "clickhouse_server.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def clickhouse_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One running server for the whole test run."""
    module = _server_module()
    if module.find_binary() is None:
        pytest.skip("there is no clickhouse-server here (apt-get install clickhouse-server)")
    server = module.ClickHouseServer(tmp_path_factory.mktemp("clickhouse"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def clickhouse_url(clickhouse_server: Any) -> str:
    """Address of the running server's default database."""
    url: str = clickhouse_server.url()
    return url


@pytest.fixture(params=["chdb", pytest.param("clickhouse", marks=pytest.mark.slow)])
def store_url(request: pytest.FixtureRequest) -> str:
    """Address of an empty store, through each door."""
    if request.param == "chdb":
        pytest.importorskip("chdb", reason="chdb is not installed")
        return "chdb://"
    server = request.getfixturevalue("clickhouse_server")
    url: str = server.url(f"test_{uuid4().hex}")
    return url
