"""ClickHouse: one interface, two doors."""

from urllib.parse import unquote, urlsplit

from streams.store.base import Arrays, Columns, Row, Store, StoreError, StoreUnavailableError

__all__ = ["Arrays", "Columns", "Row", "Store", "StoreError", "StoreUnavailableError", "open_store"]


def open_store(url: str) -> Store:
    """Open the store at an address.

    Parameters
    ----------
    url
        ``clickhouse://user:password@host:9000/database`` (``clickhouses://`` for TLS) for a server, which is first
        called when the store is used; ``chdb:///absolute/path`` or ``chdb://`` (in memory, shared by all stores of
        the process, gone with the last one) for ClickHouse in this process.

    Raises
    ------
    StoreError
        If the address is not understood, or the directory of chdb cannot be used.
    """
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise StoreError(f"not the address of a store: {error}") from error
    if parts.scheme in ("clickhouse", "clickhouses"):
        from streams.store.server import ServerStore

        return ServerStore(url)
    if parts.scheme == "chdb":
        if parts.netloc:
            raise StoreError("the path of chdb is absolute: chdb:///path, with three slashes")
        from streams.store.embedded import MEMORY, EmbeddedStore

        return EmbeddedStore(unquote(parts.path).rstrip("/") or MEMORY)
    raise StoreError(f"the address of a store begins with clickhouse:// or chdb://, not {parts.scheme or url[:20]!r}")
