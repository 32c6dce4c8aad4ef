"""A store that tells how long its calls take, and whether it is away."""

import logging
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final, Literal

from streams.runtime.metrics import STORE_SECONDS
from streams.store.base import NO_PARAMETERS, Arrays, Columns, Row, Store, StoreUnavailableError

log = logging.getLogger(__name__)

HANG_S: Final = 5.0  # no query and no insert of a role takes so long; a driver's own timeout is a minute


class WatchedStore:
    """A role's calls to a store, each timed.

    A server that hangs says nothing until the driver's timeout is over; how long the oldest call has been under way
    tells it long before.
    """

    def __init__(self, store: Store, role: str) -> None:
        self._store = store
        self._role = role
        self._seconds = STORE_SECONDS.labels(role)
        self._under_way: dict[int, float] = {}
        self._away = False

    @property
    def away(self) -> bool:
        """Whether the newest call found it away, or one has gone unanswered for longer than `HANG_S`."""
        now = time.monotonic()
        return self._away or any(now - began > HANG_S for began in list(self._under_way.values()))

    @property
    def dialect(self) -> Literal["clickhouse", "chdb"]:
        """See ``Store``."""
        return self._store.dialect

    @property
    def version(self) -> tuple[int, ...]:
        """See ``Store``."""
        with self._timed():
            return self._store.version

    def query(self, sql: str, parameters: Mapping[str, object] = NO_PARAMETERS) -> list[Row]:
        """See ``Store``."""
        with self._timed():
            return self._store.query(sql, parameters)

    def columns(self, sql: str, parameters: Mapping[str, object] = NO_PARAMETERS) -> Arrays:
        """See ``Store``."""
        with self._timed():
            return self._store.columns(sql, parameters)

    def execute(self, sql: str, parameters: Mapping[str, object] = NO_PARAMETERS) -> None:
        """See ``Store``."""
        with self._timed():
            self._store.execute(sql, parameters)

    def insert(self, table: str, columns: Columns) -> int:
        """See ``Store``."""
        with self._timed():
            return self._store.insert(table, columns)

    def create_database(self) -> None:
        """See ``Store``."""
        with self._timed():
            self._store.create_database()

    def close(self) -> None:
        """See ``Store``."""
        self._store.close()

    @contextmanager
    def _timed(self) -> Iterator[None]:
        thread, began = threading.get_ident(), time.monotonic()
        self._under_way[thread] = began
        try:
            yield
        except StoreUnavailableError as error:
            if not self._away:
                log.warning("%s: the store is away (%s): waiting", self._role, error)
            self._away = True
            raise
        finally:
            del self._under_way[thread]
            self._seconds.observe(time.monotonic() - began)
        if self._away:
            log.warning("%s: the store is back", self._role)
        self._away = False
