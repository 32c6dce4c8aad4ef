"""A store to look into: one that is there, and whose tables are these."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from streams.look import LookError
from streams.store import Store, StoreError, StoreUnavailableError, open_store
from streams.store.migrations import status

_UNKNOWN_DATABASE: Final = 81  # ClickHouse's error code


@contextmanager
def existing_store(url: str) -> Iterator[Store]:
    """Open a store without making anything.

    Raises
    ------
    LookError
        If there is none at the address, it is away, or another process has it.
    StoreError
        If the address is not understood.
    """
    parts = urlsplit(url)
    path = unquote(parts.path).rstrip("/")
    if parts.scheme == "chdb" and not Path(path or "nowhere").is_dir():
        raise LookError(f"there is no store at {url}: run 'callsieve migrate' first, or see --store")
    try:
        store = open_store(url)
    except StoreError as error:
        if "in use by another process" in str(error):
            raise LookError(
                f"{path} is in use by another process, and chdb has room for one: ask again when the worker has ended, "
                "or keep a ClickHouse server (clickhouse://…)"
            ) from error
        raise
    try:
        store.query("SELECT 1 AS one")
        yield store
    except StoreUnavailableError as error:
        raise LookError(f"{str(error).rstrip('. ')}. Is it running? See --store") from error
    except StoreError as error:
        if getattr(error.__cause__, "code", None) != _UNKNOWN_DATABASE:
            raise
        raise LookError(f"the database {path.strip('/')!r} is missing: run 'callsieve migrate' first") from error
    finally:
        store.close()


@contextmanager
def migrated_store(url: str) -> Iterator[Store]:
    """Open a store that has this program's tables.

    Raises
    ------
    LookError
        As `existing_store`; and if tables are missing, or are those of a newer program.
    StoreError
        If the address is not understood, or the store fails.
    """
    with existing_store(url) as store:
        states = status(store)
        pending = [f"{each.number:03}_{each.name}" for each in states if each.state == "pending"]
        unknown = [f"{each.number:03}_{each.name}" for each in states if each.state == "unknown"]
        if pending:
            raise LookError(f"tables are missing ({', '.join(pending)}): run 'callsieve migrate' first")
        if unknown:
            raise LookError(f"the tables are those of a newer callsieve, which has {', '.join(unknown)}")
        yield store
