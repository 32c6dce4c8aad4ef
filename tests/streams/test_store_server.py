"""A real server: away, slow, and asking for a password."""

from typing import Any

import pytest

from streams.store import StoreError, StoreUnavailableError, open_store


@pytest.mark.slow
def test_a_server_that_is_away_is_told_apart_and_found_again_after_its_restart(clickhouse_server: Any) -> None:
    store = open_store(clickhouse_server.url())
    assert store.query("SELECT 1 AS one") == [{"one": 1}]
    clickhouse_server.stop()
    try:
        with pytest.raises(StoreUnavailableError):
            store.query("SELECT 1 AS one")
        with pytest.raises(StoreUnavailableError):
            store.insert("things", {"id": [1]})
    finally:
        clickhouse_server.start()
    assert store.query("SELECT 1 AS one") == [{"one": 1}]
    store.close()


@pytest.mark.slow
def test_a_query_that_takes_too_long_ends_as_unavailable(clickhouse_server: Any) -> None:
    store = open_store(clickhouse_server.url() + "?send_receive_timeout=0.5")
    with pytest.raises(StoreUnavailableError):
        store.query("SELECT sleep(2) AS slept")
    assert store.query("SELECT 1 AS one") == [{"one": 1}]
    store.close()


@pytest.mark.slow
def test_user_and_password_may_hold_any_character(clickhouse_server: Any) -> None:
    store = open_store(f"clickhouse://sieve:p%40ss%2Fword%3A1@127.0.0.1:{clickhouse_server.port}/default")
    assert store.query("SELECT currentUser() AS user" if store.version >= (20,) else "SELECT 'sieve' AS user") == [
        {"user": "sieve"}
    ]
    store.close()
    wrong = open_store(f"clickhouse://sieve:guess@127.0.0.1:{clickhouse_server.port}/default")
    with pytest.raises(StoreError, match="password") as caught:
        wrong.query("SELECT 1")
    assert "guess" not in str(caught.value)
    wrong.close()
