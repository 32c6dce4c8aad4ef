"""The questions people and the program ask, by name; their SQL stands in ``schemas/clickhouse/queries.sql``."""

import re
from functools import cache
from importlib.resources import files

from streams.store.base import Row, Store, StoreError, day_of

_HEAD = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
_COMMENT = re.compile(r"^--.*\n", re.MULTILINE)
_INNER = re.compile(r"\{\{(\w+)\}\}")


@cache
def named_queries() -> dict[str, str]:
    """SQL of every query by its name, in the order of the file; one may stand in a later one as ``{{name}}``."""
    text = files("schemas").joinpath("clickhouse", "queries.sql").read_text(encoding="utf-8")
    parts = _HEAD.split(text)
    queries: dict[str, str] = {}
    for name, sql in zip(parts[1::2], parts[2::2], strict=True):
        queries[name] = _INNER.sub(lambda match: queries[match.group(1)], _COMMENT.sub("", sql)).strip()
    return queries


def ask(store: Store, name: str, **parameters: object) -> list[Row]:
    """Rows of a named query.

    Parameters
    ----------
    store
        A migrated store.
    name
        A name in ``queries.sql``, ``"calls_by_label"`` for one.
    **parameters
        What the query names as ``%(parameter)s``; times are ms since 1970, ``since_ms`` within, ``until_ms`` without.

    Raises
    ------
    StoreError
        If there is no such query, a parameter is missing, or the store fails.
    """
    sql = named_queries().get(name)
    if sql is None:
        raise StoreError(f"no query is called {name!r}; there are {', '.join(named_queries())}")
    for end in ("since", "until"):
        moment = parameters.get(f"{end}_ms")
        if isinstance(moment, int):
            parameters[f"{end}_date"] = day_of(moment)  # so that only these days' partitions are read
    return store.query(sql, parameters)
