"""ClickHouse in this process: its directory and who may hold it; and addresses of stores."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from streams.store import StoreError, open_store


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://host",
        "sqlite:///x",
        "clickhouse://",
        "clickhouse://host:port/db",
        "clickhouse://host:99999",
        "clickhouse://host?connect_timeout=soon",
        "clickhouse://[::1",
        "chdb://relative/path",
        "chdb:///proc/nowhere",
    ],
)
def test_an_address_that_is_not_understood_is_refused(url: str) -> None:
    with pytest.raises(StoreError):
        open_store(url)


def test_stores_on_one_chdb_directory_share_what_they_hold_and_a_new_one_finds_it_again(tmp_path: Path) -> None:
    url = f"chdb://{tmp_path}/a%20directory"
    first, second = open_store(url), open_store(url)
    first.execute("CREATE TABLE things (id Int64) ENGINE = MergeTree() ORDER BY id")
    first.insert("things", {"id": [1, 2]})
    assert second.query("SELECT count() AS rows FROM things") == [{"rows": 2}]
    first.close()
    assert second.query("SELECT count() AS rows FROM things") == [{"rows": 2}]
    second.close()
    third = open_store(url)
    assert third.query("SELECT count() AS rows FROM things") == [{"rows": 2}]
    third.close()
    assert (tmp_path / "a directory").is_dir()


def test_a_second_chdb_directory_in_one_process_is_refused(tmp_path: Path) -> None:
    first = open_store(f"chdb://{tmp_path}/one")
    with pytest.raises(StoreError, match="this process has chdb open"):
        open_store(f"chdb://{tmp_path}/two")
    first.close()
    open_store(f"chdb://{tmp_path}/two").close()


@pytest.mark.slow
def test_a_second_process_on_a_chdb_directory_is_told_that_it_is_in_use(tmp_path: Path) -> None:
    first = open_store(f"chdb://{tmp_path}")
    code = "import sys; from streams.store import *\ntry: open_store(sys.argv[1])\nexcept StoreError as e: print(e)"
    second = subprocess.run([sys.executable, "-c", code, f"chdb://{tmp_path}"], capture_output=True, text=True)
    first.close()
    assert "in use by another process" in second.stdout
    assert second.returncode == 0


@pytest.mark.slow
def test_what_a_killed_process_had_inserted_into_chdb_is_there_for_the_next(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys\nfrom streams.store import open_store\nstore = open_store(sys.argv[1])\n"
        "store.execute('CREATE TABLE t (a Int64) ENGINE = MergeTree() ORDER BY a')\nstore.insert('t', {'a': [1, 2]})\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    ended = subprocess.run([sys.executable, "-c", code, f"chdb://{tmp_path}"], capture_output=True, text=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    store = open_store(f"chdb://{tmp_path}")
    assert store.query("SELECT count() AS rows FROM t") == [{"rows": 2}]
    store.close()
